#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# benchmark: however it ends, at whatever moment, its server and its folder go.
. "$(dirname "$0")/lib.sh"

nothing_left() { [ -z "$(ls -A "$TMPDIR")" ] && ! pgrep -f "$TMPDIR" >/dev/null; }
folder_is_there() { compgen -G "$TMPDIR/tmux-orc-*" >/dev/null; }

for signal in INT TERM KILL HUP; do
  for moment in 0 0.01 0.03 0.1 0.6; do
    # setsid: a background job of a script ignores SIGINT, a program at a terminal does not.
    "$PYTHON" -c "
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])" "$ORC" benchmark --agents 12 --rounds 5000 --quiet >/dev/null 2>&1 &
    pid=$!
    JOBS+=("$pid")
    wait_for 10 folder_is_there || fail "no folder: the test would test nothing"
    sleep "$moment"
    kill -0 "$pid" 2>/dev/null || fail "ended by itself before SIG$signal after $moment s"
    kill -"$signal" "$pid"
    wait "$pid" 2>/dev/null
    RC=$?
    [ "$RC" -ne 0 ] || fail "exit code 0 after SIG$signal"
    wait_for 20 nothing_left || fail "left after SIG$signal at $moment s: $(ls -A "$TMPDIR"; pgrep -af "$TMPDIR")"
  done
done
