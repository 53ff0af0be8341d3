# SPDX-License-Identifier: Apache-2.0
# Sourced after lib.sh by what needs a browser: MODULES has its driver and axe-core, from npm, in the build's folder, once.
# shellcheck shell=bash
needs node npm chromium curl
MODULES=${ORC_BUILD:?}/node
if [ ! -d "$MODULES/node_modules/axe-core" ]; then
  mkdir -p "$MODULES"
  if ! (cd "$MODULES" && HOME=$WORK/home timeout 120 npm install --no-audit --no-fund --no-save playwright-core@1.65.1 axe-core@4.14.1 >"$WORK/npm.log" 2>&1); then
    echo "SKIPPED: npm's registry could not be reached: $(tail -1 "$WORK/npm.log")"
    exit 77
  fi
fi
