#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The demo: start, look at it in both modes, the emergency switch, stop.
. "$(dirname "$0")/lib.sh"

run "$ORC" demo stop
exit_is 0
out_has 'No demo is running'

# A server of that name that is somebody's own is neither joined nor ended.
tmux -L orc-demo -f /dev/null new-session -d -s mine sleep 1000
run "$ORC" demo start
exit_is 4
err_has 'not a demo'
run "$ORC" demo stop
out_has 'No demo is running'
tmux -L orc-demo has-session -t mine || fail "a server that is not ours was ended"
stop_server orc-demo

run "$ORC" demo start
exit_is 0
out_has '8 replayed agents'
out_has 'tmux-orc demo stop'
[ -S "$(socket_of orc-demo)" ] || fail "no private socket"

all_known() { "$ORC" -L orc-demo status --json | "$PYTHON" -c "
import json, sys
agents = json.load(sys.stdin)['agents']
sys.exit(len(agents) != 8 or any(a['state'] in ('unknown', 'starting') for a in agents))"; }
wait_for 15 all_known || fail "the demo's agents are not all recognised"

run "$ORC" -L orc-demo status
exit_is 0
err_is_empty
out_has '^Mode: async$'
out_has '^8 agents in 8 panes'
out_has '^PROJECT +STATE +SINCE +AGENT'
no_escapes
for agent in claude codex gemini opencode pi qwen; do out_has " $agent "; done

run "$ORC" -L orc-demo status --sync
exit_is 0
out_has '^Mode: sync$'

TMUX_ORC_FORCE_SYNC=1 run "$ORC" -L orc-demo status
exit_is 0
out_has '^Mode: sync \(TMUX_ORC_FORCE_SYNC=1\)'
TMUX_ORC_FORCE_SYNC=1 run "$ORC" -L orc-demo status --async
out_has '^Mode: sync \(TMUX_ORC_FORCE_SYNC=1\)'
TMUX_ORC_ASYNC_DISABLED=true run "$ORC" -L orc-demo status
out_has '^Mode: sync \(TMUX_ORC_ASYNC_DISABLED=true\)'
TMUX_ORC_FORCE_SYNC=0 run "$ORC" -L orc-demo status
out_has '^Mode: async$'

states="{'starting','working','waiting','idle','draft','rate_limited','error','interrupted','exited','crashed','not_agent','unknown'}"
run "$ORC" -L orc-demo status --json
exit_is 0
json "len(d['agents']) == 8"
json "d['mode'] == 'async' and d['round']['mode'] == 'async'"
json "all(a['state'] in $states for a in d['agents'])"
json "all(set(a) >= {'pane','target','agent','state','detail','rule','confidence','role','since_ms'} for a in d['agents'])"
json "sum(d['counts'].values()) == 8"
json "d['servers'][0]['reachable'] and d['servers'][0]['transport'] == 'native'"
json "d['round']['errors'] == 0 and d['round']['timeouts'] == 0"
run "$ORC" -L orc-demo --json status --sync
json "d['mode'] == 'sync' and len(d['agents']) == 8"

run "$ORC" demo start
exit_is 0
out_has 'running already'
same "$(tmux -L orc-demo list-panes -a | wc -l)" 8 "a second start adds nothing"

pid=$(server_pid orc-demo)
run "$ORC" demo stop
exit_is 0
out_has 'has ended'
wait_for 5 pid_is_gone "$pid" || fail "the demo's server lives on"

# A server of that name that is not ours is left alone.
start_server orc-demo sleep 1000
run "$ORC" demo stop
exit_is 0
tmux -L orc-demo has-session -t main || fail "a foreign server was stopped"
stop_server orc-demo

run "$ORC" demo start --agents 3
exit_is 0
same "$(tmux -L orc-demo list-panes -a | wc -l)" 3
run "$ORC" demo stop
exit_is 0
run "$ORC" demo start --agents 0
exit_is 2

# Stop and start at once, again and again.
for i in 1 2 3 4 5 6 7 8; do
  run "$ORC" demo start --agents 2
  exit_is 0
  out_has '2 replayed agents'
  run "$ORC" demo stop
  exit_is 0
  out_has 'has ended'
done
