#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what the tests need, builds everything and runs all tests. Usage: scripts/test.sh [ctest options]
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install.sh --test-deps --no-demo
# One more than there are cores: the long tests wait most of their time, for an interval or for tmux.
exec ctest --preset default --no-tests=error -j "$(($(nproc) + 1))" "$@"
