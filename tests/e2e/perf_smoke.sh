#!/usr/bin/env bash
# The comparison runs through and its modes agree. No bound on times: those are for the benchmark's own runs.
. "$(dirname "$0")/lib.sh"
run "$ORC" benchmark --agents 10 --rounds 3 --compare
exit_is 0
out_has 'async\+native cold'
out_has 'All modes gave the same verdicts'
