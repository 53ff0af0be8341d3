#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# status: no server, odd sockets, choice of server, several servers, colours.
. "$(dirname "$0")/lib.sh"

run "$ORC" status
exit_is 3
err_has "no tmux server at $(socket_of default)"
err_has '-L NAME'
same "$OUT" ""
no_escapes
run "$ORC" -L nobody status
exit_is 3
err_has nobody
run "$ORC" status --json
exit_is 3
json "d['agents'] == [] and not d['servers'][0]['reachable'] and d['servers'][0]['note']"
echo plain >"$WORK/files/plain"
run "$ORC" -S "$WORK/files/plain" status
exit_is 3
err_has 'is not a socket'
[ ! -e "$(socket_of default)" ] || fail "looking started a server"

start_server one "$ORC" __replay claude waiting still 0
start_server two "$ORC" __replay codex idle still 0
wait_for 10 has_state one %0 waiting || fail "claude is not recognised"
wait_for 10 has_state two %0 idle || fail "codex is not recognised"

run "$ORC" -L one status
exit_is 0
out_has '^[^ ]+ +waiting/.* claude '
out_lacks codex
run "$ORC" -S "$(socket_of two)" status
out_has '^[^ ]+ +idle .* codex '
TMUX="$(socket_of two),1,0" run "$ORC" status
out_has ' codex '

mkdir -p "$HOME/.tmux-orchestrator"
cat >"$HOME/.tmux-orchestrator/config.yaml" <<'Y'
servers:
  - {name: left, socket_name: one}
  - {name: right, socket_name: two}
  - {name: nowhere, socket_name: none}
Y
run "$ORC" status
exit_is 0
out_has '^Server: left +tmux '
out_has '^Server: right +tmux '
out_has '^Server: nowhere .*NOT REACHED'
out_has ' claude '
out_has ' codex '
run "$ORC" status --json
json "sorted((a['server'], a['agent'], a['state']) for a in d['agents']) == [('left', 'claude', 'waiting'), ('right', 'codex', 'idle')]"
json "d['agents'][0]['state'] == 'waiting'"
json "d['agents'][0]['asks']['title'].endswith('?') and len(d['agents'][0]['asks']['options']) >= 2 and d['agents'][1]['asks'] is None"
run "$ORC" -L one status --format '{asks}'
out_has '^run `.*`\?$'
run "$ORC" -L one explain %0
out_has '^Asks \(command, id [0-9a-f]{16}\):$'
out_has '^  > 1: Yes'
run "$ORC" -L two status --json
json "[a['agent'] for a in d['agents']] == ['codex']"
rm "$HOME/.tmux-orchestrator/config.yaml"

# Colours only for a person at a terminal.
on_terminal() {
  OUT=$("$PYTHON" - "$@" <<'P'
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
out = b''
try:
    while chunk := os.read(fd, 65536):
        out += chunk
except OSError:
    pass
os.waitpid(pid, 0)
sys.stdout.buffer.write(out)
P
  )
  RC=$? ERR=
}
on_terminal "$ORC" -L one status
out_has $'\x1b\\[[0-9;]*mwaiting'
NO_COLOR=1 on_terminal "$ORC" -L one status
out_has '^[^ ]+ +waiting/'
no_escapes
TERM=dumb on_terminal "$ORC" -L one status
out_has '^[^ ]+ +waiting/'
no_escapes
run "$ORC" -L one status
no_escapes

# Text from panes must not reach the terminal as control.
evil=$(new_window one "$(printf 'na\u202eme')" "$ORC" __replay gemini idle still 0)
wait_for 10 has_state one "$evil" idle || fail "gemini is not recognised"
tmux -L one set -p -t "$evil" @orc_agent "$(printf 'x\033]0;evil\007y')"
tmux -L one set -p -t %0 @orc_agent "$(printf 'x\033]0;evil\007y')"
run "$ORC" -L one status
exit_is 0
no_escapes
! grep -q $'\u202e' <<<"$OUT" || fail "a bidirectional override came through"
run "$ORC" -L one status --json
json "len(d['agents']) == 2"
no_escapes
# An unknown agent's name from the option, where no process says better.
odd=$(new_window one odd sleep 1000)
tmux -L one set -p -t "$odd" @orc_agent "$(printf 'x\033]0;evil\007y')"
run "$ORC" -L one status
exit_is 0
no_escapes

# An agent that a person suspended is neither at work nor gone.
start_server three bash --norc -i
tmux -L three send-keys -t %0 "$PYTHON $SOURCE/tests/support/scripted_agent.py $WORK/agent.log idle" Enter
wait_for 15 has_state three %0 idle || fail "the scripted agent is not seen"
tmux -L three send-keys -t %0 C-z
wait_for 10 has_state three %0 interrupted || fail "a suspended agent: $("$ORC" -L three status)"
run "$ORC" -L three status --detailed
out_has '^[^ ]+ +interrupted/suspended .* builtin/agent-suspended$'
tmux -L three send-keys -t %0 fg Enter
wait_for 10 has_state three %0 idle || fail "an agent that goes on: $("$ORC" -L three status)"
