#!/usr/bin/env bash
# What goes wrong around the daemon: the active environment is not there or its file is damaged, the run folder vanishes,
# the monitor hangs, HOME is read-only.
. "$(dirname "$0")/lib.sh"
start_server i "$ORC" __replay claude waiting still 0
STATE=$HOME/.tmux-orchestrator
mkdir -p "$STATE"
config() { printf 'servers:\n  - {name: i, socket_name: %s}\nmonitoring:\n  check_interval: 0.5\n' "${1:-i}" >"$STATE/config.yaml"; }
config
daemon_pid() { "$ORC" monitor status "$@" --json | "$PYTHON" -c "import json,sys; print(json.load(sys.stdin)['pid'])"; }
says() { grep -qE -- "$1" <<<"$("$ORC" status 2>&1)"; }
green_says() { grep -qE -- "$1" <<<"$("$ORC" status --environment green 2>&1)"; }

# The active environment does not run: the others say that nobody is told.
"$ORC" monitor start >/dev/null || fail "no start"
"$ORC" monitor start --environment green >/dev/null || fail "no start of green"
! green_says '^Problem:' || fail "a problem where none is"
"$ORC" monitor stop >/dev/null
wait_for 6 green_says '^Problem: the active environment blue does not run: nobody is told' || fail "an absent active one is not told"
"$ORC" switch-environment green >/dev/null || fail "no switch"
wait_for 6 green_says 'environment green \(active\)' || fail "green is not active"
! green_says '^Problem:' || fail "the problem stays"
"$ORC" monitor start >/dev/null || fail "no start"

# A damaged file: it starts, observes, and says how to go on.
"$ORC" monitor stop --environment green >/dev/null
"$ORC" monitor stop >/dev/null
: >"$STATE/active.json"
run "$ORC" monitor start
exit_is 0
says 'environment blue \(observing; none is active\)' || fail "the role is wrong: $("$ORC" status)"
says '^Problem: .*active.json is damaged.*switch-environment NAME --force' || fail "the damage is not told"
run "$ORC" monitor restart --emergency
exit_is 0
run "$ORC" switch-environment blue --force
exit_is 0
wait_for 6 says 'environment blue \(active\)' || fail "blue is not active"

# A switch to what reaches no server, or runs on old settings, is refused.
"$ORC" monitor restart >/dev/null || fail "no restart"
mkdir -p "$STATE/environments"
printf 'servers: [{name: i, socket_name: nobody}]\n' >"$STATE/environments/green.yaml"
"$ORC" monitor start --environment green >/dev/null || fail "no start of green"
run "$ORC" switch-environment green
exit_is 1
err_has 'reaches none of its 1 servers'
rm "$STATE/environments/green.yaml"
"$ORC" monitor restart --environment green >/dev/null
printf 'servers: [{name: i, socket_name: i}]\nmonitoring: {check_interval: soon}\n' >"$STATE/environments/green.yaml"
wait_for 6 green_says 'NOT taken' || fail "a broken overlay is taken"
run "$ORC" switch-environment green
exit_is 1
err_has 'its configuration was changed but not taken'
run "$ORC" switch-environment green --force
exit_is 0
run "$ORC" rollback
exit_is 0
rm "$STATE/environments/green.yaml"
"$ORC" monitor stop --environment green >/dev/null

# The run folder is removed under the daemon, and another is started: the first ends, the second is left alone.
old=$(daemon_pid)
rm -rf "$STATE/run/blue"
run "$ORC" monitor start
exit_is 0
new=$(daemon_pid)
[ "$new" != "$old" ] || fail "the old one still answers"
wait_for 6 pid_is_gone "$old" || fail "two monitors"
grep -q 'error .*lock is not ours any more' "$STATE/logs/blue.log" || fail "the end is not logged"
same "$(daemon_pid)" "$new"
run "$ORC" health
exit_is 0
rm "$STATE/run/blue/lock"
wait_for 6 pid_is_gone "$new" || fail "a monitor whose lock was removed goes on"
