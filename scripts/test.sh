#!/usr/bin/env bash
# Installs what the tests need, builds everything and runs all tests. Usage: scripts/test.sh [ctest options]
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install.sh --test-deps --no-demo
exec ctest --preset default --no-tests=error -j "$(nproc)" "$@"
