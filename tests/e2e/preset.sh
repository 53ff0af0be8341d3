#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What scripts/preset.sh makes of ctest's answer, which decides over a run of CI: a stand-in ctest says the lines of a
# file. A test whose name holds "Failed" is no failure; one that fails without a sanitizer's report is tried again alone.
source "$(dirname "$0")/lib.sh"
tree=$WORK/tree
mkdir -p "$tree/scripts" "$WORK/bin"
cp "$SOURCE/scripts/preset.sh" "$tree/scripts/"
printf '#!/bin/sh\n' >"$tree/scripts/install.sh"
printf '#!/bin/sh\n' >"$WORK/bin/cmake"
# The stand-in: every run is told in `asked`; its lines are in first or again. One that says "hangs" does; one that says
# "cut" ends as timeout(1) makes a program end, so that no second of a busy machine decides what the second run gets.
cat >"$WORK/bin/ctest" <<'CTEST'
#!/bin/bash
lines=$STAND_IN/first
[ -f "$STAND_IN/asked" ] && lines=$STAND_IN/again
echo "$*" >>"$STAND_IN/asked"
cat "$lines"
grep -q '^hangs' "$lines" && exec sleep 600
grep -q '^cut' "$lines" && exit 124
! grep -qE '\*\*\*(Failed|Timeout)|WARNING: Thread' "$lines"
CTEST
chmod +x "$tree/scripts/install.sh" "$WORK/bin/cmake" "$WORK/bin/ctest"
export STAND_IN=$WORK/stand-in

# preset FIRST AGAIN OPTIONS...: its exit code in `code`, what it said in $WORK/said
preset() {
  rm -rf "$STAND_IN"
  mkdir "$STAND_IN"
  printf '%b' "$1" >"$STAND_IN/first"
  printf '%b' "$2" >"$STAND_IN/again"
  shift 2
  code=0
  PATH=$WORK/bin:$PATH "$tree/scripts/preset.sh" "$@" tsan >"$WORK/said" 2>&1 || code=$?
}
runs() { wc -l <"$STAND_IN/asked"; }
passed='1/4 Test #1: Aggregator.FailedPanesStay .......   Passed    0.04 sec\n'
skipped='2/4 Test #2: integration.Npm ...........***Skipped   0.04 sec\n'
failed='3/4 Test #3: Ring.Wraps/2 ..............***Failed    0.04 sec\n'
late='4/4 Test #4: Ring.IsQuick ..............***Timeout   9.00 sec\n'
report='WARNING: ThreadSanitizer: data race (pid=1)\n'

preset "$passed$skipped" ""
same "$code $(runs)" "0 1" "all passed"
preset "$passed$skipped${failed}cut\n" "${failed/***Failed/Passed}" --seconds 1000
same "$code $(runs)" "0 2" "cut short, and what failed passes alone"
grep -qF 'CUT SHORT: preset tsan ran 3 of 4 tests' "$WORK/said" || fail "no word of what was cut short: $(cat "$WORK/said")"
preset "$passed${skipped}hangs\n" "" --seconds 12
same "$code $(runs)" "0 1" "cut short, and nothing failed"
preset "$passed$failed$late" ""
same "$code $(runs)" "0 2" "two that pass alone"
same "$(sed -n 2p "$STAND_IN/asked" | grep -oF -- '-R ^(Ring.Wraps/2|Ring.IsQuick)$')" '-R ^(Ring.Wraps/2|Ring.IsQuick)$' "those two alone"
preset "$passed$failed" "$failed"
same "$code $(runs)" "1 2" "one that fails alone, too"
preset "$passed$failed$report" ""
same "$code $(runs)" "1 1" "a report of a sanitizer"
preset "$passed$failed" "$report"
same "$code $(runs)" "1 2" "a report in the second run"
echo "preset: passed"
