#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs libFuzzer on the entries of tests/fuzz, one after the other, and says how many inputs each took.
#   scripts/fuzz.sh [--seconds N] [--keep] [ENTRY...]
#   --seconds N  for each entry (600)
#   --keep       put into tests/fuzz/corpora what reaches code that nothing there does
# ORC_BUILD: the build folder (build/fuzz, by `cmake --preset fuzz`). What breaks a promise stays in its fuzz/found, what was
# found worth keeping in its fuzz/corpora.
set -euo pipefail
cd "$(dirname "$0")/.."
BUILD=${ORC_BUILD:-build/fuzz}
seconds=600 keep=0
while [[ "${1:-}" == --* ]]; do
  case "$1" in
    --seconds) seconds=${2:?--seconds wants a number} && shift ;;
    --keep) keep=1 ;;
    *) sed -n '4,6s/^# *//p' "$0" >&2 && exit 2 ;;
  esac
  shift
done
seeds=tests/fuzz/corpora
[ $# -gt 0 ] || set -- $(ls "$seeds")
[ -f "$BUILD/build.ninja" ] || cmake --preset fuzz >/dev/null
cmake --build "$BUILD" --target "${@/#/fuzz_}" >/dev/null
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1

failed=0
for entry in "$@"; do
  program=$BUILD/tests/fuzz/fuzz_$entry
  work=$BUILD/fuzz/corpora/$entry found=$BUILD/fuzz/found
  log=$BUILD/fuzz/$entry.log
  mkdir -p "$work" "$found"
  most=4096  # bytes of an input
  [ "$entry" != serve_http ] || most=20000  # a header may have 16 KB
  rc=0
  "$program" -max_total_time="$seconds" -max_len="$most" -timeout=20 -rss_limit_mb=1024 -print_final_stats=1 \
    -artifact_prefix="$found/$entry-" "$work" "$seeds/$entry" >"$log" 2>&1 || rc=$?
  count=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  printf '%-16s %10s inputs  %s\n' "$entry" "${count:-?}" "$(grep -oE 'cov: [0-9]+ ft: [0-9]+' "$log" | tail -1)"
  if [ "$rc" != 0 ]; then
    failed=1
    grep -E 'not true: |ERROR: |runtime error: |Test unit written' "$log" || tail -5 "$log"
    continue
  fi
  [ "$keep" = 0 ] || "$program" -merge=1 -max_len="$most" "$seeds/$entry" "$work" 2>&1 | grep -E '^MERGE-OUTER: .* new files' || true
done
exit "$failed"
