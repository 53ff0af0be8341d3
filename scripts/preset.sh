#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds one of the developers' presets and runs the unit and integration tests with it. tidy only builds: its findings
# are errors. Usage: scripts/preset.sh [--seconds N] dev|asan|tsan|tidy|fuzz [ctest options]
#   --seconds N   end after that time: what failed until then fails, and what was not run is said, and fails nothing
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=0
[ "${1:-}" = --seconds ] && seconds=${2:?--seconds wants a number} && shift 2
preset=${1:?usage: scripts/preset.sh [--seconds N] dev|asan|tsan|tidy|fuzz [ctest options]}
shift
until=$((SECONDS + seconds))

# in_time COMMAND...: within what is left. Its code, or 124 when the time ran out.
in_time() {
  [ "$seconds" -gt 0 ] || { "$@"; return; }
  local left=$((until - SECONDS))
  [ "$left" -gt 0 ] || return 124
  timeout --kill-after=20 "$left" "$@"
}
cut_short() {
  echo
  echo "*** CUT SHORT: preset $preset $1 within $seconds s."
  echo "*** What was not run says nothing. All of it: scripts/preset.sh $preset"
}

scripts/install.sh --deps-only --test-deps
case "$preset" in
  tidy | fuzz) scripts/install.sh --deps-only --clang-deps ;;
esac
cmake --preset "$preset" -DTMUX_ORC_BUILD_TESTS=ON >/dev/null
code=0
in_time cmake --build --preset "$preset" || code=$?
if [ "$code" = 124 ]; then
  cut_short "was not built"
  exit 0
fi
[ "$code" = 0 ] || exit "$code"
case "$preset" in
  tidy) exit 0 ;;
  asan) export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 ;;  # it only prints otherwise
  tsan) export TSAN_OPTIONS="suppressions=$PWD/tests/support/tsan.supp" ;;
esac

# What failed is run again alone, in minutes kept for it.
kept=$((seconds ? (until - SECONDS) / 6 : 0))
log=$(mktemp)
trap 'rm -f "$log"' EXIT
run_tests() {
  in_time ctest --test-dir "build/$preset" --no-tests=error --output-on-failure "$@" 2>&1 | tee "$log"
}
line='^ *[0-9]+/[0-9]+ Test +#'  # of ctest, for a test that ended
sanitized() { grep -E 'WARNING: ThreadSanitizer|ERROR: (Address|Leak)Sanitizer|runtime error: ' "$log"; }
# By ctest's stars alone, since a test's name may hold the word "Failed". A skipped one has them, too.
failed() { grep -E "$line.*\*\*\*" "$log" | grep -vF '***Skipped'; }

# The unit tests first: they are many, and quick.
[ $# -gt 0 ] || set -- -L 'unit|integration'
until=$((until - kept))
run_tests -j "$(($(nproc) + 1))" "$@" || code=$?
until=$((until + kept))
[ "$code" = 0 ] && exit 0
if [ "$code" = 124 ]; then
  ran=$(grep -cE "$line" "$log" || true)
  all=$(grep -oE "$line" "$log" | head -1 | grep -oE '/[0-9]+' | tr -d / || true)
  cut_short "ran $ran of ${all:-?} tests"
fi
if sanitized; then
  echo "*** A sanitizer's report counts always."
  exit 1
fi
names=$(failed | sed -E 's/.* Test +#[0-9]+: ([^ ]+) .*/\1/' | paste -sd '|' || true)
[ -n "$names" ] || { [ "$code" = 124 ]; exit; }
# A test that failed without a report, ten times slower than it was written for and beside two others, may pass alone.
echo "*** Failed without a report of a sanitizer: once more, one after the other."
code=0
run_tests -R "^($names)\$" || code=$?
[ "$code" != 124 ] || echo "*** There was no time for all of them."
if sanitized; then
  code=1
fi
exit "$code"
