#!/usr/bin/env bash
# Builds one of the developers' presets and runs the unit and integration tests with it. tidy only builds: its findings
# are errors. Usage: scripts/preset.sh dev|asan|tsan|tidy|fuzz [ctest options]
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:?usage: scripts/preset.sh dev|asan|tsan|tidy|fuzz [ctest options]}
shift
scripts/install.sh --deps-only --test-deps
case "$preset" in
  tidy | fuzz) scripts/install.sh --deps-only --clang-deps ;;
esac
cmake --preset "$preset" >/dev/null
cmake --build --preset "$preset"
case "$preset" in
  tidy) exit 0 ;;
  tsan) export TSAN_OPTIONS="suppressions=$PWD/tests/support/tsan.supp" ;;
esac
exec ctest --test-dir "build/$preset" --no-tests=error --output-on-failure -L 'unit|integration' -j "$(($(nproc) + 1))" "$@"
