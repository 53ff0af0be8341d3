#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Stuck: at work, and for thresholds.stuck nothing moves but a spinner and a clock. It ranks behind those with a limit, is
# told of once, and is over with the first new line. An agent beside it whose output goes on never is.
. "$(dirname "$0")/lib.sh"
STATE=$HOME/.tmux-orchestrator
mkdir -p "$STATE"
cat >"$STATE/config.yaml" <<Y
servers:
  - {name: s, socket_name: s}
monitoring: {check_interval: 0.3}
thresholds: {stuck: 3}
notifications:
  startup_grace: 0
  channels: [{name: hook, type: command, command: [$(telling_hook)]}]
  rules: [{states: [stuck], channels: [hook]}]
Y
# An agent at work: a spinner that turns and a clock that counts in any case, a new line of output each time FILE grows.
cat >"$WORK/files/works.py" <<'P'
import ctypes, os, sys, time
ctypes.CDLL(None).prctl(15, b"claude", 0, 0, 0)
path, frame, begun = sys.argv[1], 0, time.time()
while True:
    lines = open(path).read().splitlines()[-8:] if os.path.exists(path) else []
    spinner = "✢✳✶✻✽"[frame % 5]
    seconds = int(time.time() - begun)
    screen = [" ▐▛███▛█   Claude Code v2.1.330", "", "❯ go on", ""] + ["● " + l for l in lines] + [
        "", f"{spinner} Working… ({seconds}s · ↑ 1.2k tokens · esc to interrupt)", "", "─" * 80, "❯ ", "─" * 80, "  ? for shortcuts"]
    sys.stdout.write("\x1b[2J\x1b[H" + "\r\n".join(screen)); sys.stdout.flush()
    frame += 1
    time.sleep(0.2)
P
start_server s "$PYTHON" "$WORK/files/works.py" "$WORK/files/quiet"
busy=$(new_window s busy "$PYTHON" "$WORK/files/works.py" "$WORK/files/busy")
(while :; do date +%N >>"$WORK/files/busy"; sleep 0.4; done) &
JOBS+=($!)
disown
"$ORC" monitor start >/dev/null || fail "no start"
# is PANE FLAG: whether it is at work, and stuck or not.
is() {
  "$ORC" status --json | "$PYTHON" -c "
import json, sys
a = [a for a in json.load(sys.stdin)['agents'] if a['pane'] == '$1']
sys.exit(not (a and a[0]['state'] == 'working' and a[0]['stuck'] is $2))"
}
wait_for 15 is %0 False || fail "it is not at work: $("$ORC" status)"
wait_for 20 is %0 True || fail "it is not stuck: $("$ORC" status)"
is "$busy" False || fail "the busy one is stuck: $("$ORC" status)"
run "$ORC" status
out_has 'working.*stuck.* main:0\.0 '
[ "$(grep -n 'main:0\.0' <<<"$OUT" | cut -d: -f1)" -lt "$(grep -n 'busy' <<<"$OUT" | head -1 | cut -d: -f1)" ] || fail "it does not stand in front"
told() { [ "$(grep -c '"stuck"' "$HOME/told.jsonl" 2>/dev/null)" = 1 ]; }
wait_for 10 told || fail "nobody is told: $("$ORC" notify log)"
after_looks 6
told || fail "it is told twice"
grep -q 'main:0.0' "$HOME/told.jsonl" || fail "of another: $(cat "$HOME/told.jsonl")"
# Something moves: it is over.
for i in 1 2 3 4 5 6; do echo "line $i" >>"$WORK/files/quiet"; sleep 0.4; done
wait_for 10 is %0 False || fail "it stays stuck"
is "$busy" False || fail "the busy one is stuck"
"$ORC" monitor stop >/dev/null
