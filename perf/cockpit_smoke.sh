#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# cockpit_cost.py measures a real cockpit, and tears down what it started. How long things take is not judged: the machine
# may be busy.
. "$ORC_SOURCE/tests/e2e/lib.sh"
run "$PYTHON" "$ORC_SOURCE/perf/cockpit_cost.py" "$ORC" --agents 8 --painting 25 --seconds 2 --opens 2 --json
exit_is 0
err_is_empty
json 'd["agents"] == 8 and d["open_ms"]["times"] == 2 and 0 < d["open_ms"]["min"] <= d["open_ms"]["max"]'
json '1000 < d["open_for"]["resident_last_kb"] <= d["open_for"]["resident_peak_kb"] < 200_000'
! pgrep -f "$TMPDIR/orc-cockpit-" >/dev/null || fail "a server or a monitor was left behind"
[ -z "$(ls "$TMPDIR")" ] || fail "left behind: $(ls "$TMPDIR")"
