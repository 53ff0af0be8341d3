#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# explain on a file and on a live pane; record blanks secrets and keeps the verdict.
. "$(dirname "$0")/lib.sh"
file=$(find "$SOURCE/tests/screens/claude" -name '*-waiting-*120x40.json' | sort | head -1)

run "$ORC" classify "$file"
rule=$(field "d['rule']")
run "$ORC" explain "$file"
exit_is 0
out_has "^Verdict: claude waiting.* by $rule "
out_has '^Evidence, in order:'
out_has '^Region [a-z]+:'
out_has "YES $rule -> waiting"
no_escapes
run "$ORC" explain --json "$file"
json "d['rule'] == '$rule' and d['evidence'] and d['regions'] and d['tried'][-1]['matched']"
run "$ORC" explain "$WORK/files"
exit_is 2
err_has 'it is a folder'
run "$ORC" explain <(cat "$file")
exit_is 0
run "$ORC" explain "$WORK/files/missing"
exit_is 3  # not a file, so a pane, and there is no server
run "$ORC" explain - <"$file"
[ "$RC" -eq 0 ] || fail "explain - does not read standard input"

# A live pane: a recorded screen, with secrets in its transcript, under a process called claude.
"$PYTHON" - "$file" "$WORK/files/pane" <<'P'
import json, sys
r = json.load(open(sys.argv[1]))
lines = r["capture_text"].rstrip("\n").split("\n")
secrets = ["key sk-ant-api03-AbCdEf0123456789AbCdEf and ghp_0123456789abcdefABCDEF0123", "mail jane.doe@example.com",
           "Authorization: Bearer abcdef0123456789", "password=hunter2hunter2 AKIAABCDEFGHIJKLMNOP"]
text = "\x1b[?7l\x1b[H\x1b[2J" + "".join(f"\x1b[{i + 1};1H{line}\x1b[0m" for i, line in enumerate(lines))
# The secrets stand in the scrollback.
text = "\r\n".join(secrets) + "\r\n" * 41 + text
text += f"\x1b]2;{r['pane_title']}\x1b\\\x1b[{r['cursor_y'] + 1};{r['cursor_x'] + 1}H"
if str(r.get("cursor_flag")) in ("0", "False"):
    text += "\x1b[?25l"
open(sys.argv[2], "w").write(text)
open(sys.argv[2] + "-visible", "w").write("\x1b[H\x1b[2J" + "\r\n".join(secrets))
P
start_server x bash --norc
pane=$(new_window x claude bash -c "cat '$WORK/files/pane'; exec -a claude sleep 1000")
wait_for 10 has_state x "$pane" waiting || { OUT=$(tmux -L x capture-pane -pt "$pane"); fail "the live pane is not waiting"; }
run "$ORC" -L x status --json
live=$(field "[(a['agent'], a['state'], a['detail'], a['rule'], a['confidence']) for a in d['agents'] if a['pane'] == '$pane'][0]")

run "$ORC" -L x explain "$pane"
exit_is 0
out_has '^Verdict: claude waiting'
target=$(tmux -L x display -p -t "$pane" '#{session_name}:#{window_index}.#{pane_index}')
run "$ORC" -L x explain "$target"
exit_is 0
out_has '^Verdict: claude waiting'
run "$ORC" -L x explain %999
exit_is 2
err_has "no pane '%999'"

run "$ORC" -L x record "$pane"
exit_is 0
json "all(k in d for k in ('agent', 'label', 'cols', 'rows', 'capture_text', 'capture_ansi', 'scrollback_text', 'pane_title', 'process_tree', 'cursor_x', 'cursor_y', 'pane_dead'))"
json "d['label'] == '' and d['cols'] == 120 and d['rows'] == 40"
json "'key xxx' in d['scrollback_text']"  # it is there, blanked
for secret in sk-ant ghp_ jane.doe abcdef0123456789 hunter2 AKIA; do out_lacks "$secret"; done
run "$ORC" -L x record "$pane" --label waitng
exit_is 2
err_has "unknown label 'waitng', did you mean 'waiting'"
run "$ORC" -L x record "$pane" --label waiting --variant ask -o "$WORK/files/record.json"
exit_is 0
OUT=$(cat "$WORK/files/record.json")
json "d['label'] == 'waiting' and d['variant'] == 'ask'"
err_has 'Recorded to'
run "$ORC" classify "$WORK/files/record.json"
same "$(field "(d['agent'], d['state'], d['detail'], d['rule'], d['confidence'])")" "$live" "a record against its live pane"
mkdir "$WORK/files/labelled"
cp "$WORK/files/record.json" "$WORK/files/labelled"
run "$ORC" rules test "$WORK/files/labelled"
exit_is 0
out_has '^1 of 1 right'
run "$ORC" explain "$WORK/files/record.json"
out_has '^Verdict: claude waiting'

# On the visible screen and in the title, too; and cut by the edge of the pane.
seen=$(new_window x shown bash -c "cat '$WORK/files/pane-visible'; printf '\033]2;mail joe@example.org\033\\\\'; exec -a claude sleep 1000")
shown() { tmux -L x display -p -t "$seen" '#{pane_title}' | grep -q joe; }
wait_for 10 shown || fail "the pane does not show"
run "$ORC" -L x record "$seen"
exit_is 0
json "'key xxx' in d['capture_text'] and 'key xxx' in d['capture_ansi']"
for secret in sk-ant ghp_ jane.doe joe@ abcdef0123456789 hunter2 AKIA; do out_lacks "$secret"; done

run "$ORC" -L x record "$pane" -o /nonexistent/folder/file
exit_is 4
err_has 'cannot write'
run "$ORC" -L x record %999
exit_is 2
run "$ORC" -L nobody record %0
exit_is 3
