#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Nobody outside brings the monitor down: clients that are slow, silent or many, pipes that end, few descriptors, titles
# and names of a megabyte.
. "$(dirname "$0")/lib.sh"
start_server a "$ORC" __replay claude waiting still 0
STATE=$HOME/.tmux-orchestrator
mkdir -p "$STATE"
port=$(free_ports 1)
cat >"$STATE/config.yaml" <<Y
servers:
  - {name: a, socket_name: a}
monitoring:
  check_interval: 0.3
api:
  listen: 127.0.0.1:$port
  allow_local_users: true
Y
export SOCKET=$STATE/run/blue/api.sock PORT=$port ORC_BINARY=$ORC
cat >"$WORK/files/slow.py" <<'P'
import http.client, os, socket, subprocess, threading, time

# 600 clients that send a byte twice a second, from the address of one that is honest. It is served all the same.
stop = False
sent = 0
def slow():
    global sent
    s = None
    while not stop:
        try:
            if s is None:
                s = socket.create_connection(("127.0.0.1", int(os.environ["PORT"])), timeout=5)
                s.sendall(b"GET /metrics HT")
            s.send(b"x")
            sent += 1
        except OSError:
            s = None
        time.sleep(0.5)
threads = [threading.Thread(target=slow) for _ in range(600)]
for t in threads: t.start()
time.sleep(1)
served = 0
for _ in range(10):
    try:
        c = http.client.HTTPConnection("127.0.0.1", int(os.environ["PORT"]), timeout=5)
        c.request("GET", "/metrics")
        served += c.getresponse().status == 200
    except OSError:
        pass  # it was the oldest at a bad moment: the next scrape is well
    time.sleep(0.3)
stop = True
for t in threads: t.join()
assert sent > 600 and served >= 9, (sent, served)

# One that does not end its header is put out after 2 s, whatever it sends.
s = socket.create_connection(("127.0.0.1", int(os.environ["PORT"])), timeout=10)
start = time.time()
try:
    while time.time() - start < 9:
        s.send(b"x")
        time.sleep(0.2)
except OSError:
    pass
assert 1.5 < time.time() - start < 8, time.time() - start

# 256 silent ones on the socket: commands get through.
silent = []
for _ in range(256):
    s = socket.socket(socket.AF_UNIX)
    s.connect(os.environ["SOCKET"])
    silent.append(s)
time.sleep(0.5)
for _ in range(3):
    done = subprocess.run([os.environ["ORC_BINARY"], "status"], capture_output=True, text=True, timeout=10)
    assert "look of our own" not in done.stderr and done.returncode == 0, done
print("well")
P
"$ORC" monitor start >/dev/null || fail "no start"
run "$PYTHON" "$WORK/files/slow.py"
exit_is 0
out_has '^well'

# A title of a megabyte, of letters and, eight times, of what tmux takes for a style: none is carried anywhere.
cat >"$WORK/files/title.sh" <<'S'
printf '\033]2;%s\007' "$(head -c 1000000 /dev/zero | tr '\0' x)"
sleep 1000
S
cat >"$WORK/files/style.sh" <<'S'
printf '\033]2;#[%s]\007' "$(head -c 1000000 /dev/zero | tr '\0' y)"
sleep 1000
S
cat >"$WORK/files/events.py" <<'P'
import os, socket, time
s = socket.socket(socket.AF_UNIX)
s.connect(os.environ["SOCKET"])
s.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: x\r\nLast-Event-ID: 1\r\n\r\n")
s.settimeout(2)
got = 0
try:
    while part := s.recv(65536): got += len(part)
except TimeoutError:
    pass
assert got < 100000, got
P
for _ in 1 2 3 4 5 6 7 8; do tmux -L a new-window -d -n style "bash $WORK/files/style.sh"; done
tmux -L a new-window -d -n title "bash $WORK/files/title.sh"
tmux -L a rename-window -t a:title "$(head -c 100000 /dev/zero | tr '\0' w)" 2>/dev/null
tmux -L a new-window -d -n claude "printf '\033]2;%s\007' \"\$(head -c 1000000 /dev/zero | tr '\0' x)\"; exec $ORC __replay claude idle still 0"
after_looks 4
"$ORC" status --json >"$WORK/files/status.json" || fail "no status"
[ "$(stat -c %s "$WORK/files/status.json")" -lt 60000 ] || fail "status has $(stat -c %s "$WORK/files/status.json") bytes"
"$PYTHON" -c "
import json, sys
s = json.load(open('$WORK/files/status.json'))
text = json.dumps(s)
assert 'y' * 300 not in text and 'x' * 300 not in text and 'w' * 300 not in text
assert s['round']['bytes'] < 100000, s['round']
assert all(server['reachable'] and server['transport'] == 'native' for server in s['servers']), s['servers']
" || fail "a megabyte is carried along"
run "$PYTHON" "$WORK/files/events.py"
exit_is 0
"$ORC" monitor stop >/dev/null || fail "no stop"

# Pipes that end: a supervisor's log, and a launcher that was killed while the first round was under way.
mkfifo "$WORK/files/log"
("$ORC" monitor run --supervised 2>"$WORK/files/log") &
JOBS+=($!)
head -n 1 <"$WORK/files/log" >/dev/null
is_up() { "$ORC" monitor status >/dev/null 2>&1; }
wait_for 10 is_up || fail "no monitor without its log's reader"
tmux -L a new-window -d "$ORC" __replay codex idle still 0  # something to log
after_looks 4
is_up || fail "the end of the log's pipe was the monitor's"
"$ORC" monitor stop >/dev/null || fail "no stop"
tmux_pid=$(tmux -L a display-message -p '#{pid}')
kill -STOP "$tmux_pid"
STOPPED+=("$tmux_pid")
"$ORC" monitor start >/dev/null 2>&1 &
launcher=$!
has_lock() { kill -0 "$(cut -d' ' -f1 "$STATE/run/blue/lock")" 2>/dev/null; }  # the file names the last holder still
wait_for 20 has_lock || fail "the monitor does not start"
sleep 0.5
kill -KILL "$launcher"
kill -CONT "$tmux_pid"
wait_for 10 is_up || fail "a launcher that was killed took the monitor along"
"$ORC" monitor stop >/dev/null || fail "no stop"

# 32 descriptors and 40 listeners: rounds go on.
(ulimit -n 32 && exec "$ORC" monitor start >/dev/null) || fail "no start with 32 descriptors"
cat >"$WORK/files/few.py" <<'P'
import http.client, json, os, socket, time
listeners = []
for i in range(40):
    s = socket.socket(socket.AF_UNIX)
    s.setblocking(False)
    try:
        s.connect(os.environ["SOCKET"])
        s.send(b"GET /api/v1/events HTTP/1.1\r\nHost: x\r\n\r\n")
    except OSError:
        pass
    listeners.append(s)
time.sleep(2)
c = http.client.HTTPConnection("x")
c.sock = socket.socket(socket.AF_UNIX)
c.sock.settimeout(10)
c.sock.connect(os.environ["SOCKET"])
c.request("GET", "/api/v1/status")
s = json.loads(c.getresponse().read())
assert s["last_round_age_s"] < 2 and s["snapshot"]["servers"][0]["reachable"], s["snapshot"]["servers"]
assert not s["problems"] and s["process"]["descriptors"] <= 32, s
print("well")
P
run "$PYTHON" "$WORK/files/few.py"
exit_is 0
out_has '^well'
"$ORC" monitor stop >/dev/null
