#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pages_cost.sh measures a real monitor with pages open, and tears down what it started. How long things take is not judged:
# the machine may be busy.
. "$ORC_SOURCE/tests/e2e/lib.sh"
run "$ORC_SOURCE/perf/pages_cost.sh" "$ORC" 20 10 5 6 --json
exit_is 0
err_is_empty
json 'd["load"]["following"] == 20 and d["load"]["cut_off"] == 0 and not d["load"]["refused"]'
json 'd["load"]["answers"] > 60 and d["alone"]["rounds"] >= 3 and d["watched"]["rounds"] >= 3'
json '1000 < d["resident_kb_late"] < 1.3 * d["resident_kb_early"] < 200_000'
! pgrep -f "$TMPDIR/orc-pages-" >/dev/null || fail "a server or a monitor was left behind"
[ -z "$(ls "$TMPDIR")" ] || fail "left behind: $(ls "$TMPDIR")"
