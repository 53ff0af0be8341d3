#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Notifications, the other channels and the actions: the desktop and terminals, the status line, a command that hangs; many
# agents gone at once are one message; a crashed agent is started again only where that is switched on, and not for ever.
. "$(dirname "$0")/lib.sh"
STATE=$HOME/.tmux-orchestrator
mkdir -p "$STATE" "$WORK/bin"
cat >"$WORK/bin/notify-send" <<H
#!/bin/sh
printf '%s|' "\$@" >>"$WORK/desktop"
echo >>"$WORK/desktop"
H
cat >"$WORK/bin/hook" <<H
#!/bin/sh
cat >>"$WORK/told.jsonl"
H
printf '#!/bin/sh\nsleep 600\n' >"$WORK/bin/hangs"
printf '#!/bin/sh\necho it is broken >&2\nexit 3\n' >"$WORK/bin/fails"
chmod +x "$WORK"/bin/*
export PATH=$WORK/bin:$PATH
config() {  # config RESTART CAP
  cat >"$STATE/config.yaml" <<Y
servers:
  - {name: n, socket_name: n}
monitoring: {check_interval: 0.3, confirm_delay: 0.3}
notifications:
  startup_grace: 0
  escalate_after: 2
  channels:
    - {name: desk, type: desktop, osc: "9"}
    - {name: line, type: statusline, panes: on}
    - {name: hook, type: command, command: [hook]}
    - {name: stuck, type: command, command: [hangs], timeout: 0.5}
    - {name: broken, type: command, command: [fails]}
  rules:
    - {states: [waiting, missing, escalation], channels: [desk, hook]}
    - {states: [missing], channels: [stuck, broken]}
actions:
  restart_crashed: {mode: $1, command: "echo started-\$((40 + 2))", cap_per_hour: $2}
Y
}
config off 1

# Somebody is attached: what the terminal gets is kept.
start_server n sleep 1000
tmux -L n new-session -d -s many -x 80 -y 24 sleep 1000
"$PYTHON" -c "
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp('tmux', ['tmux', '-L', 'n', 'attach', '-t', 'main'])
with open(sys.argv[1], 'wb', buffering=0) as out:
    while data := os.read(fd, 65536):
        out.write(data)" "$WORK/terminal" </dev/null >/dev/null 2>&1 &
JOBS+=($!)
disown
attached() { [ "$(tmux -L n list-clients | wc -l)" -eq 1 ]; }
wait_for 10 attached || fail "no client is attached"

"$ORC" monitor start >/dev/null || fail "no start"
pane=$(new_window n dev "$ORC" __replay claude waiting still 0)
desktop_has() { grep -qs "$1" "$WORK/desktop"; }
wait_for 15 desktop_has 'waits for a person' || fail "notify-send was not called: $("$ORC" notify log)"
grep -q -- '^--app-name=tmux-orc|--|tmux-orc|' "$WORK/desktop" || fail "its words: $(cat "$WORK/desktop")"
on_terminal() { grep -qaF "$1" "$WORK/terminal"; }
wait_for 10 on_terminal $'\e]9;main:1.0 (dev): waits for a person' || fail "no OSC 9 on the terminal"
wait_for 10 on_terminal 'tmux-orc: main:1.0 (dev): waits' || fail "no line on the client"
line_is() { [ "$(tmux -L n show-options -v -t "$1" @orc_status 2>/dev/null)" = "$2" ]; }
wait_for 10 line_is main: '1 waiting' || fail "the status line: $(tmux -L n show-options -t main: @orc_status)"
option_is() { [ "$(tmux -L n display-message -p -t "$1" "#{$2}")" = "$3" ]; }
wait_for 10 option_is "$pane" @orc_state waiting/command || fail "the pane's state: $(tmux -L n show-options -p -t "$pane")"
option_is "$pane" @orc_icon '?' || fail "the pane's sign"
option_is "$pane" @orc_window_icon '?' || fail "the window's sign"
tmux -L n display-message -p -t "$pane" '#{@orc_asks}' | grep -q '^run `' || fail "what it asks: $(tmux -L n show-options -p -t "$pane")"
[ $(($(date +%s) - $(tmux -L n display-message -p '#{@orc_at}'))) -lt 60 ] || fail "no time"
line_is many: '' || fail "another session's status line is set"
wait_for 15 desktop_has 'still waits' || fail "no escalation: $(cat "$WORK/desktop")"
tmux -L n respawn-pane -k -t "$pane" "$ORC" __replay claude working still 0
wait_for 10 line_is main: '' || fail "the status line stays"
wait_for 10 option_is "$pane" @orc_window_state working/tool || fail "the window's state: $(tmux -L n show-options -w -t "$pane")"
# In the end nothing is left; what a monitor that was killed left goes with the next one.
tmux -L n set-option -p -t main:0 @orc_state idle
"$ORC" monitor stop >/dev/null
[ -z "$(tmux -L n list-panes -a -F '#{@orc_window_icon}#{@orc_status}#{@orc_at}' | tr -d '\n')" ] || fail "options stay after the stop"
"$ORC" monitor start >/dev/null || fail "no start"
wait_for 10 option_is main:0 @orc_state '' || fail "a dead monitor's option stays"
wait_for 10 option_is "$pane" @orc_state working/tool || fail "not set anew"

# A name is no markup for the desktop.
markup=$(new_window n 'x<b>&y' "$ORC" __replay claude waiting still 0)
wait_for 15 desktop_has 'x&lt;b&gt;&amp;y' || fail "markup reaches notify-send: $(cat "$WORK/desktop")"
! desktop_has 'x<b>' || fail "markup reaches notify-send: $(cat "$WORK/desktop")"
tmux -L n kill-pane -t "$markup"
wait_for 10 line_is main: '' || fail "the status line stays"
# That it is gone is told before the next, or it would be among them.
gone_told() { grep -F 'x<b>&y' "$WORK/told.jsonl" | grep -q '"concern":"missing"'; }
wait_for 15 gone_told || fail "its end is not told: $(cat "$WORK/told.jsonl")"

# Thirty agents gone at once: one message to each, and what hangs or fails holds up nobody.
for _ in $(seq 30); do tmux -L n new-window -d -t many: "$ORC" __replay claude working still 0; done
all_there() { "$ORC" status --json | "$PYTHON" -c "
import json, sys
sys.exit([a['state'] for a in json.load(sys.stdin)['agents']] != ['working'] * 31)"; }
wait_for 30 all_there || fail "not all agents are seen"
after_looks 3
rm -f "$WORK/told.jsonl" "$WORK/desktop"
tmux -L n kill-session -t many
wait_for 15 test -s "$WORK/told.jsonl" || fail "nobody is told that they are gone"
failed() { "$ORC" notify log | grep -q "$1"; }
wait_for 10 failed 'stuck .*NOT DELIVERED.*did not end in time' || fail "a command that hangs: $("$ORC" notify log)"
wait_for 10 failed 'broken .*NOT DELIVERED.*ended with 3: it is broken' || fail "a command that fails: $("$ORC" notify log)"
OUT=$(cat "$WORK/told.jsonl")
lines "len(d) == 1 and len(d[0]['items']) == 30 and all(i['concern'] == 'missing' for i in d[0]['items'])"
same "$(grep -c . "$WORK/desktop")" 1 "messages on the desktop"
none_hangs() { ! pgrep -f "$WORK/bin/hangs" >/dev/null; }
wait_for 10 none_hangs || fail "the command that hangs was left behind"

# A crashed agent in a shell: dry-run writes down what it would do, on does it, once, and the cap holds.
crash() {  # crash RUN: an agent that is a child of the shell dies of a signal
  tmux -L n send-keys -t "$pane" "$PYTHON $SOURCE/tests/support/scripted_agent.py $WORK/dev.log idle" Enter
  wait_for 15 has_state n "$pane" idle || fail "agent $1 is not seen: $("$ORC" status)"
  after_looks 4  # what the monitor has not seen alive cannot crash
  pkill -KILL -f "scripted_agent.py $WORK/dev.log" || fail "no agent to kill"
  wait_for 15 has_state n "$pane" crashed || fail "crash $1 is not seen: $("$ORC" status)"
}
log_count() { [ "$("$ORC" notify log | grep -c "$1")" -eq "$2" ]; }
pane_has() { [ "$(tmux -L n capture-pane -p -t "$pane" -S -200 | grep -c "^started-42")" -eq "$1" ]; }
config dry-run 1
run "$ORC" monitor restart
exit_is 0
pane=$(new_window n shell bash --norc -i)
crash first
wait_for 10 log_count 'restart .*NOT DELIVERED.*not done: dry run' 1 || fail "a dry run is not written down: $("$ORC" notify log)"
pane_has 0 || fail "a dry run typed something"
tmux -L n kill-pane -t "$pane"  # or its crash, a moment old, would be answered now
pane=$(new_window n shell bash --norc -i)
config on 1
run "$ORC" monitor restart
exit_is 0
crash second
wait_for 15 pane_has 1 || fail "the agent is not started again: $("$ORC" notify log; tmux -L n capture-pane -p -t "$pane")"
wait_for 10 log_count 'restart .*claude: echo started' 2 || fail "no audit line: $("$ORC" notify log)"
crash third
wait_for 10 failed 'not done: 1 in the last hour are the most' || fail "the cap is not told: $("$ORC" notify log)"
pane_has 1 || fail "more restarts than the cap allows"
run "$ORC" monitor stop
exit_is 0
