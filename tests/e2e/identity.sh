#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Who is there: by the program's file, by who owns the terminal, by the screen alone; and which servers.
. "$(dirname "$0")/lib.sh"
needs script

state_is() { json "[a['state'] for a in d['agents'] if a['pane'] == '$1'] == ['$2']"; }
nobody() { json "'$1' not in [a['pane'] for a in d['agents']]"; }
look() { run "$ORC" -L w status --json; }
type_in() { tmux -L w send-keys -t "$1" "$2" Enter; }
# in_front PANE NAME: such a program owns the pane's terminal.
in_front() { [ "$(tmux -L w display-message -p -t "$1" '#{pane_current_command}')" = "$2" ]; }
child_named() { pgrep -f "$1" >/dev/null; }

mkdir -p "$WORK/claude/versions" "$WORK/bin"
cp "$(readlink -f "$(command -v sleep)")" "$WORK/claude/versions/2.1.190"
cp "$(readlink -f "$(command -v sleep)")" "$WORK/bin/claude"
start_server w bash --norc

# A native install is called by its version.
native=$(new_window w native "$WORK/claude/versions/2.1.190" 1000)
wait_for 10 in_front "$native" 2.1.190 || fail "it does not run"
# A job of an idle shell is no agent in its pane; in front it is.
job=$(new_window w job bash --norc)
type_in "$job" "$WORK/bin/claude 1001 &"
wait_for 10 child_named "$WORK/bin/claude 1001" || fail "the job does not run"
front=$(new_window w front bash --norc)
type_in "$front" "$WORK/bin/claude 1002"
wait_for 10 in_front "$front" claude || fail "it is not in front"
# Its wrapper has ended, it goes on on the terminal.
left=$(new_window w left bash --norc)
type_in "$left" "($WORK/bin/claude 1003 &)"
wait_for 10 child_named "$WORK/bin/claude 1003" || fail "it does not run"
# A daemon that it left: no output to the terminal.
daemon=$(new_window w daemon bash --norc)
type_in "$daemon" "($WORK/bin/claude 1004 >/dev/null 2>&1 &)"
wait_for 10 child_named "$WORK/bin/claude 1004" || fail "it does not run"
JOBS+=($(pgrep -f "$WORK/bin/claude 100[1-5]"))
# A recorder gives it a terminal of its own and shows it; what is behind a silent program is unknown, not starting.
recorded=$(new_window w recorded script -qc "$ORC __replay claude idle still 0" /dev/null)
silent=$(new_window w silent script -qc "$WORK/bin/claude 1005" /dev/null)
wait_for 10 has_state w "$recorded" idle || fail "behind script it is not read"
for pane in "$recorded" "$silent"; do  # a recorder outlives its terminal
  pid=$(tmux -L w display-message -p -t "$pane" '#{pane_pid}')
  JOBS+=("$pid" $(pgrep -P "$pid"))
done
# A program that nobody listed, under a screen and a title that can only be claude's.
scene=$(new_window w scene "$ORC" __replay claude waiting still 0)
wait_for 10 has_state w "$scene" waiting || fail "the stand-in does not show itself"
{
  printf '\033]2;%s\033\\' "$(tmux -L w display-message -p -t "$scene" '#{pane_title}')"
  tmux -L w capture-pane -p -t "$scene"
} >"$WORK/files/screen"
tmux -L w kill-window -t "$scene"
cp "$(readlink -f "$(command -v cat)")" "$WORK/bin/boxed"
boxed=$(new_window w boxed "$WORK/bin/boxed" "$WORK/files/screen" -)
quoted=$(new_window w quoted bash --norc)  # the same text, without the title
type_in "$quoted" "tail -n +2 $WORK/files/screen | $WORK/bin/boxed - /dev/tty"
wait_for 10 has_state w "$boxed" waiting || fail "the screen does not say who it is"

look
state_is "$native" starting
nobody "$job"
state_is "$front" starting
state_is "$left" starting
nobody "$daemon"
state_is "$recorded" idle
state_is "$silent" unknown
nobody "$quoted"
json "['boxed' in a['note'] and '@orc_agent' in a['note'] for a in d['agents'] if a['pane'] == '$boxed'] == [True]"
run "$ORC" -L w status
out_has "^Note: .*\($boxed\): looks like claude, runs boxed: set @orc_agent, or process.names"
run "$ORC" -L w doctor
out_has "pane .*\($boxed\) +-> looks like claude, runs boxed"

# A name in @orc_agent that no rules are for is told.
tmux -L w set -p -t "$quoted" @orc_agent clade
run "$ORC" -L w status
out_has "^Note: .*\($quoted\): @orc_agent: no rules are for an agent called 'clade'"
tmux -L w kill-server

# Servers by a pattern, as they come and go; a dead one's socket is nobody.
start_server swarm-1 "$ORC" __replay claude idle still 0
mkdir -p -m 700 "$HOME/.tmux-orchestrator"
printf 'servers:\n  - {socket_pattern: "swarm-*"}\nmonitoring: {check_interval: 1}\n' >"$HOME/.tmux-orchestrator/config.yaml"
run "$ORC" doctor
out_has '^ok +server swarm-1: '
run "$ORC" monitor start
exit_is 0
servers() { "$ORC" status --json | "$PYTHON" -c "
import json, sys
d = json.load(sys.stdin)
sys.exit([s['name'] for s in d['servers'] if s['reachable']] != sys.argv[1:] or len(d['agents']) != len(sys.argv) - 1)" "$@"; }
wait_for 10 servers swarm-1 || fail "the first server is not watched"
start_server swarm-2 "$ORC" __replay codex idle still 0
start_server other "$ORC" __replay codex idle still 0
wait_for 15 servers swarm-1 swarm-2 || fail "the second server is not found"
stop_server swarm-1
wait_for 15 servers swarm-2 || fail "the first server is not dropped"
run "$ORC" doctor
out_has "^warning +socket .*/other: runs agents \(codex\), and is not watched +-> .*socket_name: other"
out_lacks 'socket .*/swarm-2'
run "$ORC" monitor stop

# Two names for one socket.
ln -s "$(socket_of other)" "$WORK/files/link"
printf 'servers:\n  - {socket_name: other}\n  - {name: again, socket_path: %s}\n' "$WORK/files/link" >"$WORK/files/c.yaml"
run "$ORC" --config "$WORK/files/c.yaml" status
[ "$RC" -ne 0 ] || fail "two names for one server are taken"
err_has "'other' and 'again' are one server"
