#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what the tests need, builds everything and runs all tests. Usage: scripts/test.sh [ctest options]
# `scripts/test.sh -L e2e-lite`: those end-to-end tests that need no browser, Prometheus, sshd ...; none is installed then.
set -euo pipefail
cd "$(dirname "$0")/.."
case " $* " in
  *" -L e2e-lite "* | *" -L unit "*) deps=--lite-test-deps ;;
  *) deps=--test-deps ;;
esac
scripts/install.sh "$deps" --no-demo
# One more than there are cores: the long tests wait most of their time, for an interval or for tmux.
exec ctest --preset default --no-tests=error -j "$(($(nproc) + 1))" "$@"
