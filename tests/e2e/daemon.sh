#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The daemon: start, stop, restart, the emergency switches, memory over a restart, signals, the log, the API's socket.
. "$(dirname "$0")/lib.sh"
start_server d "$ORC" __replay claude waiting still 0
wait_for 10 has_state d %0 waiting || fail "claude is not recognised"
STATE=$HOME/.tmux-orchestrator
mkdir -p "$STATE"
printf 'servers:\n  - {name: d, socket_name: d}\nmonitoring:\n  check_interval: 0.5\n' >"$STATE/config.yaml"
daemon_pid() { "$ORC" monitor status --json | "$PYTHON" -c "import json,sys; print(json.load(sys.stdin)['pid'])"; }

run "$ORC" monitor stop
exit_is 0
out_has '^No monitor of environment blue is running'
run "$ORC" monitor status
exit_is 3
run "$ORC" health
exit_is 3
err_has 'no monitor of environment blue is running'
run "$ORC" monitor logs
exit_is 3

run "$ORC" monitor start --async
exit_is 0
out_has '^Monitor started, pid [0-9]+, environment blue, first round [0-9.]+ ms$'
pid=$(grep -oP 'pid \K[0-9]+' <<<"$OUT")
kill -0 "$pid" || fail "the pid is not that of a process"
same "$(daemon_pid)" "$pid"
same "$(stat -c %a "$STATE/run/blue")" 700
same "$(stat -c %a "$STATE/run/blue/api.sock")" 600
run "$ORC" monitor start
exit_is 1
err_has "runs already, pid $pid"

run "$ORC" status
exit_is 0
out_has '^[^ ]+ +waiting/command .* claude '
out_has '^Mode: async$'
out_has "^Monitor: pid $pid, environment blue \(active\)"
run "$ORC" status --json
json "d['agents'][0]['state'] == 'waiting' and d['monitor']['pid'] == $pid and d['monitor']['mode'] == 'async'"
run "$ORC" health
exit_is 0
out_has '^Health: ok$'
run "$ORC" health --json
json "d['level'] == 'ok' and [l['name'] for l in d['lines']][2:] == ['Cycle time', 'CPU usage', 'Memory usage', 'Error rate', 'Pool utilization', 'Cache hit rate']"
json "all(l['target'] and l['alert'] for l in d['lines'])"
run "$ORC" health --critical
exit_is 0
run "$ORC" status --emergency
exit_is 0
out_has "^Monitor: pid $pid$"
out_has ' claude '

# What changes is seen and logged; a fresh look is asked for when the last round is old.
pane=$(new_window d codex "$ORC" __replay codex idle still 0)
seen() { "$ORC" status | grep -qE "^[^ ]+ +$1 .* $2 "; }
wait_for 10 seen idle codex || fail "a new agent is missed"
run "$ORC" monitor logs
out_has ' info d main:1.0 codex: new -> idle'
no_escapes

# Memory: since-times survive a restart, and nothing old is told as new.
since() { "$ORC" status --json | "$PYTHON" -c "import json,sys; print({a['pane']: (a['since_ms'], a['since_exact']) for a in json.load(sys.stdin)['agents']}['$pane'])"; }
tmux -L d respawn-pane -k -t "$pane" "$ORC" __replay codex waiting still 0
wait_for 10 seen waiting/command codex || fail "a transition is missed"
before=$(since)
run "$ORC" monitor restart
exit_is 0
same "$(since)" "$before" "since over a restart"
last=$(grep -n 'starting, pid' "$STATE/logs/blue.log" | tail -1 | cut -d: -f1)
! tail -n +"$last" "$STATE/logs/blue.log" | grep -q ' -> ' || fail "old news after a restart: $(tail -n +"$last" "$STATE/logs/blue.log")"
run "$ORC" monitor restart --fresh
tail -3 "$STATE/logs/blue.log" | grep -q 'new -> waiting' || fail "--fresh remembers"

# The emergency switches win over flags and configuration.
for switch in TMUX_ORC_ASYNC_DISABLED TMUX_ORC_FORCE_SYNC; do
  run env $switch=1 "$ORC" monitor restart --async
  exit_is 0
  out_has "^Mode: sync \($switch=1\)$"
  "$ORC" status | grep -q "Mode: sync ($switch=1)" || fail "status does not name the reason"
done
run "$ORC" monitor restart --emergency
exit_is 0
out_has '^Mode: sync \(--emergency\)'
"$ORC" status | grep -q 'transport spawn' || fail "--emergency does not spawn"
run env TMUX_ORC_ASYNC_ROLLOUT=0.5 "$ORC" monitor restart
out_has '^Mode: async \(50% of the panes, the rest sync\)'
run "$ORC" status --detailed
out_has '^Rollout: 50% async; last round: async [0-9]+ panes, .* sync [0-9]+ panes'
run env TMUX_ORC_ASYNC_ROLLOUT=0.0 "$ORC" monitor restart
out_has '^Mode: sync \(async.rollout is 0\)'
run env TMUX_ORC_ASYNC_ROLLOUT=2 "$ORC" monitor restart
exit_is 2
err_has "TMUX_ORC_ASYNC_ROLLOUT='2'"
run "$ORC" monitor restart
exit_is 0

# --detailed: the lines that scripts read, whatever agents' windows are called.
tmux -L d rename-window -t main:0 'Memory Cache Pool'
after_looks 2
run "$ORC" status --detailed
exit_is 0
same "$(grep -c Memory <<<"$OUT")" 1
same "$(grep -cE '(Pool|Cache|Memory)' <<<"$OUT")" 3
grep Memory <<<"$OUT" | awk '{print $2}' | grep -qE '^[0-9]+(\.[0-9]+)?$' || fail "Memory's second field is no number"

# Reload: on change and on SIGHUP; a broken file keeps the old settings and says so.
pid=$(daemon_pid)
sed -i 's/check_interval: 0.5/check_interval: 0.7/' "$STATE/config.yaml"
has_interval() { "$ORC" status --detailed | grep -q "every $1 s"; }
wait_for 6 has_interval 0.7 || fail "a changed file is not taken"
printf 'monitoring:\n  chekc_interval: 5\n' >"$STATE/config.yaml"
says_problem() { "$ORC" status | grep -q 'Configuration NOT taken.*config.yaml:2:3'; }
wait_for 6 says_problem || fail "a broken file is not told"
has_interval 0.7 || fail "a broken file changed the settings"
run "$ORC" health --strict
exit_is 1
printf 'servers:\n  - {name: d, socket_name: d}\nmonitoring:\n  check_interval: 0.4\n' >"$STATE/config.yaml"
kill -HUP "$pid"
wait_for 6 has_interval 0.4 || fail "SIGHUP does nothing"
same "$(daemon_pid)" "$pid" "the daemon was replaced"
# Removed or emptied: an accident, not the wish to have all defaults.
cp "$STATE/config.yaml" "$WORK/files/config.yaml"
says_gone() { "$ORC" status | grep -q 'Configuration NOT taken.*config.yaml is gone or empty'; }
says_taken() { ! "$ORC" status | grep -q 'NOT taken'; }
for accident in 'rm' 'truncate -s 0'; do
  $accident "$STATE/config.yaml"
  wait_for 6 says_gone || fail "a configuration after $accident is not told"
  has_interval 0.4 || fail "the defaults were taken after $accident"
  cp "$WORK/files/config.yaml" "$STATE/config.yaml"
  wait_for 6 says_taken || fail "the problem stays after $accident"
done

# Cache.
run "$ORC" cache stats
exit_is 0
out_has '^pane_content '
run "$ORC" cache clear
exit_is 2
err_has 'not on a terminal'
run "$ORC" cache clear --confirm
exit_is 0
logged() { grep -q "$1" "$STATE/logs/blue.log"; }
wait_for 5 logged 'cache cleared' || fail "the cache is not cleared"

# The log's folder vanishes: it comes back, and monitoring goes on.
rm -r "$STATE/logs"
tmux -L d kill-pane -t "$pane"
wait_for 6 logged 'gone' || fail "no log after its folder vanished"

# A killed daemon leaves nothing that fools the next start.
kill -KILL "$pid"
wait_for 5 pid_is_gone "$pid"
run "$ORC" monitor status
exit_is 3
out_has 'No monitor'
run "$ORC" status
exit_is 0
out_has 'not running; this is one look'
run "$ORC" status --emergency
exit_is 1
out_has 'NOT RUNNING'
echo "$$ 12345" >"$STATE/run/blue/lock"
run "$ORC" monitor start
exit_is 0

# SIGTERM ends it within 2 s, also in the middle of a round on a stopped tmux; nothing of ours is left behind.
pid=$(daemon_pid)
tmux_pid=$(server_pid d)
STOPPED+=("$tmux_pid")
kill -STOP "$tmux_pid"
sleep 1.2
start=$(date +%s%N)
run "$ORC" monitor stop
took=$((($(date +%s%N) - start) / 1000000))
kill -CONT "$tmux_pid"
exit_is 0
out_has "^Monitor stopped, pid $pid$"
[ "$took" -lt 2200 ] || fail "stop took $took ms"
run "$ORC" monitor stop
out_has 'No monitor'

# Bad configuration: the start says so with its place.
printf 'monitoring:\n  check_interval: soon\n' >"$STATE/config.yaml"
run "$ORC" monitor start
exit_is 2
err_has 'config.yaml:2:19: '
printf 'api:\n  listen: 0.0.0.0:9464\n' >"$STATE/config.yaml"
run "$ORC" monitor start
exit_is 1
err_has 'not a loopback address'
