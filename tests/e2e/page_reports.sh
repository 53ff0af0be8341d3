#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every HTML report in a real browser: on a desk, at 400 px and on paper, light and dark; nothing lies on anything else, axe-core
# finds nothing, the states have their colours, and no request goes anywhere.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/browser.sh"
start_server r "$ORC" __replay claude waiting still 0
tmux -L r rename-session -t main '<img src=x onerror=document.title=1>'
STATE=$HOME/.tmux-orchestrator
mkdir -p "$STATE"
printf 'servers: [{name: r, socket_name: r}]\nmonitoring: {check_interval: 0.1}\n' >"$STATE/config.yaml"
"$ORC" monitor start >/dev/null || fail "no start"
pane=$(tmux -L r new-window -d -P -F '#{pane_id}' "$ORC" __replay codex working still 0)
for state in idle waiting working rate_limited; do
  sleep 1
  tmux -L r respawn-pane -k -t "$pane" "$ORC" __replay codex "$state" still 0
done
recorded() { "$ORC" report --json 2>/dev/null | "$PYTHON" -c "import json, sys; sys.exit(json.load(sys.stdin)['transitions'] < 4)"; }
wait_for 20 recorded || fail "nothing is recorded"
enough() { [ "$("$ORC" perf report --json | "$PYTHON" -c "import json, sys; print(json.load(sys.stdin)['total']['rounds'])")" -ge 100 ]; }
wait_for 40 enough || fail "no hundred rounds are recorded"
"$ORC" baseline update >/dev/null || fail "no baseline"
"$ORC" monitor stop >/dev/null
reports() {  # SUFFIX PERIOD
  for report in agents:report perf:"perf report" cache:"cache analyze" capacity:"capacity analyze"; do
    # shellcheck disable=SC2086
    "$ORC" ${report#*:} "$2" --html "$WORK/files/${report%%:*}$1.html" >/dev/null || fail "no page of ${report#*:}"
  done
}
reports "" --day
# A month of it: the same day again, thirty times.
"$PYTHON" - "$STATE/history.db" <<'P'
import datetime, sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.text_factory = bytes
day = 86400000
def again(table, column, shift, where="1"):
    names = [r[1].decode() for r in db.execute(f"PRAGMA table_info({table})")]
    rows = db.execute(f"SELECT {','.join(names)} FROM {table} WHERE {where}").fetchall()
    for back in range(1, 30):
        for row in rows:
            row = [shift(v, back) if n in column else v for n, v in zip(names, row)]
            db.execute(f"INSERT OR IGNORE INTO {table}({','.join(names)}) VALUES({','.join('?' * len(names))})", row)
def date(v, back):
    d = datetime.date(v // 10000, v // 100 % 100, v % 100) - datetime.timedelta(days=back)
    return d.year * 10000 + d.month * 100 + d.day
again("rollup", {"start"}, date, "span=1")
again("rollup", {"start"}, lambda v, back: v - 24 * back, "span<>1")
again("state_day", {"day"}, date)
again("transition", {"at_ms", "since_ms"}, lambda v, back: v - day * back if v else 0)
db.execute("UPDATE run SET start_ms = start_ms - ?", [29 * day])
db.commit()
P
reports -month --month
export MODULES PICTURES=${PICTURES:-}
NODE_PATH=$MODULES/node_modules timeout 300 node "$SOURCE/tests/e2e/page_reports.js" "$WORK/browser" "$WORK/files" || fail "the browser's part"
