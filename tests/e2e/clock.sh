#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The wall clock is set while the monitor runs, 54 years ahead, back, and to before it was started: durations go on by the
# steady time, nobody is told twice, nothing recorded is lost, and a restart in another year knows how long at most.
. "$(dirname "$0")/lib.sh"
faker=$(find /usr/lib -name libfaketimeMT.so.1 2>/dev/null | head -1)
[ -n "$faker" ] || fail "faketime is missing: scripts/install.sh --test-deps"
STATE=$HOME/.tmux-orchestrator
mkdir -p "$STATE"
cat >"$STATE/config.yaml" <<Y
servers:
  - {name: c, socket_name: c}
monitoring: {check_interval: 0.3, confirm_delay: 0}
notifications:
  startup_grace: 0
  channels: [{name: hook, type: command, command: [$(telling_hook)]}]
  rules: [{states: [waiting], channels: [hook]}]
Y
start_server c "$ORC" __replay claude waiting still 0
new_window c flips "$ORC" __replay claude idle flip-screen 0 >/dev/null
flips=$(tmux -L c display-message -p -t main:1 '#{pane_pid}')
# Only what is asked for the wall clock is faked: the steady one and that since the boot are the machine's.
export FAKETIME_TIMESTAMP_FILE=$WORK/files/now FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME_DONT_RESET=1
set_clock() {
  echo "$1" >"$WORK/files/now.new"
  mv "$WORK/files/now.new" "$WORK/files/now"
}
faked() { LD_PRELOAD=$faker "$@"; }
set_clock +0
[ "$(faked date +%Y)" = "$(date +%Y)" ] || fail "the clock is not as it should be"
set_clock +54y
[ "$(faked date +%Y)" -gt $(($(date +%Y) + 50)) ] || fail "the clock cannot be set"
set_clock +0
LD_PRELOAD=$faker "$ORC" monitor start >/dev/null || fail "no start"
told() { [ "$(grep -c . "$HOME/told.jsonl" 2>/dev/null)" = "$1" ]; }
wait_for 15 told 1 || fail "not told"
# Seconds that the agent of window 0 has waited, by the clock that everybody here has.
waited() {
  faked "$ORC" status --json | faked "$PYTHON" -c "
import json, sys, time
a = [a for a in json.load(sys.stdin)['agents'] if a['target'] == 'main:0.0'][0]
print(int(time.time() - a['since_ms'] / 1000))"
}
round() { faked "$ORC" status --json | "$PYTHON" -c "import json,sys; print(json.load(sys.stdin)['round']['number'])"; }
for step in +54y +54y-1h -5y +0; do
  case $step in +54y-1h) step=+473040000 ;; esac
  rounds=$(round)
  set_clock $step
  more() { [ "$(round)" -gt $((rounds + 2)) ]; }
  wait_for 20 more || fail "no rounds with the clock at $step"
  long=$(waited)
  [ "$long" -ge 0 ] && [ "$long" -lt 300 ] || fail "with the clock at $step it has waited $long s"
  run faked "$ORC" status
  out_has 'waiting.* ≥?([0-9]+s|[0-9]m[0-9]*s?) +claude'
  out_has 'up ([0-9]+s|[0-9]m[0-9]*s?)$'
  told 1 || fail "told again with the clock at $step: $(cat "$HOME/told.jsonl")"
done
grep -q 'the clock was set by' "$STATE"/logs/*.log || fail "that the clock was set is not logged"
# A state that ends after all this: its length in the reports.
kill -USR1 "$flips"
wait_for 15 told 2 || fail "the second wait is not told"
set_clock +2y
sleep 1
kill -USR2 "$flips"
sleep 3
set_clock +0
sleep 1
rows() { "$PYTHON" -c "import sqlite3,sys; print(*sqlite3.connect('file:$STATE/history.db?mode=ro', uri=True).execute(sys.argv[1]).fetchone())" "$1"; }
longest=$(rows 'SELECT max(max(longest_ms), (SELECT coalesce(max(at_ms - since_ms), 0) FROM transition WHERE since_ms > 0 AND from_state = 2)) FROM state_day')
[ "$longest" -ge 500 ] && [ "$longest" -lt 300000 ] || fail "the longest state has $longest ms"
run faked "$ORC" report --month
exit_is 0
out_lacks '[0-9]{3,}d'
run "$PYTHON" -c "
import re, sys
shares = [float(x) for x in re.findall(r'Available ([0-9.]+)%', '''$OUT''')]
assert all(0 <= s <= 100 for s in shares), shares"
exit_is 0
count=$(rows 'SELECT count(*) FROM round')
# Another year after a restart: nothing has begun yet to be, and nothing is older than the machine's last boot.
faked "$ORC" monitor stop >/dev/null
for step in +54y -3y; do
  set_clock $step
  LD_PRELOAD=$faker "$ORC" monitor start >/dev/null || fail "no start with the clock at $step"
  long=$(waited)
  [ "$long" -ge 0 ] && [ "$long" -le $(($(cut -d. -f1 /proc/uptime) + 60)) ] || fail "after a restart at $step it has waited $long s"
  sleep 1
  faked "$ORC" monitor stop >/dev/null
done
[ "$(rows 'SELECT count(*) FROM round')" -gt "$count" ] || fail "rounds are gone"
told 2 || fail "told again over restarts: $(cat "$HOME/told.jsonl")"
