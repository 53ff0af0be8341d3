#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the integration tests against other tmux binaries than the installed one, and says which of them passed.
#   scripts/compat.sh [-R REGEX] DIR...      each DIR holds a program `tmux`; it may also be that program's own path
# ORC_BUILD: the build folder (build/default). Each tmux runs on private sockets; your own server is not touched.
set -euo pipefail
cd "$(dirname "$0")/.."
BUILD=${ORC_BUILD:-build/default}
ONLY='^integration\.'
if [ "${1:-}" = -R ]; then
  ONLY=${2:?-R wants a regular expression} && shift 2
fi
[ $# -gt 0 ] || { sed -n '4,5s/^# *//p' "$0" >&2 && exit 2; }
[ -f "$BUILD/CTestTestfile.cmake" ] || { echo "compat: no build in $BUILD (cmake --preset default && cmake --build $BUILD)" >&2 && exit 2; }
WORK=$(mktemp -d "${TMPDIR:-/tmp}/orc-compat-XXXXXX")
trap 'rm -rf "$WORK"' EXIT

# One at a time: tests beside each other share two cores, and some of them wait for tmux.
against() { # PROGRAM
  local version out=$WORK/out rc=0 folder=$WORK/bin
  version=$("$1" -V 2>/dev/null) || { echo "$1: does not run" && return 1; }
  rm -rf "$folder" && mkdir "$folder" && ln -s "$1" "$folder/tmux"
  env -u TMUX -u TMUX_PANE PATH="$folder:$PATH" ctest --test-dir "$BUILD" -L integration -R "$ONLY" --no-tests=error >"$out" 2>&1 || rc=$?
  printf '%-16s %s\n' "$version" "$(grep -E 'tests passed|No tests' "$out" || echo 'ctest failed')"
  [ "$rc" = 0 ] || { sed -n '/The following tests FAILED/,/^Errors/p' "$out" | grep -E '^\s+[0-9]+ - ' || tail -5 "$out"; }
  return "$rc"
}

failed=0
for given in "$@"; do
  program=$given
  [ ! -d "$given" ] || program=$given/tmux
  program=$(realpath -e "$program") || exit 2
  against "$program" || failed=1
done
exit "$failed"
