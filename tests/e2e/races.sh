#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Starts that race, signals that storm, a start that is killed: one monitor an environment, that says why the others ended;
# and files for nobody else whatever the umask.
. "$(dirname "$0")/lib.sh"
start_server r "$ORC" __replay claude waiting still 0
STATE=$HOME/.tmux-orchestrator
mkdir -p "$STATE"
config() { printf 'servers:\n  - {name: r, socket_name: r}\nmonitoring:\n  check_interval: %s\n' "$1" >"$STATE/config.yaml"; }
config 0.3
status_of() { "$ORC" status --json 2>/dev/null | "$PYTHON" -c "import json,sys; d=json.load(sys.stdin); print($1)"; }
holder() { cut -d' ' -f1 "$STATE/run/blue/lock"; }
ours() { pgrep -f "^$ORC monitor run" | while read -r pid; do grep -qz "^HOME=$HOME$" "/proc/$pid/environ" 2>/dev/null && echo "$pid"; done; }

# Three starts at the same moment, ten times: one of them wins, the others say that it runs already.
for round in $(seq 10); do
  for i in 1 2 3; do
    (
      "$ORC" monitor start >"$WORK/files/start.$i" 2>&1
      echo $? >"$WORK/files/code.$i"
    ) &
  done
  wait
  same "$(cat "$WORK"/files/code.? | sort | tr '\n' ' ')" "0 1 1 " "exit codes of race $round: $(cat "$WORK"/files/start.?)"
  same "$(grep -l 'runs already, pid' "$WORK"/files/start.? | wc -l)" 2 "race $round: $(cat "$WORK"/files/start.?)"
  same "$(ours)" "$(holder)" "monitors after race $round"
  status_of "d['monitor']['pid']" | grep -qx "$(holder)" || fail "another one answers in race $round"
  "$ORC" monitor stop >/dev/null || fail "no stop"
done

# A daemon that is killed while it starts: its launcher says how it ended, each time.
tmux_pid=$(server_pid r)
STOPPED+=("$tmux_pid")
kill -STOP "$tmux_pid"
for round in $(seq 5); do
  rm -f "$STATE/run/blue/lock"
  "$ORC" monitor start >"$WORK/files/start" 2>&1 &
  launcher=$!
  wait_for 20 test -s "$STATE/run/blue/lock" || fail "the monitor does not start"
  kill -KILL "$(holder)"
  wait "$launcher"
  same $? 1 "exit code of the launcher"
  grep -q 'did not start: it was ended by signal 9 (Killed)' "$WORK/files/start" || fail "start $round: $(cat "$WORK/files/start")"
done
kill -CONT "$tmux_pid"

# What it makes is its owner's alone, with a umask of 0 as well.
(umask 000 && exec "$ORC" monitor start >/dev/null) || fail "no start"
same "$(stat -c %a "$STATE/run/blue/api.sock")" 600 "mode of the socket"
recorded() { [ -s "$STATE/history.db-wal" ]; }
wait_for 10 recorded || fail "nothing is recorded"
for file in history.db history.db-wal history.db-shm; do same "$(stat -c %a "$STATE/$file")" 600 "mode of $file"; done
same "$(stat -c %a "$STATE/run/blue")" 700 "mode of the folder"

# SIGHUP, 500 times in a second and beside changes of the file: the same process, which goes on and grows by nothing.
pid=$(holder)
cost() { echo "$(ls "/proc/$pid/fd" | wc -l) $(ls "/proc/$pid/task" | wc -l)"; }
storm() {
  for i in $(seq 500); do
    kill -HUP "$pid" || fail "it is gone after $i signals"
    [ $((i % 100)) = 0 ] && config "0.$((2 + i / 100))"
    sleep 0.002
  done
}
settled() { [ "$(status_of "d['monitor']['check_interval_s']")" = 0.7 ]; }
storm
wait_for 20 settled || fail "the last configuration is not in force"
sleep 1
read -r fds threads <<<"$(cost)"
rounds=$(status_of "d['round']['number']")
storm
wait_for 20 settled || fail "the last configuration is not in force"
sleep 1
read -r fds2 threads2 <<<"$(cost)"
[ "$fds2" -le "$fds" ] || fail "descriptors grew from $fds to $fds2"
[ "$threads2" -le "$threads" ] || fail "threads grew from $threads to $threads2"
same "$(holder)" "$pid" "the process after 1000 signals"
more() { [ "$(status_of "d['round']['number']")" != "$rounds" ]; }
wait_for 10 more || fail "no rounds after the storm"
run "$ORC" health  # what a thousand reloads cost of a busy core is another matter
out_has '^Servers +1 of 1 reached'
"$ORC" monitor stop >/dev/null || fail "no stop"
