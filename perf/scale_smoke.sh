#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# orc_scale runs through, tears its servers down, and its model is not absurd. How long things take is no concern here:
# the machine may be busy.
. "$ORC_SOURCE/tests/e2e/lib.sh"
SCALE=${ORC_SCALE:?path of the orc_scale binary}

run "$SCALE" --help
exit_is 0
out_has '--quick'
run "$SCALE" --rounds 0
[ "$RC" -ne 0 ] || fail "--rounds 0 was taken"

run "$SCALE" --quick --json --painting 10 --rounds 5
exit_is 0
err_is_empty
json 'd["calibrated_on"] == [10, 40]'
json '[(s["hosts"], s["panes"]) for s in d["scenarios"]] == [(1, 10), (1, 20), (1, 40), (4, 160), (10, 100)]'
json 'all(s[h]["simulated"]["panes"] == s["panes"] for s in d["scenarios"] for h in ("cold", "warm"))'
json 'all(s[h]["simulated"]["agents"] == s["panes"] for s in d["scenarios"] for h in ("cold", "warm"))'
json 'all(s[h]["simulated"]["errors"] == 0 for s in d["scenarios"] for h in ("cold", "warm"))'
json 'all((s["cold"]["measured"] is not None) == (s["hosts"] == 1 and s["panes"] != 20) for s in d["scenarios"])'
# Whatever was not measured has no error to be told.
json 'all((s[h]["measured"] is None) == (s[h]["error_percent"]["cycle"] is None) for s in d["scenarios"] for h in ("cold", "warm"))'
# The same panes are read: a warm round reads only those that paint, a cold one all.
json 'all(s["cold"]["simulated"]["captures"] >= s["panes"] for s in d["scenarios"])'
json 'all(s["warm"]["simulated"]["captures"] < s["panes"] / 2 for s in d["scenarios"])'
json 'all(0.5 < s["cold"]["simulated"]["captures"] / s["cold"]["measured"]["captures"] < 2 for s in d["scenarios"] if s["cold"]["measured"])'
json 'all(0.4 < s["cold"]["simulated"]["bytes"] / s["cold"]["measured"]["bytes"] < 2.5 for s in d["scenarios"] if s["cold"]["measured"])'
# A wide factor, and of the servers CPU time, which a busy machine does not stretch as it does wall time.
json 'all(0.1 < s["cold"]["simulated"]["server_cpu_ms"] / s["cold"]["measured"]["server_cpu_ms"] < 10 for s in d["scenarios"] if s["cold"]["measured"])'
json 'd["calibrated"]["capture_us"] > 0 and d["calibrated"]["listed_us"] >= 0 and 0 <= d["calibrated"]["passes_shared"] <= 1'
[ -z "$(ls "$TMPDIR")" ] || fail "left behind: $(ls "$TMPDIR")"
