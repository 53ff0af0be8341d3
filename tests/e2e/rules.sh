#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# rules list, check, test; rules of one's own.
. "$(dirname "$0")/lib.sh"

run "$ORC" rules list
exit_is 0
out_has '^AGENT +PRIORITY +RULE'
out_has '^AGENT +RULES +PROVED ON'
out_has '^claude +[0-9]+ +.*[0-9]+\.[0-9]+\.[0-9]+ +claude.yaml'
out_has '^aider +[0-9]+ +unproven +aider.yaml'
out_has '^builtin/no-agent +not_agent +'
out_has '^rate_limited +[a-z]'
for agent in claude codex gemini opencode pi qwen; do out_has "^$agent "; done
run "$ORC" rules list --json
json "{'claude', 'codex', 'gemini'} <= {r['agent'] for r in d} and all(r['rule'] and r['state'] for r in d)"
run "$ORC" rules show gemini
exit_is 0
same "$OUT" "$(cat "$SOURCE/config/agents/gemini.yaml")" "a built-in file is printed as it is"
run "$ORC" rules show nobody
exit_is 2
err_has "no rules of 'nobody'; agents: .*claude"
run "$ORC" rules check
exit_is 0
out_has 'no problems'
for file in "$SOURCE"/config/agents/*.yaml; do
  run "$ORC" rules check "$file"
  exit_is 0
  out_has 'no problems'
done

bad=$WORK/files/bad.yaml
cat >"$bad" <<'Y'
agent: mine
process:
  names: [mine]
prompt:
  boxes: [glyph]
  glyphs: ['>']
rules:
  - name: one
    state: sleeping
    priority: 10
    region: bottom
    any: ['ok']
  - name: two
    state: waiting
    priority: 5
    region: nowhere
    any: ['(unclosed']
  - name: three
    statee: idle
    priority: high
    any: []
Y
run "$ORC" rules check "$bad"
exit_is 2
err_has "$bad:[89]:[0-9]+: .*sleeping"
err_has "$bad:16:[0-9]+: .*nowhere"
err_has "$bad:17:[0-9]+: "
err_has "$bad:19:[0-9]+: .*statee"
err_has "$bad:20:[0-9]+: .*priority"
while IFS= read -r line; do
  grep -qE "^(tmux-orc: )?$bad:[0-9]+:[0-9]+: " <<<"$line" || fail "a problem without a place: $line"
done <<<"$ERR"
printf '{{{' >"$bad"
run "$ORC" rules check "$bad"
exit_is 2
err_has "$bad:[0-9]+:[0-9]+: "
run "$ORC" rules check "$WORK/files/missing"
exit_is 2
OUT=$("$ORC" rules check - <"$SOURCE/config/agents/gemini.yaml") RC=$?
exit_is 0

folder=$SOURCE/tests/screens/gemini
count=$(find "$folder" -name '*.json' | wc -l)
run "$ORC" rules test "$folder"
[ "$RC" -le 1 ] || fail "exit code $RC"
out_has '^ *label \\ verdict '
out_has '^ *waiting( +[0-9.]+)+'
out_has '^state +precision +recall'
out_has "of $count right \([0-9.]+%\), [0-9]+ dangerous errors"
text_rc=$RC
run "$ORC" rules test "$folder" --json
same "$RC" "$text_rc"
json "d['total'] == $count and d['total'] - d['right'] == len(d['misses'])"
json "sum(sum(row.values()) for row in d['confusion'].values()) == $count"
json "(not d['misses']) == ($RC == 0)"
# A wrong label is a miss: the test can fail.
"$PYTHON" -c "
import json, glob
record = json.load(open(sorted(glob.glob('$folder/*-waiting-*.json'))[0]))
json.dump({**record, 'label': 'idle'}, open('$WORK/files/wrong.json', 'w'))"
mkdir "$WORK/files/labelled" && mv "$WORK/files/wrong.json" "$WORK/files/labelled"
run "$ORC" rules test "$WORK/files/labelled"
exit_is 1
out_has 'wrong.json: is idle, called waiting by gemini/'
out_has '^0 of 1 right'
run "$ORC" rules test "$WORK/files/nothing"
exit_is 2

# An agent of one's own, and one that replaces a built-in.
mkdir -p "$HOME/.tmux-orchestrator/agents"
cat >"$HOME/.tmux-orchestrator/agents/robot.yaml" <<'Y'
agent: robot
title: Robot
process:
  names: [robot]
prompt:
  boxes: [glyph]
  glyphs: ['>']
rules:
  - name: beeps
    state: error
    priority: 10
    region: bottom
    any: ['BEEP BEEP']
Y
run "$ORC" rules check "$HOME/.tmux-orchestrator/agents/robot.yaml"
exit_is 0
run "$ORC" rules list
exit_is 0
out_has '^robot +10 +beeps +error .*robot.yaml'
out_has '^claude '
run_with $'hello\nBEEP BEEP\n' "$ORC" classify --agent robot
json "(d['agent'], d['state'], d['rule']) == ('robot', 'error', 'robot/beeps')"
start_server r bash -c 'echo BEEP BEEP; exec -a robot sleep 1000'
wait_for 5 has_state r %0 error || fail "one's own agent is not seen in a live pane"

file=$(find "$folder" -name '*-waiting-approve-command-*120x40.json' | sort | head -1)
run "$ORC" classify "$file"
json "d['agent'] == 'gemini' and d['state'] == 'waiting'"
sed -e 's/^agent: robot/agent: gemini/' -e 's/names: \[robot\]/names: [gemini]/' -e "s/BEEP BEEP/./" \
  "$HOME/.tmux-orchestrator/agents/robot.yaml" >"$HOME/.tmux-orchestrator/agents/gemini.yaml"
run "$ORC" classify --agent gemini "$file"
# Its built-in rules are gone. What stays is what is seen without any: a choice is a choice.
json "(d['state'], d['rule']) == ('waiting', 'builtin/choice-numbered')"
run_with $'hello\nBEEP BEEP\n' "$ORC" classify --agent gemini
json "(d['state'], d['rule']) == ('error', 'gemini/beeps')"
rm "$HOME/.tmux-orchestrator/agents/gemini.yaml"
run "$ORC" classify "$file"
json "d['state'] == 'waiting'"

# Only what differs; and the built-in file stays to be seen.
cat >"$HOME/.tmux-orchestrator/agents/fork.yaml" <<'Y'
agent: fork
extends: gemini
process: {names: [fork]}
seen: ['3.4.5']
Y
run "$ORC" rules list
out_has '^fork +[0-9]+ +3.4.5 +.*fork.yaml \(extends gemini\)'
run "$ORC" classify --agent fork "$file"
json "d['agent'] == 'fork' and d['state'] == 'waiting' and d['rule'].startswith('fork/')"
run "$ORC" rules show fork
same "$OUT" "$(cat "$HOME/.tmux-orchestrator/agents/fork.yaml")"
run "$ORC" rules show fork --built-in
exit_is 2
printf 'agent: gemini\nextends: gemini\nrules:\n  - {name: beeps, state: error, priority: 999, any: [.]}\n' \
  >"$HOME/.tmux-orchestrator/agents/gemini.yaml"
run "$ORC" rules list
out_has '^gemini +999 +beeps +error '
out_has '^gemini +[0-9]+ +[a-z-]+ +waiting.* gemini.yaml$'
run "$ORC" rules show gemini --built-in
same "$OUT" "$(cat "$SOURCE/config/agents/gemini.yaml")"
rm "$HOME/.tmux-orchestrator/agents/"{fork,gemini}.yaml

# A wrapper of a known agent, by the configuration.
mkdir -p "$WORK/files/node_modules/robots"
start_server wrapped bash -c "cd '$WORK/files'; echo; exec -a wrapper sleep 1000"
has_agent() { [ "$("$ORC" -L "$1" status --json | "$PYTHON" -c "import json, sys; print([a['agent'] for a in json.load(sys.stdin)['agents']])")" = "$2" ]; }
has_agent wrapped "[]" || fail "a wrapper is an agent without having been named"
printf 'agents: {processes: {claude: {names: [wrapper]}}}\n' >"$HOME/.tmux-orchestrator/config.yaml"
wait_for 5 has_agent wrapped "['claude']" || fail "the configuration's process name is not known"
run "$ORC" config get agents.processes.claude.names --json
json "d['value'] == ['wrapper']"
printf 'agents: {processes: {clude: {names: [wrapper]}}}\n' >"$HOME/.tmux-orchestrator/config.yaml"
run "$ORC" rules list
exit_is 2
err_has "agents.processes.clude: .*did you mean 'claude'"
rm "$HOME/.tmux-orchestrator/config.yaml"

# What runs is newer than what proves its rules: said by the list and by doctor, not by status.
package=$WORK/files/node_modules/robot-linux
mkdir -p "$package/bin"
cp "$(command -v sleep)" "$package/bin/robot"
printf '{\n  "name": "robot-linux",\n  "version": "9.9.9-linux-x64"\n}\n' >"$package/package.json"
sed -i "s/any: \['BEEP BEEP'\]/any: ['BEEP BEEP']\n    seen: ['1.2.3']/" "$HOME/.tmux-orchestrator/agents/robot.yaml"
start_server versions "$package/bin/robot" 1000
remark='robot 9.9.9 is newer than any screen that proves these rules \(1.2.3\)'
listed() { run "$ORC" -L versions rules list; [[ $OUT =~ $remark ]]; }
wait_for 5 listed || fail "the list does not say what is newer"
run "$ORC" -L versions doctor
exit_is 0
out_has "^warning +rules: $remark  -> "
run "$ORC" -L versions status
out_lacks 'newer'
sed -i "s/1.2.3/9.9.9/" "$HOME/.tmux-orchestrator/agents/robot.yaml"
run "$ORC" -L versions rules list
out_lacks 'newer than'

# A running monitor takes new and changed files within two seconds, and says what is wrong with one.
printf 'monitoring: {check_interval: 60}\n' >"$HOME/.tmux-orchestrator/config.yaml"
run "$ORC" -L versions monitor start
exit_is 0
rule_is() { [ "$("$ORC" -L versions status --json | "$PYTHON" -c "import json, sys; print([a['agent'] + '/' + a['state'] for a in json.load(sys.stdin)['agents']])")" = "$1" ]; }
rule_is "['robot/starting']" || rule_is "['robot/unknown']" || fail "the robot is not watched"
sed -i 's/agent: robot/agent: robot2/' "$HOME/.tmux-orchestrator/agents/robot.yaml"
renamed() { run "$ORC" status --json; [[ $OUT == *'"robot2"'* ]]; }
wait_for 6 renamed || fail "a changed rule file is not taken"
printf 'agent: bad\nfoo: 1\n' >"$HOME/.tmux-orchestrator/agents/bad.yaml"
refused() { run "$ORC" status; [[ $OUT$ERR == *'bad.yaml:2:1: unknown key'* ]]; }
wait_for 6 refused || fail "a bad file is not told"
renamed || fail "the old rules are not in force"
rm "$HOME/.tmux-orchestrator/agents/bad.yaml"
not_refused() { ! refused; }
wait_for 6 not_refused || fail "the refusal stays"
run "$ORC" monitor stop
