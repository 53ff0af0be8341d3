#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The database of what was told: damaged at the start, deleted while it is used, locked; a crashed agent is not started again
# while that cannot be written down, and its cap holds.
. "$(dirname "$0")/lib.sh"
STATE=$HOME/.tmux-orchestrator
mkdir -p "$STATE"
cat >"$STATE/config.yaml" <<Y
servers:
  - {name: n, socket_name: n}
monitoring: {check_interval: 0.3, confirm_delay: 0.3}
notifications:
  startup_grace: 0
  channels:
    - {name: hook, type: command, command: [$(telling_hook)]}
  rules:
    - {states: [waiting, missing], channels: [hook]}
actions:
  restart_crashed: {mode: on, command: "echo started-\$((40 + 2))", cap_per_hour: 1}
Y
start_server n sleep 1000
says() { grep -qE -- "$1" <<<"$("$ORC" status 2>&1)"; }
told() { [ "$(grep -c "$1" "$HOME/told.jsonl" 2>/dev/null)" = "$2" ]; }
query() { "$PYTHON" -c "import sqlite3,sys; print(*sqlite3.connect('file:$STATE/notify.db?mode=ro', uri=True).execute(sys.argv[1]).fetchone())" "$1"; }

# Damaged at the start: set aside, told, and a new one is used at once.
head -c 20000 /dev/zero | tr '\0' x >"$STATE/notify.db"
"$ORC" monitor start >/dev/null || fail "no start"
new_window n one "$ORC" __replay claude waiting still 0 >/dev/null
wait_for 10 told main:1.0 1 || fail "not told: $("$ORC" status; "$ORC" notify log)"
wait_for 10 says '^Problem: .*notifications: a damaged database was set aside as .*/notify.db.corrupt-[0-9]+' ||
  fail "the damage is not told: $("$ORC" status)"
says 'history: .*(not a database|damaged)' && fail "the history is blamed"
ls "$STATE"/notify.db.corrupt-* >/dev/null || fail "the damaged file is gone"
same "$(query 'SELECT count(*) FROM told')" 1 "what the new one knows"

# Deleted while it is used: what was told is in the next one, too.
rm "$STATE"/notify.db "$STATE"/notify.db-*
new_window n two "$ORC" __replay claude waiting still 0 >/dev/null
wait_for 10 told main:2.0 1 || fail "not told after the file was deleted"
same "$(query 'SELECT count(*) FROM told')" 2 "what the next one knows"
"$ORC" monitor restart >/dev/null || fail "no restart"
after_looks 4
same "$(grep -c . "$HOME/told.jsonl")" 2 "messages after a restart"

# Locked by another program: rounds go on as fast as ever, people are told, and it is said.
cat >"$WORK/files/hold.py" <<'P'
import os, sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("BEGIN IMMEDIATE")
open(sys.argv[2], "w").close()
while os.path.exists(sys.argv[2]):
    time.sleep(0.02)
db.execute("ROLLBACK")
P
hold() {
  "$PYTHON" "$WORK/files/hold.py" "$STATE/notify.db" "$WORK/files/held" &
  JOBS+=($!)
  wait_for 10 test -e "$WORK/files/held" || fail "the file is not held"
}
round() { "$ORC" status --json | "$PYTHON" -c "import json,sys; print(json.load(sys.stdin)['round']['number'])"; }
hold
new_window n three "$ORC" __replay claude waiting still 0 >/dev/null
wait_for 10 told main:3.0 1 || fail "nobody is told while the file is held"
wait_for 10 says '^Problem: notifications: database is locked' || fail "the lock is not told: $("$ORC" status)"
before=$(round)
sleep 3
[ $(($(round) - before)) -ge 5 ] || fail "$(($(round) - before)) rounds in 3 s beside a lock"

# A crash: nothing is typed while it cannot be written down. Then it is, once; the next crash meets the cap.
pane=$(new_window n shell bash --norc -i)
crash() {
  tmux -L n send-keys -t "$pane" "$PYTHON $SOURCE/tests/support/scripted_agent.py $WORK/dev.log idle" Enter
  wait_for 15 has_state n "$pane" idle || fail "agent $1 is not seen: $("$ORC" status)"
  sleep 1
  kill -KILL "$(pgrep -f "scripted_agent.py $WORK/dev.log")" || fail "no agent to kill"
  wait_for 15 has_state n "$pane" crashed || fail "crash $1 is not seen: $("$ORC" status)"
}
typed() { [ "$(tmux -L n capture-pane -p -t "$pane" -S -200 | grep -c "^started-42")" -eq "$1" ]; }
in_log() { grep -q "$1" "$STATE"/logs/*.log; }
crash first
wait_for 10 in_log 'action restart .*not yet: notifications: database is locked' || fail "the refusal is not told"
after_looks 3
typed 0 || fail "something was typed that could not be written down"
rm "$WORK/files/held"
wait_for 15 typed 1 || fail "not started again once it could be written down"
no_problem() { ! says '^Problem: .*locked'; }
wait_for 10 no_problem || fail "the problem stays: $("$ORC" status)"
crash second
wait_for 10 in_log 'not done: 1 in the last hour are the most' || fail "the cap is not told"
typed 1 || fail "more restarts than the cap allows"
hold
"$ORC" monitor restart >/dev/null || fail "no restart while the file is held"
after_looks 6
same "$(grep -c 'main:1.0' "$HOME/told.jsonl")" 1 "told again beside a lock"
rm "$WORK/files/held"
wait_for 10 no_problem || fail "the problem stays: $("$ORC" status)"
sleep 1
for i in 1 2 3; do same "$(grep -c "main:$i.0" "$HOME/told.jsonl")" 1 "messages about main:$i.0"; done

# Mutes that cannot be read are told.
echo '{"main": ' >"$STATE/mutes.json"
wait_for 10 says '^Problem: .*mutes.json is damaged' || fail "damaged mutes are not told"
rm "$STATE/mutes.json"
no_mutes() { ! says 'mutes.json'; }
wait_for 10 no_mutes || fail "the problem stays"
"$ORC" monitor stop >/dev/null || fail "no stop"
