#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What must not bring the daemon down: tmux killed, tmux stopped for a minute, a full disk.
. "$(dirname "$0")/lib.sh"
STATE=$HOME/.tmux-orchestrator
mkdir -p "$STATE"
start_server f "$ORC" __replay claude waiting still 0
config() {
  printf 'servers:\n  - {name: f, socket_name: f}\nmonitoring:\n  check_interval: %s\n' "$1" >"$STATE/config.yaml"
}
field_of() { "$ORC" status --json 2>/dev/null | "$PYTHON" -c "import json,sys; d=json.load(sys.stdin); print($1)"; }
config 1
"$ORC" monitor start >/dev/null || fail "no start"
pid=$(field_of "d['monitor']['pid']")
says() { grep -qE -- "$1" <<<"$("$ORC" status 2>&1)"; }

# tmux killed hard, and started again: the agents of the new life are seen by the same daemon.
kill -KILL "$(server_pid f)"
wait_for 10 says 'NOT REACHED|no tmux server' || fail "a killed tmux is not told"
run "$ORC" health
exit_is 2
out_has '^Servers +0 of 1 reached .* critical'
run "$ORC" monitor status
out_has '^Server: f  NOT REACHED'
# Nobody knows what its agent does: not waiting, but what was seen last is told.
wait_for 10 says '^[^ ]+ +unknown, last seen waiting [0-9][0-9]:[0-9][0-9] ' || fail "its agent is still told"
run "$ORC" statusline
out_has '^tmux not reached$'
out=$("$ORC" status)
grep -qE '^1 agents? in 0 panes, 1 unknown$' <<<"$out" || fail "counted as something: $out"
"$ORC" monitor stop >/dev/null
run "$ORC" monitor start
exit_is 0
out_has '^Server: f  NOT REACHED'
pid=$(field_of "d['monitor']['pid']")
says '^[^ ]+ +unknown, last seen waiting ' || fail "forgotten by a restart"
start_server f "$ORC" __replay codex idle still 0
wait_for 10 says '^[^ ]+ +idle .* codex ' || fail "the new life is not seen"
same "$(field_of "d['monitor']['pid']")" "$pid"

# The user's hooks run after our commands: their lines and failures are no agents gone. A server that stays without
# sessions is reached, and has no panes.
for hook in after-list-panes after-display-message; do
  tmux -L f set-hook -g "$hook" 'display-message -p stray ; select-pane -t %999'
done
wait_for 10 eval '[ "$(field_of "d[\"servers\"][0][\"stray_lines\"]")" -ge 2 ]' || fail "stray lines are not counted"
says '^[^ ]+ +idle[^ ]* .* codex ' || fail "a hook made the agent vanish"
out=$("$ORC" status)
! grep -q 'NOT REACHED' <<<"$out" || fail "a hook made the server vanish: $out"
tmux -L f set -g exit-empty off
tmux -L f kill-session -t main
wait_for 10 says '^0 agents in 0 panes' || fail "the agents of an empty server are still told"
out=$("$ORC" status)
! grep -q 'NOT REACHED' <<<"$out" || fail "an empty server is not reached: $out"
stop_server f
start_server f "$ORC" __replay codex idle still 0
wait_for 10 says '^[^ ]+ +idle .* codex ' || fail "the third life is not seen"

# tmux stopped for 60 s: the API answers, status says so within its time, and all is well again afterwards.
tmux_pid=$(server_pid f)
STOPPED+=("$tmux_pid")
kill -STOP "$tmux_pid"
for _ in $(seq 1 12); do
  sleep 5
  start=$(date +%s%N)
  "$ORC" health >/dev/null 2>&1
  took=$((($(date +%s%N) - start) / 1000000))
  [ "$took" -lt 2100 ] || fail "health took $took ms while tmux was stopped"
done
run "$ORC" status
out_has 'NOT REACHED'
kill -CONT "$tmux_pid"
wait_for 10 says '^[^ ]+ +idle .* codex ' || fail "no recovery after the stop"
same "$(field_of "d['monitor']['pid']")" "$pid"
# A stop does not wait for a tmux that hangs, and saves what it knows all the same.
touch "$WORK/files/before"
kill -STOP "$tmux_pid"
sleep 0.5  # into a round
start=$(date +%s%N)
run "$ORC" monitor stop
took=$((($(date +%s%N) - start) / 1000000))
exit_is 0
[ "$took" -lt 3000 ] || fail "the stop took $took ms while tmux was stopped"
[ "$STATE/run/blue/memory.json" -nt "$WORK/files/before" ] || fail "the memory was not saved"
tail -1 "$STATE"/logs/*.log | grep -q 'stopped$' || fail "it did not end in order: $(tail -2 "$STATE"/logs/*.log)"
# What an earlier run saw of a server that is not reached is no state of now.
run "$ORC" monitor start
wait_for 20 says '^[^ ]+ +unknown, last seen idle ' || fail "a restored state is told as seen"
kill -CONT "$tmux_pid"
wait_for 20 says '^[^ ]+ +idle .* codex ' || fail "no recovery after the restart"
"$ORC" monitor stop >/dev/null

# A full disk: rounds go on, the problem is told, and goes when there is room again.
mv "$STATE" "$STATE.old"
mkdir "$STATE"
if ! mount -t tmpfs -o size=400k none "$STATE" 2>/dev/null; then
  rmdir "$STATE"
  echo "NOT TESTED: the full disk (no right to mount a tmpfs). All the rest of this test ran and passed."
  exit 0
fi
trap 'umount -l "$STATE"; cleanup' EXIT
config 0.2
"$ORC" monitor start >/dev/null || fail "no start on the small disk"
rounds() { field_of "d['round']['number']"; }
at_least() { [ "$(rounds)" -ge "$1" ]; }
dd if=/dev/zero of="$STATE/filler" bs=1k count=400 2>/dev/null
before=$(rounds)
wait_for 15 says 'Problem: .*No space left' || fail "a full disk is not told"
at_least $((before + 2)) || fail "no rounds on a full disk"
run "$ORC" health
exit_is 0
run "$ORC" config set monitoring.check_interval 7
exit_is 4
grep -q 'check_interval: 0.2' "$STATE/config.yaml" || fail "the configuration is damaged"
rm "$STATE/filler"
says_no_problem() { ! says 'Problem:'; }
wait_for 15 says_no_problem || fail "the problem stays: $("$ORC" status)"
"$ORC" monitor stop >/dev/null || fail "no stop"
