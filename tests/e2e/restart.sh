#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# monitor restart: what would keep the new monitor from starting is found before the old one ends, and in an emergency
# nothing keeps it from starting.
. "$(dirname "$0")/lib.sh"
start_server r "$ORC" __replay claude waiting still 0
STATE=$HOME/.tmux-orchestrator
mkdir -p "$STATE/agents"
good() { printf 'servers:\n  - {name: r, socket_name: r}\nmonitoring:\n  check_interval: 0.5\n' >"$STATE/config.yaml"; }
good
daemon_pid() { "$ORC" monitor status --json | "$PYTHON" -c "import json,sys; print(json.load(sys.stdin)['pid'])"; }
"$ORC" monitor start >/dev/null || fail "no start"
pid=$(daemon_pid)
refuses() { # refuses MESSAGE COMMAND...
  local message=$1
  shift
  run "$@"
  exit_is 2
  err_has "$message"
  err_has "nothing was stopped; the monitor, pid $pid, goes on"
  same "$(daemon_pid)" "$pid" "the monitor after: $*"
}
refuses 'exclude each other' "$ORC" monitor restart --sync --async
refuses "TMUX_ORC_POOL_SIZE='abc'" env TMUX_ORC_POOL_SIZE=abc "$ORC" monitor restart
printf 'monitoring:\n  check_interval: soon\n' >"$STATE/config.yaml"
refuses 'config.yaml:2:19: ' "$ORC" monitor restart
printf 'api: {listen: "0.0.0.0:9464"}\n' >"$STATE/config.yaml"
refuses 'loopback' "$ORC" monitor restart
printf 'api: {listen: "127.0.0.1:9464", token_file: %s/none}\n' "$WORK" >"$STATE/config.yaml"
refuses 'token_file' "$ORC" monitor restart
good
echo 'agent: [' >"$STATE/agents/x.yaml"
refuses 'x.yaml' "$ORC" monitor restart
rm "$STATE/agents/x.yaml"

# In an emergency: with as much as can be read, and status says what is left out, and that nobody is told.
says() { grep -qE -- "$1" <<<"$("$ORC" status 2>&1)"; }
run "$ORC" monitor restart --emergency
exit_is 0
says '^Problem: --emergency: notifications and actions are off' || fail "that nobody is told is not told"
run env TMUX_ORC_POOL_SIZE=abc "$ORC" monitor restart --emergency
exit_is 0
err_has 'variables TMUX_ORC_\* are left out'
says '^Problem: --emergency: .*TMUX_ORC_POOL_SIZE' || fail "the variable is not told"
says '^Server: r ' || fail "the files are not read"
printf 'monitoring:\n  check_interval: soon\n' >"$STATE/config.yaml"
echo 'agent: [' >"$STATE/agents/x.yaml"
run "$ORC" monitor restart --emergency
exit_is 0
err_has 'the DEFAULTS are in force'
out_has '^Mode: sync \(--emergency\)'
says '^Problem: --emergency: the DEFAULTS are in force, because: .*config.yaml:2:19: .*own rules are left out.*x.yaml' ||
  fail "the defaults are not told: $("$ORC" status 2>&1)"
says '^Monitor: pid [0-9]+' || fail "no monitor"
# A change that is no better is refused; a good one is taken.
printf 'monitoring:\n  check_interval: later\n' >"$STATE/config.yaml"
wait_for 6 says 'NOT taken, the old one stays: .*later' || fail "a broken change is taken"
rm "$STATE/agents/x.yaml"
good
wait_for 6 says '^Server: r ' || fail "a good configuration is not taken"
! says 'DEFAULTS' || fail "the problem stays"
"$ORC" monitor stop >/dev/null
port=$(free_ports 1)
printf 'api: {listen: "127.0.0.1:%s", token_file: %s/none}\n' "$port" "$WORK" >"$STATE/config.yaml"
run "$ORC" monitor start
[ "$RC" -ne 0 ] || fail "a token that is not there is no matter"
run "$ORC" monitor start --emergency
exit_is 0
says 'only the unix socket is served' || fail "the missing token is not told"
"$ORC" monitor stop >/dev/null
