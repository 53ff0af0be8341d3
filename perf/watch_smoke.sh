#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# watch_cost.sh measures a real monitor and tears down what it started. Its figures are not judged: the machine may be busy.
. "$ORC_SOURCE/tests/e2e/lib.sh"
run "$ORC_SOURCE/perf/watch_cost.sh" "$ORC" 5 2 20 1 --json
exit_is 0
err_is_empty
json 'd["agents"] == d["recognised"] == 5'
json '1000 < d["resident_kb"] <= d["peak_resident_kb"] < 200_000'
json '0 <= d["monitor_cpu_percent"] < 400 and d["rounds"] >= 1'
! pgrep -f "$TMPDIR/orc-watch-" >/dev/null || fail "a server or a monitor was left behind"
[ -z "$(ls "$TMPDIR")" ] || fail "left behind: $(ls "$TMPDIR")"
