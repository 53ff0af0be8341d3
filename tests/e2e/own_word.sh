#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What an agent says of itself counts before its screen, if it is its own; and nothing but its state is taken.
. "$(dirname "$0")/lib.sh"
STATE=$HOME/.tmux-orchestrator
SECRET=planted-prompt-and-token

start_server w bash --norc
claude=$(new_window w claude "$ORC" __replay claude idle still 0)
wait_for 10 has_state w "$claude" idle || fail "the stand-in does not show itself"
pid=$(tmux -L w display-message -p -t "$claude" '#{pane_pid}')
# field 22 of stat, behind a name that has no blank
started=$(cut -d' ' -f22 "/proc/$pid/stat")
mkdir -p "$HOME/.claude/sessions"

# says STATUS [STARTED] [PANE]: what the agent's file holds, written as it writes it: in place.
says() {
  printf '{"pid":%s,"sessionId":"%s","cwd":"/x","procStart":"%s","version":"2.1.332","tmux":"main:@1.%s","status":"%s","updatedAt":1,"statusUpdatedAt":%s000,"waitingFor":"%s","ipcToken":"%s","lastPrompt":"%s"}' \
    "$pid" "$SECRET" "${2:-$started}" "${3:-$claude}" "$1" "$(date +%s)" "${WAITING:-permission prompt}" "$SECRET" "$SECRET" \
    >"$HOME/.claude/sessions/$pid.json"
}
verdict() {  # of a look of our own: "state rule"
  "$ORC" -L w "$@" status --json | "$PYTHON" -c "
import json, sys
print(*[a['state'] + ' ' + a['rule'] for a in json.load(sys.stdin)['agents'] if a['pane'] == '$claude'])"
}
is() { [ "$(verdict)" = "$1" ]; }

says busy
wait_for 30 is "working claude/own:busy" || fail "busy is not taken: $(verdict)"
says waiting
wait_for 30 is "waiting claude/own:waiting" || fail "waiting is not taken: $(verdict)"
says idle
wait_for 30 is "idle builtin/prompt-empty+own:idle" || fail "idle is not confirmed: $(verdict)"
says busy 1
wait_for 30 is "idle builtin/prompt-empty" || fail "the file of another process is taken: $(verdict)"
says busy "$started" %77
wait_for 30 is "idle builtin/prompt-empty" || fail "the file of another pane is taken: $(verdict)"
says busy
printf '{"pid":%s,"status":"bu' "$pid" >"$HOME/.claude/sessions/$pid.json"
wait_for 30 is "idle builtin/prompt-empty" || fail "a broken file is taken: $(verdict)"
says busy
printf 'evidence: {own_word: off}\n' >"$WORK/files/off.yaml"
is_off() { [ "$(verdict --config "$WORK/files/off.yaml")" = "idle builtin/prompt-empty" ]; }
wait_for 30 is_off || fail "off is not off"
printf 'evidence: {own_word_except: [codex, claude]}\n' >"$WORK/files/off.yaml"
wait_for 30 is_off || fail "claude is asked though it is excepted"
printf 'evidence: {own_word_except: [codex]}\n' >"$WORK/files/off.yaml"
is_on() { [ "$(verdict --config "$WORK/files/off.yaml")" = "working claude/own:busy" ]; }
wait_for 30 is_on || fail "claude is not asked because codex is not"
against() { "$ORC" -L w status --json | "$PYTHON" -c "import json, sys; print(json.load(sys.stdin)['agents'][0]['against'])"; }
is_against() { [ "$(against)" = builtin/prompt-empty ]; }
wait_for 30 is_against || fail "what the screen says is not told: $(against)"
run "$ORC" -L w evidence
out_has "^claude +$claude +- "
run "$ORC" -L w explain "$claude"
out_has 'own word: busy'

# A running monitor sees it change though the screen stays as it is.
mkdir -p -m 700 "$STATE"
printf 'servers: [{socket_name: w}]\nmonitoring: {check_interval: 20}\nlog: {level: debug}\nevidence: {record_disagreements: 1}\n' \
  >"$STATE/config.yaml"
run "$ORC" monitor start
exit_is 0
shows() { "$ORC" status --json | "$PYTHON" -c "
import json, sys
sys.exit([a['state'] for a in json.load(sys.stdin)['agents'] if a['pane'] == '$claude'] != ['$1'])"; }
wait_for 10 shows working || fail "the monitor does not take its word"
# Its screen says something else: counted once, and its screen kept.
disagreed() { "$ORC" evidence --json | "$PYTHON" -c "
import json, sys
sys.exit([w['disagreements'] for w in json.load(sys.stdin)['witnesses']] != [$1])"; }
wait_for 15 disagreed "{'busy': 1}" || fail "the disagreement is not counted: $("$ORC" evidence --json)"
kept() { ls "$STATE"/records/disagreement-*.json 2>/dev/null | wc -l; }
is_kept() { [ "$(kept)" = 1 ]; }
wait_for 30 is_kept || fail "its screen is not kept"
run "$ORC" explain "$STATE"/records/disagreement-*.json
out_has 'own word: busy \(contradicts the screen\)'
says waiting
wait_for 10 shows waiting || fail "the monitor does not see it change"
wait_for 15 disagreed "{'busy': 1, 'waiting': 1}" || fail "another word is not counted: $("$ORC" evidence --json)"
run "$ORC" status --detailed
out_has '^Own word: claude agrees with its screen at [0-9.]+% of the looks; disagreed: busy 1, waiting 1$'
run curl -s --unix-socket "$(ls "$STATE"/run/*/api.sock)" http://x/metrics
out_has '^tmux_orc_witness_disagreements_total\{agent="claude",word="busy"\} 1$'
same "$(kept)" 1 "one a day is enough"
run "$ORC" record "$claude"
record=$OUT
run "$ORC" monitor stop
exit_is 0

# Killed, the file stays behind: it is nobody's.
kill -KILL "$pid"
not_waiting() { ! is "waiting claude/own:waiting"; }
wait_for 10 not_waiting || fail "a file that a killed agent left is taken"
# What the agent keeps for itself went nowhere.
grep -rqa "$SECRET" "$STATE" && fail "the agent's private words are in $STATE"
grep -q "$SECRET" <<<"$record" && fail "the agent's private words are in a record"
true
