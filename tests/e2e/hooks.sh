#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Hooks: an agent's settings get a few lines and lose exactly those again; what they call makes a running monitor look at
# once, and disturbs nobody where none runs.
. "$(dirname "$0")/lib.sh"
STATE=$HOME/.tmux-orchestrator
SECRET=planted-prompt-and-token
FILE=$HOME/.claude/settings.json
small=$(dirname "$ORC")/tmux-orc-hook

run "$ORC" hooks install claude --yes
exit_is 3
err_has 'claude was not used here'
mkdir -p "$HOME/.claude" "$HOME/.pi/agent"
printf '{\n    "model": "opus",\n    "env": {"KEY": "%s"},\n    "hooks": {\n        "Stop": [{"hooks": [{"type": "command", "command": "say done"}]}]\n    }\n}' \
  "$SECRET" >"$FILE"
chmod 640 "$FILE"
cp -p "$FILE" "$WORK/files/before"
run "$ORC" hooks status claude
exit_is 1
out_has '^claude +not installed +.*settings.json$'
run "$ORC" hooks install claude
exit_is 2
err_has 'say --yes'
out_has '^\+ +"UserPromptSubmit": \['
cmp -s "$FILE" "$WORK/files/before" || fail "written without a yes"
run "$ORC" hooks install claude --yes
exit_is 0
out_has 'from its next start on'
same "$(stat -c %a "$FILE")" 640 "the file's mode"
cmp -s "$FILE.before-tmux-orc" "$WORK/files/before" || fail "no backup"
OUT=$(cat "$FILE") json "d['model'] == 'opus' and len(d['hooks']['Stop']) == 2 and d['hooks']['Stop'][0]['hooks'][0]['command'] == 'say done'"
run "$ORC" hooks status claude --json
exit_is 0
json "d['hooks'][0]['installed']"
run "$ORC" hooks install claude --yes
out_has 'already'
# What the agent runs is a line for a shell, and that does what it says: nothing.
line=$("$PYTHON" -c "import json; print(json.load(open('$FILE'))['hooks']['SessionEnd'][0]['hooks'][0]['command'])")
run sh -c "$line"
exit_is 0
same "$OUT$ERR" ""
run "$ORC" hooks remove claude --yes
exit_is 0
cmp -s "$FILE" "$WORK/files/before" || fail "not as it was: $(diff "$FILE" "$WORK/files/before")"
[ ! -e "$FILE.before-tmux-orc" ] || fail "the backup stays"
# Something else was changed since: only ours goes.
run "$ORC" hooks install claude --yes
sed -i 's/"opus"/"sonnet"/' "$FILE"
run "$ORC" hooks remove claude --yes
exit_is 0
cmp -s "$FILE" <(sed 's/"opus"/"sonnet"/' "$WORK/files/before") || fail "more than ours was changed: $(cat "$FILE")"
printf 'no JSON' >"$FILE"
run "$ORC" hooks install claude --yes
exit_is 2
err_has 'settings.json is left alone'
same "$(cat "$FILE")" "no JSON"
# A file of its own.
run "$ORC" hooks install pi --yes
exit_is 0
[ -f "$HOME/.pi/agent/extensions/tmux-orc.js" ] || fail "no file for pi"
run "$ORC" hooks remove pi --yes
[ ! -e "$HOME/.pi/agent/extensions/tmux-orc.js" ] || fail "pi's file stays"
run "$ORC" hooks status
out_has '^No monitor runs that hears them.$'
run "$ORC" hooks status --json
json "d['heard'] is None"
run "$ORC" hooks install aider --yes
exit_is 2
err_has 'there are those of claude, codex, '
run "$ORC" hooks show codex
out_has '^.*/.codex/hooks.json$'

# Nobody listens: nothing happens.
echo "{\"prompt\": \"$SECRET\"}" >"$WORK/said"
hooks() {  # as an agent calls it: with something on its standard input, in an environment of its own
  for program in "$ORC hook" "$ORC hook --whatever an agent adds" "$small"; do
    OUT=$("$@" $program 2>&1 <"$WORK/said") || fail "$program ends with $?"
    same "$OUT" "" "$program prints"
  done
}
hooks env
hooks env -i
hooks env HOME=/nowhere TMUX_PANE=garbage
run "$ORC" hook --help
out_has 'look now'

# A monitor that looks once an hour is told.
start_server w "$ORC" __replay claude working still 0
mkdir -p "$STATE"
printf 'servers: [{name: w, socket_name: w}]\nmonitoring: {check_interval: 3600, pulse: off}\nlog: {level: debug}\n' >"$STATE/config.yaml"
"$ORC" monitor start >/dev/null || fail "no start"
socket=$(ls "$STATE"/run/*/hook.sock)
same "$(stat -c %a "$socket")" 600 "the socket's mode"
# Not `status`, which asks for a look.
is() { [ "$(curl -s --unix-socket "${socket%hook.sock}api.sock" http://x/api/v1/status | "$PYTHON" -c "
import json, sys
print(json.load(sys.stdin)['snapshot']['agents'][0]['state'])" 2>/dev/null)" = "$1" ]; }
wait_for 10 is working || fail "the first round"
for state in waiting working; do
  tmux -L w respawn-pane -k -t %0 "$ORC" __replay claude $state still 0
  shown() { case $state in waiting) grep -q 'Esc to cancel' ;; *) grep -q 'esc to interrupt' ;; esac <<<"$(tmux -L w capture-pane -p -t %0)"; }
  wait_for 10 shown || fail "the stand-in shows no $state"
  sleep 0.5
  is $state && fail "it was seen without a hook"
  case $state in waiting) TMUX_PANE=%0 "$ORC" hook ;; *) TMUX_PANE=%0 "$small" ;; esac
  wait_for 10 is $state || fail "no hook made the monitor look"
  sleep 1.2 # it looks once more, when what the hook tells of is surely drawn
done
run "$ORC" hooks status
out_has '^Heard since the monitor.s start: 2, the last [0-9]+s ago\.$'
# Garbage and a flood.
before=$(looks)
"$PYTHON" - "$socket" <<'PY'
import os, socket, sys, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.setblocking(False)
until = time.time() + 1
while time.time() < until:
    for text in (b"%1", os.urandom(300), b"%" * 60000, b""):
        try:
            s.sendto(text, sys.argv[1])
        except BlockingIOError:
            pass
PY
after=$(looks)
[ "$after" -gt "$before" ] || fail "no look came of it"
[ $((after - before)) -lt 200 ] || fail "$((after - before)) looks in a second"
run "$ORC" hooks status --json
json "d['heard']['heard'] > 2 and d['heard']['refused'] > 0 and d['heard']['last_ms'] > 0"
run "$ORC" health
exit_is 0
"$ORC" monitor stop >/dev/null
[ ! -e "$socket" ] || fail "its socket stays"
grep -rqa "$SECRET" "$STATE" && fail "what agents tell their hooks is in $STATE"
true
