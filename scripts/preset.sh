#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds one of the developers' presets and runs the unit and integration tests with it. tidy only builds: its findings
# are errors. Usage: scripts/preset.sh [--seconds N] dev|asan|tsan|tidy|fuzz [ctest options]
#   --seconds N   end after that time: what failed until then fails, and what was not run is said, and fails nothing
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=""
[ "${1:-}" = --seconds ] && seconds=${2:?--seconds wants a number} && shift 2
preset=${1:?usage: scripts/preset.sh [--seconds N] dev|asan|tsan|tidy|fuzz [ctest options]}
shift
until=$((SECONDS + ${seconds:-0}))

# in_time COMMAND...: within what is left. Its code, or 124 when the time ran out.
in_time() {
  [ -n "$seconds" ] || { "$@"; return; }
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

run_tests() {
  in_time ctest --test-dir "build/$preset" --no-tests=error --output-on-failure "$@"
}
# The unit tests first: they are many, and quick.
[ $# -gt 0 ] || set -- -L 'unit|integration'
log=$(mktemp)
trap 'rm -f "$log"' EXIT
run_tests -j "$(($(nproc) + 1))" "$@" 2>&1 | tee "$log" || code=$?
sanitized() { grep -E 'WARNING: ThreadSanitizer|ERROR: (Address|Leak)Sanitizer|runtime error: ' "$log"; }
failed() { grep -E '^ *[0-9]+/[0-9]+ Test +#.*(\*\*\*|Failed)' "$log"; }
if [ "$code" != 0 ] && [ "$code" != 124 ] && ! sanitized >/dev/null; then
  # A sanitizer's report counts always. A test that failed without one, ten times slower than it was written for and beside
  # two others, may pass alone.
  echo "*** The above failed without a report of a sanitizer: once more, one after the other."
  code=0
  run_tests --rerun-failed 2>&1 | tee "$log" || code=$?
  [ "$code" = 124 ] && echo "*** There was no time for all of them." && exit 1
fi
[ "$code" = 124 ] || exit "$code"
ran=$(grep -cE '^ *[0-9]+/[0-9]+ Test +#' "$log" || true)
all=$(grep -oE '^ *[0-9]+/[0-9]+ Test +#' "$log" | head -1 | grep -oE '/[0-9]+' | tr -d / || true)
cut_short "ran $ran of ${all:-?} tests"
if failed || sanitized; then
  echo "*** The above failed."
  exit 1
fi
