#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Between two rounds: what changes is seen by a pulse, a turn that ended is done until somebody looks, and pulses that
# find nothing leave no rounds behind.
. "$(dirname "$0")/lib.sh"
STATE=$HOME/.tmux-orchestrator
mkdir -p "$STATE"
start_server p "$ORC" __replay claude waiting still 0
printf 'servers:\n  - {name: p, socket_name: p}\nmonitoring: {check_interval: 3600}\n' >"$STATE/config.yaml"
"$ORC" monitor start >/dev/null || fail "no start"
agent() { "$ORC" status --json 2>/dev/null | "$PYTHON" -c "
import json, sys
agents = {a['pane']: a for a in json.load(sys.stdin)['agents']}
print(agents.get('$1', {}).get('$2'))"; }
is() { [ "$(agent "$1" "$2")" = "$3" ]; }
wait_for 10 is %0 state waiting || fail "the first round"
# Nobody asks for a round (`status` asks only if the last look is old), the next one is in an hour.
pane=$(new_window p work "$ORC" __replay claude working still 0)
wait_for 10 is "$pane" state working || fail "no pulse saw the new agent"
tmux -L p respawn-pane -k -t "$pane" "$ORC" __replay claude idle still 0
wait_for 20 is "$pane" done True || fail "a turn that ended unseen is not done: $(agent "$pane" state) $(agent "$pane" done)"
out=$("$ORC" status)
[ "$(grep -n 'idle, done' <<<"$out" | cut -d: -f1)" = 3 ] || fail "it does not stand behind the one that waits: $out"
run "$ORC" statusline
out_has '^1 waiting 1 done$'
tmux -L p copy-mode -t "$pane"
shows() { grep -q "$1" <<<"$("$ORC" status)"; }
wait_for 10 shows 'idle, done, copy mode' || fail "copy mode is not shown: $("$ORC" status)"
run "$ORC" seen main:9.9
exit_is 0
sleep 0.5
is "$pane" done True || fail "another pane's look counts"
run "$ORC" seen "$pane"
exit_is 0
out_has "^$pane is seen"
wait_for 5 is "$pane" done False || fail "it was seen and is still done"
number=$("$ORC" status --json | "$PYTHON" -c "import json,sys; print(json.load(sys.stdin)['round']['number'])")
"$ORC" monitor stop >/dev/null
# The first round and those that found something are kept, not the pulses between.
kept=$("$ORC" history export rounds --format jsonl | wc -l)
[ "$kept" -ge 3 ] && [ "$kept" -lt "$number" ] || fail "$kept of $number looks are kept"
printf 'servers:\n  - {name: p, socket_name: p}\nmonitoring: {check_interval: 3600, pulse: often}\n' >"$STATE/bad.yaml"
run "$ORC" --config "$STATE/bad.yaml" config validate
exit_is 2
err_has "monitoring.pulse 'often' must be auto, off, or seconds"
