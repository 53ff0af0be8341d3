#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The comparison runs through and its modes agree. No bound on times: those are for the benchmark's own runs.
. "$(dirname "$0")/lib.sh"
run "$ORC" benchmark --agents 10 --rounds 3 --compare
exit_is 0
out_has 'async\+native cold'
out_has 'All modes gave the same verdicts'
# The real daemon sees every flip of the agents and tells of it.
run "$ORC" benchmark --agents 8 --latency --flips 6 --seconds 5 --json
exit_is 0
json "set(d['flips_by']) == {'own_file', 'title', 'screen'}"
json "all(w['flips'] > 0 and w['unseen'] == 0 and w['untold'] == 0 for w in d['flips_by'].values())"
json "all(0 < w['transition_ms']['p50'] <= w['transition_ms']['max'] for w in d['flips_by'].values())"
json "all(w['channel_ms']['p50'] > 0 for w in d['flips_by'].values())"
json "d['looks_per_s'] > 0 and d['server_cpu_percent_watched'] > 0 and d['resident_mb'] > 0"
[ -z "$(ls -A "$TMPDIR")" ] && ! pgrep -f "$TMPDIR" >/dev/null || fail "something is left: $(pgrep -af "$TMPDIR")"
