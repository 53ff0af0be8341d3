# SPDX-License-Identifier: Apache-2.0
# Sourced after lib.sh by what needs a browser: MODULES has its driver and axe-core, from npm, in the build's folder, once.
# shellcheck shell=bash
needs node npm chromium curl
driver=1.61.0  # the last that Debian 12's Node.js (18) runs; 1.62 wants 20
MODULES=${ORC_BUILD:?}/node-$driver
if [ ! -d "$MODULES/node_modules/axe-core" ]; then
  mkdir -p "$MODULES"
  if ! (cd "$MODULES" && HOME=$WORK/home timeout 120 npm install --no-audit --no-fund --no-save playwright-core@$driver axe-core@4.14.1 >"$WORK/npm.log" 2>&1); then
    echo "SKIPPED: npm's registry could not be reached: $(tail -1 "$WORK/npm.log")"
    exit 77
  fi
fi
