#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# monitor: one round, JSON lines, transitions as they happen, the end by signal, a server that dies and comes back.
. "$(dirname "$0")/lib.sh"

run "$ORC" monitor --once
exit_is 3
err_has 'no tmux server'

start_server m "$ORC" __replay claude waiting still 0
pane=$(new_window m codex "$ORC" __replay codex idle still 0)
wait_for 10 has_state m %0 waiting || fail "claude is not recognised"
wait_for 10 has_state m "$pane" idle || fail "codex is not recognised"

run "$ORC" -L m monitor --once
exit_is 0
out_has ' claude .* new -> waiting'
out_has ' codex .* new -> idle'
same "$(wc -l <<<"$OUT")" 2
no_escapes
for flags in --sync --async "--strategy polling" --no-cache "--pool-size 1"; do
  # shellcheck disable=SC2086
  run "$ORC" -L m monitor --once --json $flags
  exit_is 0
  lines "sorted((t['to']['agent'], t['to']['state']) for t in d) == [('claude', 'waiting'), ('codex', 'idle')]"
  lines "all(t['from']['agent'] == '' and t['from']['state'] == 'unknown' and not t['gone'] for t in d)"
  lines "all(set(t) >= {'at_ms', 'pane', 'target', 'from', 'to', 'gone'} for t in d)"
done

# start_monitor OUTFILE FLAGS...
start_monitor() {
  local out=$1
  shift
  "$ORC" -L m monitor "$@" >"$out" 2>"$out.err" &
  MONITOR=$!
  JOBS+=("$MONITOR")
}
seen() { grep -qE -- "$2" "$1"; }
ends_with() {  # SIGNAL
  kill -"$1" "$MONITOR"
  wait "$MONITOR"
  same $? 0 "exit code after SIG$1"
}

start_monitor "$WORK/lines" --interval 1 --json
wait_for 5 seen "$WORK/lines" '"codex"' || fail "no first round"
tmux -L m respawn-pane -k -t "$pane" "$ORC" __replay codex waiting still 0
wait_for 8 seen "$WORK/lines" '"state":"waiting","detail":"[a-z]*","rule":"codex' || fail "the transition was missed: $(cat "$WORK/lines")"
fresh=$(new_window m gemini "$ORC" __replay gemini draft still 0)
wait_for 8 seen "$WORK/lines" '"pane":"'"$fresh"'".*"state":"draft"' || fail "a new pane was missed"
tmux -L m kill-pane -t "$fresh"
wait_for 8 seen "$WORK/lines" '"pane":"'"$fresh"'".*"gone":true' || fail "a pane that left was missed"
ends_with INT
OUT=$(cat "$WORK/lines")
lines "len(d) >= 5 and [t['at_ms'] for t in d] == sorted(t['at_ms'] for t in d)"
lines "[t['to']['state'] for t in d if t['pane'] == '$pane'][-1] == 'waiting'"
no_escapes

start_monitor "$WORK/text" --interval 0.2 --sync
wait_for 5 seen "$WORK/text" 'claude' || fail "no first round"
seen "$WORK/text.err" '^Mode: sync, every 0.2 s' || fail "the mode is not told"
ends_with TERM

# The server dies and comes back on the same socket: told once each, and the new life's panes are told.
start_monitor "$WORK/life" --interval 0.2 --json
wait_for 5 seen "$WORK/life" '"claude"' || fail "no first round"
stop_server m
wait_for 8 seen "$WORK/life.err" 'not reached' || fail "a dead server is not told: $(cat "$WORK/life.err")"
start_server m "$ORC" __replay qwen idle still 0
wait_for 8 seen "$WORK/life" '"agent":"qwen","state":"idle"' || fail "the new life is not seen"
wait_for 8 seen "$WORK/life" '"agent":"claude".*"gone":true' || fail "the old life's pane is not said to be gone"
kill -0 "$MONITOR" || fail "the monitor gave up"
ends_with INT
same "$(grep -c 'not reached' "$WORK/life.err")" 1 "an unreachable server is told once"

# Nobody reads any more: the monitor must end, not run for ever or crash loudly.
"$ORC" -L m monitor --once --json | true
case ${PIPESTATUS[0]} in
  0 | 4 | 141) ;;  # done before the pipe broke, or ended by it
  *) fail "exit code ${PIPESTATUS[0]} when nobody reads" ;;
esac
