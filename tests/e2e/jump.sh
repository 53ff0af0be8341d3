#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# next, jump, --back, the plugin, wait, events, status' filters, the status line, status --watch: in a real tmux.
. "$(dirname "$0")/lib.sh"
export TERM=tmux-256color
start_server one "$ORC" __replay claude idle still 0
asks=$(new_window one asks "$ORC" __replay claude waiting still 0)
fails=$(new_window one fails "$ORC" __replay claude error still 0)
works=$(new_window one works "$ORC" __replay codex working still 0)
wait_for 20 has_state one %0 idle && wait_for 20 has_state one "$asks" waiting && wait_for 20 has_state one "$fails" error &&
  wait_for 20 has_state one "$works" working || fail "the agents are not recognised"

# ---- status' filters ----
run "$ORC" -L one status --needs --format '{pane} {state} {agent}'
exit_is 0
same "$OUT" "$asks waiting claude
$fails error claude"
run "$ORC" -L one status --state working,idle --sort place --format '{pane}\t{target}'
same "$OUT" "%0	main:0.0
$works	main:3.0"
run "$ORC" -L one status --json --agent codex
json "[a['pane'] for a in d['agents']] == ['$works'] and d['counts']['idle'] == 1"
run "$ORC" -L one status --session nobody
exit_is 0
same "$OUT" ""
run "$ORC" -L one status -q --state error
exit_is 0
same "$OUT" ""
run "$ORC" -L one status -q --state crashed
exit_is 1
run "$ORC" -L nobody status -q
exit_is 3
run "$ORC" -L one status --state waitng
exit_is 2
err_has 'did you mean waiting'
run "$ORC" -L one status --format '{moon}'
exit_is 2
err_has "no field 'moon'; it has: .*target"
run "$ORC" -L one status --sort moon
exit_is 2
run "$ORC" -L one status --color always
out_has $'\x1b\\[1;33mwaiting'

# ---- wait, by looks of its own ----
run "$ORC" -L one wait "$asks" --state waiting
exit_is 0
out_has "^$asks main:1\.0 claude waiting/"
run "$ORC" -L one wait main:1.0 --state idle --timeout 0.3
exit_is 1
run "$ORC" -L one wait --any --state idle,error --agent claude --json
json "d['state'] in ('idle', 'error')"
run "$ORC" -L one wait %99 --state idle
exit_is 2
err_has "no agent in pane '%99'"
run "$ORC" -L one wait --state idle
exit_is 2
run "$ORC" -L one wait "$asks" --any --state idle
exit_is 2
run "$ORC" -L one wait "$asks" --state asleep
exit_is 2
run "$ORC" events
exit_is 3

# ---- with the monitor ----
mkdir -p "$HOME/.tmux-orchestrator"
printf '%s\n' 'monitoring: {check_interval: 1}' 'servers: [{socket_name: one}]' >"$HOME/.tmux-orchestrator/config.yaml"
"$ORC" monitor start >/dev/null || fail "no monitor"
"$ORC" events --follow --json >"$WORK/events" 2>"$WORK/events.err" &
JOBS+=($!)
follower=$!
"$ORC" wait "$asks" --state idle --timeout 60 >"$WORK/waited" &
waiter=$!
sleep 1.5
tmux -L one respawn-pane -k -t "$asks" "$ORC __replay claude idle still 0"
wait "$waiter" || fail "the wait did not end well"
OUT=$(cat "$WORK/waited")
out_has "^$asks .* idle"
"$ORC" wait "$asks" --state waiting --timeout 60 >"$WORK/gone" 2>&1 &
waiter=$!
sleep 1
tmux -L one kill-pane -t "$asks"
wait "$waiter"
same $? 1 "a pane that is gone"
grep -q 'is gone' "$WORK/gone" || fail "that it is gone is not said"
followed() { grep -q '"gone":true' "$WORK/events"; }
wait_for 10 followed || fail "no event of the end"
OUT=$(cat "$WORK/events")
lines "all(e['id'] > 0 for e in d) and any(e['pane'] == '$asks' and e['to']['state'] == 'idle' for e in d)"
run "$ORC" events --json
exit_is 0
lines "any(e['gone'] for e in d)"
run "$ORC" events
out_has 'gone'

# ---- next, jump ----
asks=$(new_window one asks "$ORC" __replay claude waiting still 0)
seen() { [ "$("$ORC" status --json | "$PYTHON" -c "
import json, sys
print(*[a['pane'] for a in json.load(sys.stdin)['agents'] if a['state'] in ('waiting', 'error')])")" = "$asks $fails" ]; }
wait_for 20 seen || fail "the new one is not seen"
run "$ORC" next
exit_is 3  # outside of tmux, and no terminal
err_has 'attach-session -t '
tmux -L ui -f /dev/null new-session -d -x 120 -y 40 "env -u TMUX tmux -L one attach -t main"
client() { tmux -L one list-clients -F '#{client_name}' | head -1; }
is_attached() { [ -n "$(client)" ]; }
wait_for 10 is_attached || fail "no client of tmux"
shown() { [ "$(tmux -L one list-clients -F '#{pane_id}')" = "$1" ]; }
inside() { TMUX="$(socket_of one),1,0" "$@"; }
tmux -L one select-window -t main:0
wait_for 10 shown %0 || fail "the start"
for want in "$asks" "$fails" "$asks"; do
  run inside "$ORC" next
  exit_is 0
  shown "$want" || fail "next shows $(tmux -L one list-clients -F '#{pane_id}'), not $want"
done
for want in "$fails" "$asks" %0; do
  run inside "$ORC" next --back
  exit_is 0
  shown "$want" || fail "--back shows $(tmux -L one list-clients -F '#{pane_id}'), not $want"
done
run inside "$ORC" next --back
exit_is 1
run inside "$ORC" next --state working
exit_is 0
shown "$works" || fail "next --state"
run inside "$ORC" next --state draft
exit_is 1
out_has 'Nobody'
run "$ORC" mute "$asks"
run inside "$ORC" next
shown "$fails" || fail "a muted pane is not left out"
run "$ORC" unmute "$asks"
run inside "$ORC" jump "$asks"
exit_is 0
shown "$asks" || fail "jump %N"
run inside "$ORC" jump main:0.0
shown %0 || fail "jump session:window.pane"
run inside "$ORC" jump %99
exit_is 4
err_has 'the pane is gone'
run inside "$ORC" jump nothing
exit_is 2
TMUX="$(socket_of ui),1,0" run "$ORC" jump main:0.0
exit_is 2
err_has 'tmux -S .*one attach'

# ---- the plugin ----
export PATH=${ORC%/*}:$PATH
before=$(tmux -L one list-keys | md5sum)
inside "$SOURCE/tmux-orc.tmux" || fail "the plugin fails"
same "$(tmux -L one list-keys | md5sum)" "$before" "nothing is bound unless asked for"
tmux -L one set -g @orc-next-key M-n
tmux -L one set -g @orc-back-key M-b
tmux -L one set -g @orc-popup-key M-o
tmux -L one set -g @orc-sidebar-key M-s
tmux -L one set -g @orc-key M-c
tmux -L one set -g @orc-status on
tmux -L one set -g @orc-click next
tmux -L one set -g mouse on
clicks() { tmux -L one list-keys -T root | sed -n 's/^bind-key .* MouseDown1Status  *//p'; }
old_click=$(clicks)
tmux -L one set -g @orc-window-icons on
tmux -L one set -g status-interval 1
tmux -L one set -g @orc-program "$ORC"
for _ in 1 2; do inside "$SOURCE/tmux-orc.tmux" || fail "the plugin fails"; done
same "$(tmux -L one show -gv status-right | grep -o statusline | wc -l)" 1 "the status line has it once"
same "$(tmux -L one show -gwv window-status-format | grep -o '?@orc_window_icon' | wc -l)" 1 "window names have it once"
on_screen() { tmux -L ui capture-pane -p | grep -qE -- "$1"; }
sees() { wait_for 15 on_screen "$1" || { OUT=$(tmux -L ui capture-pane -p) ERR=; fail "the screen lacks /$1/"; }; }
# A popup that is still closing takes the next keys.
lacks() { ! on_screen "$1"; }
closes() { wait_for 15 lacks "$1" || fail "the popup with /$1/ does not close"; }
tmux -L ui set -g prefix None
sees '\? 1 waiting ! 1 error'
tmux -L ui send-keys C-b M-n
wait_for 10 shown "$asks" || fail "the key for next"
tmux -L ui send-keys C-b M-b
wait_for 10 shown %0 || fail "the key for back"
tmux -L ui send-keys C-b M-o
sees 'Enter jump'
tmux -L ui send-keys n Enter
wait_for 10 shown "$fails" || fail "the popup's jump"
closes 'Enter jump'
tmux -L ui send-keys C-b M-s
sees '^. +.*s main:[0-9]\.0'
tmux -L ui send-keys q
closes '^. +.*s main:[0-9]\.0'
tmux -L ui send-keys C-b M-c
sees 'LAST HOUR'
tmux -L ui send-keys q
closes 'LAST HOUR'

# A click on the segment is the key for next, where tmux has ranges with names; elsewhere clicks are what they were.
new_click=$(clicks)
if [ "$(printf '%s\n' 3.4 "$(tmux -L one display-message -p '#{version}')" | sort -V | head -n 1)" = 3.4 ]; then
  same "$(tmux -L one list-keys | grep -c 'mouse_status_range},orc')" 1 "one binding for clicks"
  [[ $new_click == *"$old_click"* ]] || fail "a click elsewhere does not do what it did: $new_click"
  tmux -L one set -g status-left "" # so that window names begin at the left
  tmux -L one select-window -t main:0
  wait_for 10 shown %0 || fail "not at the start"
  click_on() { # TEXT of the last row
    local row column
    sleep 0.4 # a click within 300 ms of the one before is half of a double click, which nothing is bound to
    row=$(tmux -L ui capture-pane -p | grep -c '')
    column=$(tmux -L ui capture-pane -p | tail -n 1 | "$PYTHON" -c "import sys; print(sys.stdin.read().index(sys.argv[1]) + 1)" "$1")
    tmux -L ui send-keys -l $'\x1b[<0;'"$column;$row"$'M\x1b[<0;'"$column;${row}m"
  }
  sees '\? 1 waiting ! 1 error'
  click_on 'waiting'
  wait_for 10 shown "$asks" || fail "a click on the segment shows $(tmux -L one list-clients -F '#{pane_id}')"
  click_on '0:'
  wait_for 10 shown %0 || fail "a click on a window's name"
  tmux -L one set -g @orc-click popup
  inside "$SOURCE/tmux-orc.tmux" || fail "the plugin fails"
  same "$(tmux -L one list-keys | grep -c 'mouse_status_range},orc')" 1 "one binding for clicks"
  click_on 'waiting'
  sees 'Enter jump'
  tmux -L ui send-keys q
  closes 'Enter jump'
  click_on '1:'
  wait_for 10 shown "$asks" || fail "a click on a window's name, once the popup was asked for"
else
  same "$new_click" "$old_click" "clicks are not touched"
fi

# ---- the status line, status --watch ----
run "$ORC" statusline
same "$OUT" "1 waiting 1 error"
run "$ORC" statusline --style
same "$OUT" "#[bold,fg=yellow]? 1 waiting#[default] #[bold,fg=red]! 1 error#[default]"
stop_server ui
tmux -L ui -f /dev/null new-session -d -x 80 -y 10 "echo what was before; env -u TMUX TERM=tmux-256color $ORC status --watch --interval 1; echo ended with \$?; exec sleep 1000"
sees '^\? waiting/.*main'
sees '^! error'
sees 'q leaves'
tmux -L ui resize-window -x 60 -y 6
sees '^\? waiting/.*main'
tmux -L ui send-keys q
sees 'ended with 0'
sees 'what was before'
run timeout 3 "$ORC" status --watch --interval 1
[ "$(grep -c '^PROJECT' <<<"$OUT")" -ge 2 ] || fail "without a terminal it prints again and again"
no_escapes
kill "$follower"
