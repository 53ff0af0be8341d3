#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Answers: the question and its options, an option by the agent's own keys, only of the question that was seen; the log;
# the switches; over the API, by mcp, by the cockpit's key. The agents are stand-ins that log each byte they get.
. "$(dirname "$0")/lib.sh"
export TERM=tmux-256color
STATE=$HOME/.tmux-orchestrator
mkdir -p "$STATE"
PORT=$(free_ports 1)
config() {
  cat >"$STATE/config.yaml" <<Y
servers:
  - {name: one, socket_name: one}
monitoring:
  check_interval: 0.3
$1
Y
}
asking() { new_window one asking "$PYTHON" "$SOURCE/tests/support/asking_agent.py" "$WORK/files/$1" number; }
chose() { grep -qE "^chose step[0-9]+ $2\$" "$WORK/files/$1"; }
stray() { grep -q stray "$WORK/files/"* 2>/dev/null; }
ask_id() { "$ORC" answer "$1" --json | "$PYTHON" -c "import json, sys; print(json.load(sys.stdin)['asks']['id'])"; }
asks() { "$ORC" answer "$1" >/dev/null; }

config ''
start_server one "$ORC" __replay claude idle still 0
pane=$(asking log)
wait_for 20 asks "$pane" || { run "$ORC" answer "$pane"; fail "no question is read"; }

# ---- the command ----
run "$ORC" answer "$pane"
exit_is 0
out_has "$pane claude is waiting/"
out_has 'Do you want to proceed'
out_has '❯ 1\. Yes$'
out_has "Answer: tmux-orc answer $pane CHOICE --id [0-9a-f]{16}"
run "$ORC" answer "$pane" --json
json "d['answerable'] and not d['takes_text'] and len(d['asks']['options']) == 3"
id=$(ask_id "$pane")
run "$ORC" answer "$pane" 9 --id "$id"
exit_is 2
run "$ORC" answer "$pane" 2 --id 0123456789abcdef
exit_is 1
err_has 'refused: the dialog is not the one that was seen'
run "$ORC" answer "$pane" 2 --id "$id"
exit_is 0
out_has "Answered $pane: 2\. Yes, and"
chose log 2 || fail "the agent did not get it: $(cat "$WORK/files/log")"
wait_for 20 asks "$pane" || fail "no further question"
run "$ORC" answer "$pane" 1 --id "$id"
exit_is 1
run "$ORC" answer "$pane" no --json
exit_is 0
json "d['outcome'] == 'answered' and d['chosen'] == '3. No'"
chose log 3 || fail "not the third"
run "$ORC" answers --json
json "[e['outcome'] for e in d] == ['refused', 'answered', 'refused', 'answered'] and d[0]['by'] == 'cli' and d[1]['server'] == 'one'"
run "$ORC" answers
out_has 'Do you want to proceed'
same "$(stat -c %a "$STATE/logs/"*-answers.jsonl)" 600
run "$ORC" answer %0
out_has "It asks nothing. A text for its prompt"
for wrong in "answer %99" "answer %0 1 --text x" "answer %0 1 --id zz"; do
  run "$ORC" $wrong
  exit_is 2
done
# Nobody's: a shell, a pane in copy mode.
shell=$(new_window one sh bash --norc)
run "$ORC" answer "$shell" 1
exit_is 1
wait_for 20 asks "$pane" || fail "no further question"
tmux -L one copy-mode -t "$pane"
run "$ORC" answer "$pane" 1
exit_is 1
err_has 'in a mode'
tmux -L one send-keys -t "$pane" -X cancel

# ---- the switches, the API and mcp ----
config "actions: {answer: off}
api: {listen: '127.0.0.1:$PORT', answer: on}"
run "$ORC" answer "$pane" 1
exit_is 1
err_has 'switched off \(actions.answer\)'
"$ORC" monitor start >/dev/null || fail "no start"
token=$(cat "$STATE/api-token")
# post BODY: prints the status, leaves the body in files/reply; asks again while it is pending.
post() {
  local code=202
  while [ "$code" = 202 ]; do
    code=$(curl -s -o "$WORK/files/reply" -w '%{http_code}' -X POST -H 'Content-Type: application/json' "${AUTH[@]}" -d "$1" \
      "http://127.0.0.1:$PORT/api/v1/answer")
    sleep 0.05
  done
  echo "$code"
}
AUTH=(-H "Authorization: Bearer $token")
knows() { "$ORC" status --json 2>/dev/null | "$PYTHON" -c "
import json, sys
a = [a for a in json.load(sys.stdin)['agents'] if a['pane'] == '$pane']
sys.exit(not (a and a[0]['state'] == 'waiting' and a[0]['asks']))"; }
wait_for 20 knows || fail "the monitor does not know it"
same "$(post "{\"pane\": \"$pane\", \"id\": \"$(ask_id "$pane")\", \"choice\": \"1\"}")" 403
config "api: {listen: '127.0.0.1:$PORT', answer: on}"
"$ORC" config reload >/dev/null 2>&1
switched_on() { curl -s -H "Authorization: Bearer $token" "http://127.0.0.1:$PORT/api/v1/status" | grep -q '"answers":true'; }
wait_for 20 switched_on || fail "the switch is not taken"
id=$(ask_id "$pane")
AUTH=()
same "$(post "{\"pane\": \"$pane\", \"id\": \"$id\", \"choice\": \"1\"}")" 401
AUTH=(-H "Authorization: Bearer $token")
for bad in '{}' 'x' "{\"pane\": \"$pane\", \"choice\": \"1\"}" "{\"pane\": \"$pane\", \"id\": \"$id\", \"choice\": \"9\"}"; do
  same "$(post "$bad")" 400 "$bad"
done
same "$(post "{\"pane\": \"$pane\", \"id\": \"123\", \"choice\": \"1\"}")" 409
grep -q 'not the one that was seen' "$WORK/files/reply" || fail "no reason"
same "$(post "{\"pane\": \"%77\", \"id\": \"$id\", \"choice\": \"1\"}")" 404
same "$(post "{\"pane\": \"$pane\", \"id\": \"$id\", \"choice\": \"1\"}")" 200
grep -q '"chosen":"1. Yes"' "$WORK/files/reply" || fail "$(cat "$WORK/files/reply")"
chose log 1 || fail "not the first"
run "$ORC" answers --json --last 1
json "d[0]['by'] == 'api' and d[0]['outcome'] == 'answered'"

wait_for 20 asks "$pane" || fail "no further question"
cat >"$WORK/client.py" <<'P'
import json, subprocess, sys
orc, pane, ask = sys.argv[1:]
p = subprocess.Popen([orc, 'mcp', '--allow-answer'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
def ask_(id, method, **params):
    p.stdin.write(json.dumps({'jsonrpc': '2.0', 'id': id, 'method': method, 'params': params}) + '\n'); p.stdin.flush()
    return json.loads(p.stdout.readline())['result']
tools = {t['name']: t for t in ask_(1, 'tools/list')['tools']}
assert tools['answer']['annotations']['readOnlyHint'] is False and tools['agents']['annotations']['readOnlyHint'] is True
def call(**arguments):
    r = ask_(2, 'tools/call', name='answer', arguments=arguments)
    return r['content'][0]['text'], r['isError']
assert call(pane=pane, choice='1')[1] and call(pane=pane, id='77', choice='1')[1]
text, bad = call(pane=pane, id=ask, choice='yes, and')
assert not bad and '"outcome": "answered"' in text and 'untrusted' in text, text
P
"$PYTHON" "$WORK/client.py" "$ORC" "$pane" "$(ask_id "$pane")" || fail "mcp's part"
run "$ORC" answers --json --last 1
json "d[0]['by'] == 'mcp' and d[0]['choice'].startswith('2. Yes, and')"

# ---- the cockpit's key ----
ui() {
  tmux -L ui -f /dev/null new-session -d -x "$1" -y "$2" -s ui "env -u TMUX -u TMUX_PANE TERM=tmux-256color '$ORC'; sleep 1000" ||
    fail "no terminal"
}
screen() { tmux -L ui capture-pane -p; }
shows() { screen | grep -qE -- "$1"; }
lacks() { ! shows "$1"; }
sees() { wait_for 10 shows "$1" || { OUT=$(screen) ERR=; fail "the screen lacks /$1/"; }; }
sees_no_more() { wait_for 10 lacks "$1" || { OUT=$(screen) ERR=; fail "the screen still has /$1/"; }; }
keys() { tmux -L ui send-keys "$@"; }
wait_for 20 asks "$pane" || fail "no further question"
before=$(grep -c '^chose' "$WORK/files/log")
ui 100 30
sees 'waiting/.*claude'
keys a
sees "Enter or an option's key answers"
sees '❯ 1\. Yes'
keys Escape
sees_no_more "option's key answers"
same "$(grep -c '^chose' "$WORK/files/log")" "$before" "Escape answers nothing"
keys a
sees "option's key answers"
keys Down Down
sees '❯ 3\. No'
keys Enter
sees "Answered $pane: 3\. No"
wait_for 20 asks "$pane" || fail "no further question"
sees '^. waiting/.*claude'  # the cockpit has seen it, too
keys Home a
sees "option's key answers"
keys 2
sees "Answered $pane: 2\. Yes, and"
run "$ORC" answers --json --last 2
json "[(e['by'], e['choice'][:1]) for e in d] == [('cockpit', '3'), ('cockpit', '2')]"
# A question that goes by itself takes its form away.
wait_for 20 asks "$pane" || fail "no further question"
sees '^. waiting/.*claude'  # the cockpit has seen it, too
keys Home a
sees "option's key answers"
"$ORC" answer "$pane" 1 >/dev/null || fail "not answered"
sees_no_more "option's key answers"
! stray || fail "a key went astray: $(grep stray "$WORK/files/"*)"
"$ORC" monitor stop >/dev/null
