#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a running monitor recorded comes back in the reports; without a history they say so.
. "$(dirname "$0")/lib.sh"
for command in report "perf report" "cache analyze" "capacity analyze" "baseline show" "baseline update" "history export" "config recommend"; do
  # shellcheck disable=SC2086
  run "$ORC" $command
  exit_is 3
  err_has 'no history yet'
done
start_server r "$ORC" __replay claude waiting still 0
STATE=$HOME/.tmux-orchestrator
mkdir -p "$STATE"
printf 'servers:\n  - {name: r, socket_name: r}\nmonitoring:\n  check_interval: 0.1\n' >"$STATE/config.yaml"
"$ORC" monitor start >/dev/null || fail "no start"
pane=$(new_window r codex "$ORC" __replay codex idle still 0)
resting() { [[ $("$ORC" status --json 2>/dev/null) == *'"state": "idle"'* ]]; } # as the monitor sees it
wait_for 20 resting || fail "codex is not seen at rest"
tmux -L r respawn-pane -k -t "$pane" "$ORC" __replay codex waiting still 0
# Prints 0 while there is none: a monitor writes every 2 s.
rounds() { "$ORC" perf report --json 2>/dev/null | "$PYTHON" -c "import json,sys; t = sys.stdin.read(); print(json.loads(t or '{}').get('total', {}).get('rounds', 0))"; }
recorded() { [ "$(rounds)" -ge 30 ]; }
wait_for 20 recorded || fail "no rounds recorded"
waited() { [[ $("$ORC" history export 2>/dev/null) == *',waiting,command,'*',waiting,command,'* ]]; }
wait_for 20 waited || fail "codex is not recorded as waiting"
sleep 1 # it waits for more than that
run "$ORC" perf report --week
exit_is 0
out_has '^Cycle time by day'
out_has 'There is no baseline'
run "$ORC" report --day --detailed --json
exit_is 0
json "d['availability']['percent'] > 90 and d['roles']['agent']['ms']['waiting'] > 1000"
json "{a['agent'] for a in d['agents']} == {'claude', 'codex'}"
json "d['roles']['agent']['entered']['waiting'] == 2"
run "$ORC" report --html "$WORK/files/r.html"
exit_is 0
grep -q '<svg' "$WORK/files/r.html" || fail "no chart"
! grep -qE 'https?://|src=' "$WORK/files/r.html" || fail "the page is not self-contained"
# Too few rounds to judge by: each judgement says so.
few=$(rounds)
if [ "$few" -lt 90 ]; then
  run "$ORC" baseline update
  exit_is 3
  err_has 'rounds were recorded in this period: a baseline needs 100'
  run "$ORC" config recommend
  exit_is 3
  err_has 'advice needs 100'
  run "$ORC" cache analyze
  exit_is 0
  out_has 'Too little to go by: [0-9]+ rounds'
fi
enough() { [ "$(rounds)" -ge 100 ]; }
wait_for 40 enough || fail "no hundred rounds are recorded"
run "$ORC" baseline update
exit_is 0
out_has '^Baseline of environment blue stored'
run "$ORC" baseline update --json
exit_is 0
json "d['environment'] == 'blue' and d['at_ms'] > 1e12 and d['figures']['panes'] > 0 and d['figures']['machine']"
# Another process wrote: the monitor goes on recording.
stored=$(rounds)
more_rounds() { [ "$(rounds)" -ge $((stored + 50)) ]; }
wait_for 20 more_rounds || fail "nothing is recorded after another process wrote: $("$ORC" status | grep Problem)"
run "$ORC" baseline show --json
json "d['rounds'] >= 100"
run "$ORC" baseline compare
[ "$RC" -le 1 ] || fail "exit code $RC"
run "$ORC" perf report
out_has '^cycle_p50_ms '
run "$ORC" health --json
json "[l['value'] for l in d['lines'] if l['name'] == 'Baseline'][0].startswith('cycle_p50_ms ')"
run "$ORC" -L r benchmark --live --rounds 3 --json
exit_is 0
json "[r[0] for r in d['baseline']['rows']] == ['figure', 'cycle_p50_ms', 'cycle_p95_ms'] and 'regression' in d['baseline']"
run "$ORC" history export
exit_is 0
out_has '^at_ms,server,target,agent,role,from,to,detail,rule,gone,since_ms$'
out_has ',r,main:1.0,codex,agent,(idle|starting),waiting,command,' # it may have been seen before it drew
run "$ORC" history export rounds --format jsonl --since "$(date -d '1 minute ago' '+%F %T')"
lines "len(d) >= 30 and all(r['kind'] == 'round' and r['total_us'] > 0 for r in d)"
run "$ORC" history export --since 2100-01-01
exit_is 0
same "$OUT" at_ms,server,target,agent,role,from,to,detail,rule,gone,since_ms "the head alone"
run bash -c "'$ORC' history export rounds >/dev/full"
exit_is 4
err_has 'the export is not complete: No space left on device'
"$ORC" history export rounds | head -1 >/dev/null
run "$ORC" history export --since tomorrow
exit_is 2
run "$ORC" config recommend
exit_is 0
run "$ORC" capacity analyze --json
exit_is 0
json "d['refused'] is True and 'a fit needs 12' in d['reason']"
"$ORC" monitor stop >/dev/null

edit() { "$PYTHON" -c "import sqlite3, sys; d = sqlite3.connect(sys.argv[1]); d.execute(sys.argv[2]); d.commit()" "$STATE/history.db" "$1"; }
edit "UPDATE agent SET target = 'a,\"b\"' || char(10) || 'c' WHERE agent = 'codex'"
run bash -c "'$ORC' history export | '$PYTHON' -c 'import csv, json, sys; print(json.dumps(list(csv.DictReader(sys.stdin))))'"
json "'a,\"b\"\nc' in {r['target'] for r in d} and all(r['from'] and None not in r for r in d)"
# A name is no formula to a spreadsheet.
edit "UPDATE agent SET target = '=1+1' WHERE agent = 'codex'"
run "$ORC" history export
out_has "'=1\\+1,"
# A week in which nobody looked.
edit "UPDATE rollup SET start = start - 10000 WHERE span = 1"
run "$ORC" baseline compare --week
exit_is 3
err_has 'no round was recorded in this period'
edit "UPDATE baseline SET figures = 'x'"
run "$ORC" baseline compare
exit_is 4
err_has 'the baseline cannot be read'

# A database of another kind is set aside by the next start, and monitoring goes on.
head -c 20000 /dev/urandom >"$STATE/history.db"
rm -f "$STATE/history.db-wal" "$STATE/history.db-shm"
"$ORC" monitor start >/dev/null || fail "no start with a damaged history"
told() { "$ORC" status | grep -q 'Problem: .*set aside as'; }
wait_for 10 told || fail "a damaged history is not told"
wait_for 20 recorded || fail "nothing is recorded in the new one"
"$ORC" monitor stop >/dev/null
