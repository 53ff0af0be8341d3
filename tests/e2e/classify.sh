#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# classify: files, standard input, plain text, records, and input that is none of it.
. "$(dirname "$0")/lib.sh"
screens=$SOURCE/tests/screens
pick() { find "$screens/$1" -name "*-$2-*.json" | sort | head -1; }

for agent in claude codex gemini; do
  for state in waiting idle working; do
    file=$(pick "$agent" "$state")
    [ -n "$file" ] || fail "no screen $agent $state"
    run "$ORC" classify "$file"
    exit_is 0
    err_is_empty
    json "list(d) == ['file', 'agent', 'state', 'detail', 'rule', 'confidence']"
    json "d['file'] == '$file' and d['agent'] == '$agent' and d['state'] == '$state'"
    json "0 < d['confidence'] <= 1 and '/' in d['rule']"
  done
done

file=$(pick claude waiting)
run "$ORC" classify --asks "$file"
json "d['asks']['title'].endswith('?') and len(d['asks']['options']) > 1"
verdict="(d['agent'], d['state'], d['detail'], d['rule'], d['confidence'])"
run "$ORC" classify "$file"
expected=$(field "$verdict")
OUT=$("$ORC" classify <"$file") RC=$?
exit_is 0
json "d['file'] == '-'"
same "$(field "$verdict")" "$expected" "standard input"
OUT=$("$ORC" classify - <"$file")
same "$(field "$verdict")" "$expected" "- is standard input"

# The label and what else says the answer is not looked at.
"$PYTHON" - "$file" "$WORK/files" <<'P'
import json, sys
record = json.load(open(sys.argv[1]))
for i, changes in enumerate([{"label": "idle"}, {"label": "crashed", "agent": "gemini", "variant": "x", "how": "y"},
                             {"label": None}, {"label": 5}]):
    json.dump({**record, **changes}, open(f"{sys.argv[2]}/label{i}.json", "w"))
for key in ("label", "agent", "variant", "how", "agent_version"):
    record.pop(key, None)
json.dump(record, open(f"{sys.argv[2]}/label-none.json", "w"))
P
for copy in "$WORK"/files/label*.json; do
  run "$ORC" classify "$copy"
  exit_is 0
  same "$(field "$verdict")" "$expected" "${copy##*/}"
done

# Many files: one line each, in order.
run "$ORC" classify "$file" "$(pick codex idle)" "$(pick pi idle)"
exit_is 0
lines "[x['agent'] for x in d] == ['claude', 'codex', 'pi']"

# The text alone.
"$PYTHON" -c "import json, sys; sys.stdout.write(json.load(open('$file'))['capture_text'])" >"$WORK/files/screen.txt"
run "$ORC" classify "$WORK/files/screen.txt"
exit_is 0
json "d['agent'] == 'claude' and d['state'] == 'waiting'"
run "$ORC" classify --agent claude "$WORK/files/screen.txt"
json "d['agent'] == 'claude' and d['state'] == 'waiting'"

# Nothing, junk, broken records: a verdict without an agent, never a crash.
for junk in '' $'\n\n\n' '$ ' '{' '{}' '[]' 'null' '{"capture_text": ' '{"capture_text": 5}' '{"process_tree": 7}' \
            '{"capture_text": "", "cols": "x", "process_tree": [1, {"comm": 2}]}' \
            '{"capture_text": "a", "cursor_y": 1e300, "cols": -5, "rows": 99999999999}'; do
  run_with "$junk" "$ORC" classify
  exit_is 0
  lines "len(d) == 1 and d[0]['agent'] == '' and d[0]['state'] in ('not_agent', 'unknown')"
done
head -c 200000 /dev/urandom >"$WORK/files/noise"
run "$ORC" classify "$WORK/files/noise"
exit_is 0
json "d['agent'] == ''"
printf 'a\0b\xff\xfe' >"$WORK/files/bytes"
run "$ORC" classify "$WORK/files/bytes"
exit_is 0
json "d['agent'] == ''"
head -c 300 "$file" >"$WORK/files/cut.json"
run "$ORC" classify "$WORK/files/cut.json"
exit_is 0
json "d['state'] in ('not_agent', 'unknown')"

run "$ORC" classify "$WORK/files/missing"
exit_is 2
err_has 'cannot read .*missing'
same "$OUT" ""
run "$ORC" classify "$WORK/files/missing" "$file"  # the others are still classified
exit_is 2
json "d['state'] == 'waiting'"
run "$ORC" classify "$WORK/files"
[ "$RC" -ne 0 ] || fail "a folder is no screen"
