#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the Debian package into build/package/, and checks it with lintian where that is installed.
# Usage: scripts/package.sh
set -euo pipefail
cd "$(dirname "$0")/.."
umask 022  # folders in the package have the mode that they are made with here
scripts/install.sh --package-deps --no-demo
mkdir -p build/package
rm -f build/package/tmux-orc_*.deb
cpack --config build/default/CPackConfig.cmake -B "$PWD/build/package"
rm -rf build/package/_CPack_Packages
deb=$(echo build/package/tmux-orc_*.deb)
if command -v lintian >/dev/null; then
  lintian --allow-root --fail-on error "$deb"
else
  echo "lintian is not installed: the package was not checked (apt install lintian)"
fi
echo "$deb: $(($(stat -c %s "$deb") / 1024)) KB. Install it: sudo apt install ./$deb"
