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
  tsan) export TSAN_OPTIONS="suppressions=$PWD/tests/support/tsan.supp" ;;
esac

run_tests() {
  in_time ctest --test-dir "build/$preset" --no-tests=error --output-on-failure -j "$(($(nproc) + 1))" "$@"
}
# The unit tests first: they are many, and quick.
[ $# -gt 0 ] || set -- -L 'unit|integration'
log=$(mktemp)
trap 'rm -f "$log"' EXIT
run_tests "$@" 2>&1 | tee "$log" || code=$?
[ "$code" = 124 ] || exit "$code"
ran=$(grep -cE '^ *[0-9]+/[0-9]+ Test +#' "$log" || true)
all=$(grep -oE '^ *[0-9]+/[0-9]+ Test +#' "$log" | head -1 | grep -oE '/[0-9]+' | tr -d / || true)
cut_short "ran $ran of ${all:-?} tests"
if grep -E '^ *[0-9]+/[0-9]+ Test +#.*(\*\*\*|Failed)' "$log"; then
  echo "*** The above failed."
  exit 1
fi
