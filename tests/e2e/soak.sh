#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Everything at once for 3 minutes (ORC_SOAK_MINUTES=30 for the long form): painting panes, listeners, some of which never
# read, scrapes, reloads, panes that come and go, both databases coming and going. Memory, descriptors and threads stay flat.
. "$(dirname "$0")/lib.sh"
MINUTES=${ORC_SOAK_MINUTES:-3}
PANES=${ORC_SOAK_PANES:-$([ "$MINUTES" -ge 10 ] && echo 100 || echo 40)}
STATE=$HOME/.tmux-orchestrator
mkdir -p "$STATE"
port=$(free_ports 1)
config() {
  cat >"$STATE/config.yaml.new" <<Y
servers:
  - {name: s, socket_name: s}
monitoring: {check_interval: $1, confirm_delay: 0}
api: {listen: "127.0.0.1:$port", allow_local_users: true}
notifications:
  startup_grace: 0
  channels: [{name: hook, type: command, command: ["true"]}, {name: line, type: statusline}]
  rules: [{states: [waiting, missing, idle], channels: [hook]}]
Y
  mv "$STATE/config.yaml.new" "$STATE/config.yaml"
}
config 0.2
start_server s "$ORC" __replay claude waiting still 0
for i in $(seq "$PANES"); do
  agent=$([ $((i % 2)) = 0 ] && echo claude || echo codex)
  new_window s "p$i" "$ORC" __replay $agent working paint "$i" >/dev/null
done
"$ORC" monitor start >/dev/null || fail "no start"
pid=$(cut -d' ' -f1 "$STATE/run/blue/lock")
export SOCKET=$STATE/run/blue/api.sock PORT=$port
cat >"$WORK/files/listeners.py" <<'P'
import http.client, os, socket, threading, time

def listen(reads):
    while True:
        try:
            s = socket.socket(socket.AF_UNIX)
            s.connect(os.environ["SOCKET"])
            s.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: x\r\nLast-Event-ID: 1\r\n\r\n")
            while reads:
                if not s.recv(65536):
                    break
            time.sleep(30 if not reads else 0.2)
            s.close()
        except OSError:
            time.sleep(0.5)

def scrape():
    while True:
        for path in ("/metrics", "/api/v1/status", "/api/v1/agents", "/readyz"):
            try:
                c = http.client.HTTPConnection("127.0.0.1", int(os.environ["PORT"]), timeout=5)
                c.request("GET", path)
                c.getresponse().read()
                c.close()
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.25)

for i in range(20):
    threading.Thread(target=listen, args=(i % 4 != 0,), daemon=True).start()
threading.Thread(target=scrape, daemon=True).start()
while True:
    time.sleep(60)
P
"$PYTHON" "$WORK/files/listeners.py" &
JOBS+=($!)
disown

# One turn, about 6 s: a reload, panes that come and go, a database that goes, or is locked, or both.
turn=0
one_turn() {
  turn=$((turn + 1))
  kill -0 "$pid" 2>/dev/null || fail "the monitor is gone: $(tail -3 "$STATE"/logs/*.log)"
  config "0.$((2 + turn % 2))"
  kill -HUP "$pid"
  for _ in 1 2 3; do new_window s guest "$ORC" __replay claude idle still 0 >/dev/null; done
  sleep 1.5
  for window in $(tmux -L s list-windows -t main: -F '#{window_name} #{window_id}' | sed -n 's/^guest //p'); do
    tmux -L s kill-window -t "$window"
  done
  case $((turn % 4)) in
    0) rm -f "$STATE"/history.db* ;;
    1) rm -f "$STATE"/notify.db* ;;
    2)
      for name in history notify; do
        [ -f "$STATE/$name.db" ] && timeout 3 "$PYTHON" -c "
import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=2)
db.execute('BEGIN EXCLUSIVE')
time.sleep(2)" "$STATE/$name.db" 2>/dev/null &
      done
      ;;
    3) chmod 000 "$STATE/notify.db" 2>/dev/null ;;
  esac
  sleep 3
  chmod 600 "$STATE/notify.db" 2>/dev/null
  sleep 1.5
}
# "descriptors threads kilobytes": the most in some looks, since a reload has both of what it replaces for a moment.
cost() {
  local i fds threads kb most_fds=0 most_threads=0 most_kb=0
  for i in $(seq 12); do
    fds=$(ls "/proc/$pid/fd" | wc -l)
    threads=$(ls "/proc/$pid/task" | wc -l)
    kb=$(awk '/VmRSS/ {print $2}' "/proc/$pid/status")
    [ "$fds" -gt $most_fds ] && most_fds=$fds
    [ "$threads" -gt $most_threads ] && most_threads=$threads
    [ "$kb" -gt $most_kb ] && most_kb=$kb
    sleep 0.25
  done
  echo "$most_fds $most_threads $most_kb"
}
end=$((SECONDS + MINUTES * 60))
# The last 720 rounds are kept, and the allocator's arenas fill: a third of the time warms up.
warm=$((SECONDS + MINUTES * 20))
[ "$MINUTES" -ge 10 ] && warm=$((SECONDS + 240))
while [ $SECONDS -lt $warm ]; do one_turn; done
read -r fds threads kb <<<"$(cost)"
while [ $SECONDS -lt $end ]; do one_turn; done
read -r fds2 threads2 kb2 <<<"$(cost)"
echo "$turn turns, $PANES panes; descriptors $fds -> $fds2, threads $threads -> $threads2, resident $kb -> $kb2 KB"
# Connections of scrapes come and go; listeners that are cut off come again.
[ "$fds2" -le $((fds + 8)) ] || fail "descriptors grew from $fds to $fds2"
[ "$threads2" -le $((threads + 2)) ] || fail "threads grew from $threads to $threads2"
# What a leak of 100 bytes a round and pane would be in half an hour: 36 MB. Here a tenth is room for the allocator, and 4 MB
# for the events that a listener can still ask for (EventLog), which panes that come and go fill in half an hour.
[ "$kb2" -le $((kb + kb / 10 + 4096)) ] || fail "memory grew from $kb to $kb2 KB"
for window in $(tmux -L s list-windows -t main: -F '#{window_name} #{window_id}' | sed -n 's/^p[0-9]* //p'); do tmux -L s kill-window -t "$window"; done
healthy() { "$ORC" health >/dev/null 2>&1; }
well() { ! grep -q 'locked\|unable to open' <<<"$("$ORC" status 2>&1)"; }
wait_for 20 well || fail "a problem stays: $("$ORC" status)"
wait_for 60 healthy || fail "not healthy in the end: $("$ORC" health)"
start=$(date +%s%N)
"$ORC" monitor stop >/dev/null || fail "no stop"
[ $((($(date +%s%N) - start) / 1000000)) -lt 4000 ] || fail "the stop took too long"
