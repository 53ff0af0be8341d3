#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
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
err_has 'Servers is 0 of 1 reached'
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

# A monitor that hangs: whoever asks has an answer within 2 s, from files where need be.
"$ORC" monitor start >/dev/null || fail "no start"
pid=$(daemon_pid)
STOPPED+=("$pid")
kill -STOP "$pid"
start=$(date +%s%N)
run "$ORC" health
took=$((($(date +%s%N) - start) / 1000000))
exit_is 3
err_has "the monitor, pid $pid, does not answer"
[ "$took" -lt 2500 ] || fail "health took $took ms"
run "$ORC" status --emergency
out_has "^Monitor: pid $pid"
out_has '^Last status: .* ago'
out_has ' claude '
run "$ORC" status
exit_is 0
out_has "^Monitor: pid $pid, DOES NOT ANSWER"
run "$ORC" -L i status
out_has "^Monitor: not asked; this is one look of our own, .*pid $pid runs"
kill -CONT "$pid"
healthy() { "$ORC" health >/dev/null 2>&1; }  # until its next round it has stood still, and says so
wait_for 20 healthy || fail "not healthy when it goes on: $("$ORC" health)"
run "$ORC" health --no-such-flag
exit_is 2

# perf watch waits for a monitor that is being restarted.
"$ORC" perf watch --interval 0.2 >"$WORK/watch" 2>"$WORK/watch.err" &
watch=$!
JOBS+=($watch)
more_lines() { [ "$(wc -l <"$WORK/watch")" -gt "$1" ]; }
wait_for 20 more_lines 0 || fail "perf watch shows nothing"
"$ORC" monitor stop >/dev/null
wait_for 20 grep -q 'waiting for it' "$WORK/watch.err" || fail "the wait is not told"
"$ORC" monitor start >/dev/null || fail "no start"
lines_before=$(wc -l <"$WORK/watch")
wait_for 20 more_lines "$lines_before" || fail "nothing is shown after the restart"
kill -INT $watch
wait $watch || fail "perf watch ended with $?: $(cat "$WORK/watch.err")"
# A terminal that can do nothing gets plain lines.
for term in '' dumb no-such-terminal; do
  run env TERM="$term" script -qec "$ORC perf watch --interval 0.2 --duration 0.5" /dev/null
  exit_is 0
  no_escapes
  [ "$(wc -l <<<"$OUT")" -ge 2 ] || fail "no lines with TERM='$term'"
done

# What its starter has open is not held by the daemon.
"$ORC" monitor stop >/dev/null
exec 7>"$WORK/files/lock" 12>"$WORK/files/twelve"
flock -n 7 || fail "no lock"
"$ORC" monitor start >/dev/null || fail "no start"
exec 7>&- 12>&-
flock -n "$WORK/files/lock" true || fail "the daemon holds the lock of its starter"

# Relative paths: the daemon works in "/", but means what its starter meant.
"$ORC" monitor stop >/dev/null
mkdir -p "$WORK/files/conf"
ln -s "$(socket_of i)" "$WORK/files/conf/sock"
printf 'servers: [{name: rel, socket_path: sock}]\nmonitoring: {check_interval: 0.5}\n' >"$WORK/files/conf/c.yaml"
cd "$WORK/files" || exit 1
run env TMUX_ORC_CONFIG=conf/c.yaml "$ORC" monitor start
exit_is 0
says '^Server: rel +tmux ' || fail "the socket is not found: $("$ORC" status)"
echo 'log: {perf: true}' >>conf/c.yaml
logs_rounds() { grep -q 'round [0-9]*: ' "$STATE/logs/blue.log"; }
wait_for 6 logs_rounds || fail "a change of a relative file is not taken"
"$ORC" monitor stop >/dev/null

# A file of rules that is a pipe is refused, and not waited for.
mkdir -p "$STATE/agents"
mkfifo "$STATE/agents/slow.yaml"
run timeout 20 "$ORC" monitor run
[ "$RC" != 124 ] || fail "it waits for a pipe"
err_has 'slow.yaml: it is no regular file'
rm "$STATE/agents/slow.yaml"

# The log is rotated by the limits of a changed configuration.
"$ORC" monitor start >/dev/null || fail "no start"
printf 'servers: [{name: i, socket_name: i}]\nmonitoring: {check_interval: 0.1}\nlog: {max_size_mb: 0.1, max_files: 2, perf: true}\n' >"$STATE/config.yaml"
head -c 150000 /dev/zero | tr '\0' 'x' >>"$STATE/logs/blue.log"
rotated() { [ -f "$STATE/logs/blue.1.log" ]; }
wait_for 10 rotated || fail "no rotation: $(ls -l "$STATE/logs")"
"$ORC" monitor stop >/dev/null

# Under a supervisor: ready and alive are told, and each line of the log has its priority.
config
cat >"$WORK/files/notify.py" <<'P'
import os, socket, subprocess, sys, time
path = sys.argv[1]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(path)
s.settimeout(10)
p = subprocess.Popen([sys.argv[2], "monitor", "run", "--supervised"], stderr=subprocess.PIPE,
                     env={**os.environ, "NOTIFY_SOCKET": path})
said, end = "", time.time() + 15
while not ("READY=1" in said and said.count("WATCHDOG=1") > 3) and time.time() < end:
    said += s.recv(4096).decode() + "\n"
p.terminate()
log = p.stderr.read().decode()
while "STOPPING=1" not in said and time.time() < end:
    said += s.recv(4096).decode() + "\n"
print(said)
assert p.wait() == 0 and log, "no log"
assert all(line[0] == "<" and line[1] in "3467" and line[2] == ">" for line in log.splitlines()), log
P
run "$PYTHON" "$WORK/files/notify.py" "$WORK/files/notify" "$ORC"
exit_is 0
out_has '^READY=1$'
out_has '^WATCHDOG=1$'
out_has '^STOPPING=1$'
