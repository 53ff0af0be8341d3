#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Blue and green: exactly one is active at any moment, also when a switch is killed; two starts at once; refusals.
. "$(dirname "$0")/lib.sh"
start_server e "$ORC" __replay claude idle still 0
mkdir -p "$HOME/.tmux-orchestrator"
printf 'servers:\n  - {name: e, socket_name: e}\nmonitoring:\n  check_interval: 1\n' >"$HOME/.tmux-orchestrator/config.yaml"
active() { "$ORC" environments list --json | "$PYTHON" -c "import json,sys; print(json.load(sys.stdin)['active'])"; }

run "$ORC" rollback
exit_is 1
err_has 'no previous environment'
"$ORC" monitor start >/dev/null || fail "blue does not start"
run "$ORC" switch-environment green
exit_is 1
err_has 'no monitor of environment green is running'
same "$(active)" blue
# Nobody is told to start a second one.
run "$ORC" health --environment green
exit_is 3
err_has 'no monitor of environment green is running; environment blue has one, pid [1-9][0-9]*: add --environment blue'
run "$ORC" monitor status --environment green
out_has 'environment blue has one'
run "$ORC" monitor stop --environment green
exit_is 0
out_has 'environment green is running; environment blue has one'
run "$ORC" status --environment green
out_has 'this is one look \(environment blue has one'
"$ORC" monitor start --environment green >/dev/null || fail "green does not start"
run "$ORC" status --environment green
out_has 'environment green \(observing; active is blue\)'
run "$ORC" switch-environment green
exit_is 0
same "$(active)" green
run "$ORC" rollback
exit_is 0
same "$(active)" blue
"$ORC" monitor stop --environment green >/dev/null
run "$ORC" rollback green
exit_is 1
same "$(active)" blue
run "$ORC" rollback green --force
exit_is 0
same "$(active)" green
run "$ORC" switch-environment '../x'
exit_is 2

# Killed in the middle of a switch, at any moment: the file is whole and names one of the two.
for i in $(seq 1 60); do
  if ((i % 2)); then target=blue; else target=green; fi
  "$ORC" switch-environment --force $target >/dev/null 2>&1 &
  pid=$!
  sleep "0.00$((i % 8))"
  kill -KILL $pid 2>/dev/null
  wait $pid 2>/dev/null
  case $(active) in blue | green) ;; *) fail "neither is active after a kill: $(cat "$HOME/.tmux-orchestrator/active.json")" ;; esac
done
echo garbage >"$HOME/.tmux-orchestrator/active.json"
run "$ORC" environments list
exit_is 4
err_has 'active.json is damaged'
run "$ORC" switch-environment blue
exit_is 0
same "$(active)" blue

# Daemons of this test: others may run their own at the same time.
daemons() {
  local pid count=0
  for pid in $(pgrep -f "monitor run --environment blue"); do
    grep -qz "^HOME=$HOME$" "/proc/$pid/environ" 2>/dev/null && count=$((count + 1))
  done
  echo "$count"
}

# Two starts at once, 40 times (ORC_STARTS=1000 for more): one wins, the other says so; never two daemons.
"$ORC" monitor stop >/dev/null
for i in $(seq 1 "${ORC_STARTS:-40}"); do
  "$ORC" monitor start >"$WORK/a" 2>&1 &
  a=$!
  "$ORC" monitor start >"$WORK/b" 2>&1
  b=$?
  wait $a
  a=$?
  case "$a$b" in 01 | 10) ;; *) fail "exit codes $a and $b in try $i: $(cat "$WORK/a" "$WORK/b")" ;; esac
  same "$(cat "$WORK/a" "$WORK/b" | grep -c 'runs already, pid [1-9]')" 1 "try $i"
  same "$(daemons)" 1 "daemons in try $i"
  "$ORC" monitor stop >/dev/null || fail "no stop in try $i"
done
