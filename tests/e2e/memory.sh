#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Too little memory (ulimit -v): a start says so; a monitor at its limit goes on looking and says what it cannot do; and one
# that nothing is left for loses nothing that was recorded, and tells nobody again.
. "$(dirname "$0")/lib.sh"
STATE=$HOME/.tmux-orchestrator
mkdir -p "$STATE"
cat >"$STATE/config.yaml" <<Y
servers:
  - {name: v, socket_name: v}
monitoring: {check_interval: 0.2, confirm_delay: 0}
notifications:
  startup_grace: 0
  channels: [{name: hook, type: command, command: [$(telling_hook)]}]
  rules: [{states: [waiting], channels: [hook]}]
  pace: {waiting: {debounce: 0}}
Y
start_server v "$ORC" __replay claude waiting still 0
for i in 1 2 3 4; do new_window v "p$i" "$ORC" __replay claude working paint "$i" >/dev/null; done
holder() { cut -d' ' -f1 "$STATE/run/blue/lock"; }
told() { [ "$(grep -c . "$HOME/told.jsonl" 2>/dev/null)" = "$1" ]; }
# The number of its last look: by its API, or by its file where there is no memory for an answer (a look of our own is 1).
number() {
  {
    looks
    "$PYTHON" -c "import json; print(json.load(open('$STATE/run/blue/status.json'))['round']['number'])" 2>/dev/null
  } | sort -n | tail -1
}
looked_on() { [ "$(number)" -gt "$1" ]; }  # looked_on NUMBER: it has looked since

# A start: it runs, or says what there is too little of. What a program and its libraries take is the system's matter, so
# several limits: one below the least is certainly among them.
refused=0
for kb in 90000 75000 60000 50000; do
  run bash -c "ulimit -v $kb; exec '$ORC' monitor start"
  if [ "$RC" = 0 ]; then
    run "$ORC" monitor stop
    exit_is 0
    continue
  fi
  refused=$((refused + 1))
  grep -qE 'out of memory|no thread can be started|shared object|temporarily unavailable|bad_alloc' <<<"$OUT$ERR" || fail "no reason with $kb KB"
  run "$ORC" monitor status
  [ "$RC" != 0 ] || fail "with $kb KB it runs after all"
done
[ "$refused" -ge 1 ] || fail "50 MB were enough"

# At its limit: forty panes and twenty listeners more than it has room for.
rm -f "$HOME/told.jsonl"
rm -rf "$STATE"/*.db* "$STATE"/run
run "$ORC" monitor start
exit_is 0
pid=$(holder)
wait_for 15 told 1 || fail "not told"
after_looks 3
size=$(awk '/VmSize/ {print $2}' "/proc/$pid/status")
prlimit --pid "$pid" --as=$(((size + 2000) * 1024)):unlimited || fail "the limit cannot be set"
for _ in $(seq 40); do new_window v guest "$ORC" __replay claude working paint 7 >/dev/null; done
"$PYTHON" -c "
import socket, time
listeners = []
for _ in range(20):
    s = socket.socket(socket.AF_UNIX)
    s.connect('$STATE/run/blue/api.sock')
    s.sendall(b'GET /api/v1/events HTTP/1.1\r\nHost: x\r\nLast-Event-ID: 1\r\n\r\n')
    listeners.append(s)
time.sleep(4)" 2>/dev/null
number=$(number)
wait_for 60 looked_on "${number:-0}" || fail "it does not look any more: $(tail -n 3 "$STATE"/logs/*.log "$STATE/run/blue/stderr")"
same "$(holder)" "$pid" "the process"
run "$ORC" health
[ "$RC" -le 3 ] || fail "health does not answer"
# With room again all is well, without a restart.
prlimit --pid "$pid" --as=unlimited:unlimited
for window in $(tmux -L v list-windows -t main: -F '#{window_name} #{window_id}' | sed -n 's/^guest //p'); do
  tmux -L v kill-window -t "$window"
done
no_problem() { ! "$ORC" status 2>&1 | grep -q 'out of memory'; }
wait_for 30 no_problem || fail "the problem stays: $("$ORC" status)"
same "$(holder)" "$pid" "the process"

# Nothing is left: it goes on or it ends, and what was recorded and told stays so.
rounds() { "$PYTHON" -c "
import sqlite3
c = sqlite3.connect('file:$STATE/history.db?mode=ro', uri=True, timeout=10)
assert c.execute('PRAGMA integrity_check').fetchone()[0] == 'ok'
print(c.execute('SELECT count(*) FROM round').fetchone()[0])"; }
recorded() { [ "$(rounds 2>/dev/null || echo 0)" -gt 0 ]; }
wait_for 15 recorded || fail "nothing is recorded"
before=$(rounds)
prlimit --pid "$pid" --as=1000000:unlimited
for _ in $(seq 20); do new_window v guest "$ORC" __replay claude working paint 7 >/dev/null; done
sleep 2
if kill -0 "$pid" 2>/dev/null; then echo "it goes on"; else echo "it ended: $(tail -1 "$STATE/run/blue/stderr")"; fi
kill -KILL "$pid" 2>/dev/null
wait_for 10 pid_is_gone "$pid" || fail "it does not end"
[ "$(rounds)" -ge "$before" ] || fail "recorded rounds are gone: $before, then $(rounds)"
ls "$STATE" | grep -q corrupt && fail "a database is damaged"
run "$ORC" monitor start
exit_is 0
after_looks 3
told 1 || fail "told again: $(cat "$HOME/told.jsonl")"
run "$ORC" monitor stop
exit_is 0
