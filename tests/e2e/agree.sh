#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# status and explain cannot disagree: on every recorded screen, through the daemon, and in a random walk of scripted
# agents. WALK is the number of its steps, SEED its seed.
. "$(dirname "$0")/lib.sh"
start_server main bash --norc
STATE=$HOME/.tmux-orchestrator
mkdir -p "$STATE" "$WORK/bin"
printf 'servers: [{name: main, socket_name: main}]\nmonitoring: {check_interval: 5, confirm_delay: 0.1}\n' >"$STATE/config.yaml"
run "$ORC" monitor start
exit_is 0
run "$PYTHON" "$SOURCE/tests/e2e/agree.py" "$STATE/run/blue/api.sock" "$WORK" "$SOURCE/tests/screens" "${WALK:-500}" \
  "${SEED:-$RANDOM}"
exit_is 0

# What the monitor remembered is known to a look of our own, too: an agent that was killed, its
# screen and the shell's word of it cleared: it has ended, and was one.
cp "$(readlink -f "$(command -v sleep)")" "$WORK/claude"
gone=$(new_window main gone bash --norc)
told() {
  run "$ORC" explain --json "$gone"
  [ "$(field "d['state'] + ' ' + d['asked']")" = "$1" ]
}
runs() { pgrep -f "$WORK/claude 1003"; }
gone_now() { ! runs; }
tmux -L main send-keys -t "$gone" "$WORK/claude 1003" Enter
wait_for 10 runs || fail "it does not run"
seen() { run "$ORC" status --json; [ "$(field "'$gone' in [a['pane'] for a in d['agents']]")" = True ]; }
wait_for 10 seen || fail "the monitor does not see it"
kill -KILL $(runs)
wait_for 10 gone_now
tmux -L main send-keys -t "$gone" "clear" Enter
wait_for 10 told "exited monitor" || fail "the monitor does not explain it"
run "$ORC" monitor stop
exit_is 0
wait_for 10 told "exited own look" || fail "what was remembered is not used"
run "$ORC" explain "$gone" --server nobody
exit_is 2
err_has "no server is called 'nobody'"
run "$ORC" explain %999
exit_is 2
