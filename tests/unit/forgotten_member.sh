#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A member of PaneEvidence that one list forgot must not compile. $1: the compiler, $2: include/, the rest: its flags.
set -eu
compiler=$1 include=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
try() { "$compiler" -std=c++20 -fsyntax-only "$@" -I"$work" -I"$include" -x c++ "$work/try.cc" 2>"$work/errors"; }
header=$include/tmux_orc/base/evidence.h
mkdir -p "$work/tmux_orc/base"
echo '#include "tmux_orc/base/evidence.h"' >"$work/try.cc"
# with SED-COMMAND: the header changed so compiles.
with() {
  sed "$1" "$header" >"$work/tmux_orc/base/evidence.h"
  [ -z "$1" ] || ! cmp -s "$header" "$work/tmux_orc/base/evidence.h" || { echo "'$1' changes nothing"; exit 1; }
  try
}
struct='s/^struct PaneEvidence {/&\n  int forgotten = 0;/'
list='s/^  window, pid, width/  forgotten, window, pid, width/'
table='s/^inline constexpr EvidenceMember kEvidenceMembers.*/&\n    {"forgotten", kVerdict},/'
with '' || { cat "$work/errors"; echo "the header does not compile as it is"; exit 1; }
for some in "$struct" "$list" "$table" "$struct;$list" "$struct;$table" "$list;$table"; do
  ! with "$some" || { echo "compiles with only: $some"; exit 1; }
done
with "$struct;$list;$table" || { cat "$work/errors"; echo "a member in all three lists does not compile"; exit 1; }
