#!/usr/bin/env bash
# rules list, check, test; rules of one's own.
. "$(dirname "$0")/lib.sh"

run "$ORC" rules list
exit_is 0
out_has '^AGENT +PRIORITY +RULE'
for agent in claude codex gemini opencode pi qwen; do out_has "^$agent "; done
run "$ORC" rules list --json
json "{'claude', 'codex', 'gemini'} <= {r['agent'] for r in d} and all(r['rule'] and r['state'] for r in d)"
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
json "(d['state'], d['rule']) == ('error', 'gemini/beeps')"
rm "$HOME/.tmux-orchestrator/agents/gemini.yaml"
run "$ORC" classify "$file"
json "d['state'] == 'waiting'"
