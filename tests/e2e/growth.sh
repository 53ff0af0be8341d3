#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The monitor does not grow: from its 150th round to its 350th neither descriptors nor threads nor memory go up.
. "$(dirname "$0")/lib.sh"
STATE=$HOME/.tmux-orchestrator
mkdir -p "$STATE"
start_server f "$ORC" __replay codex idle still 0
printf 'servers:\n  - {name: f, socket_name: f}\nmonitoring:\n  check_interval: 0.1\n' >"$STATE/config.yaml"
"$ORC" monitor start >/dev/null || fail "no start"
field_of() { "$ORC" status --json 2>/dev/null | "$PYTHON" -c "import json,sys; d=json.load(sys.stdin); print($1)"; }
pid=$(field_of "d['monitor']['pid']")
rounds() { field_of "d['round']['number']"; }
at_least() { [ "$(rounds)" -ge "$1" ]; }
# cost: "descriptors threads kilobytes"
cost() { echo "$(ls "/proc/$pid/fd" | wc -l) $(ls "/proc/$pid/task" | wc -l) $(awk '/VmRSS/ {print $2}' "/proc/$pid/status")"; }
wait_for 60 at_least 150 || fail "rounds are too slow"
read -r fds threads kb <<<"$(cost)"
wait_for 60 at_least 350
read -r fds2 threads2 kb2 <<<"$(cost)"
[ "$fds2" -le "$fds" ] || fail "descriptors grew from $fds to $fds2"
[ "$threads2" -le "$threads" ] || fail "threads grew from $threads to $threads2"
# The last 720 rounds are kept: 200 of them are about 100 KB; what the allocator holds beside that varies.
[ "$kb2" -le $((kb + 1500)) ] || fail "memory grew from $kb to $kb2 KB"
"$ORC" monitor stop >/dev/null
