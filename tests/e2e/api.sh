#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The control API: documents, many requests at once, clients that never read or never ask, events that go on where they
# stopped, over a restart too, garbage, TCP with a token, and without one for loopback names only.
. "$(dirname "$0")/lib.sh"
start_server a "$ORC" __replay claude waiting still 0
STATE=$HOME/.tmux-orchestrator
mkdir -p "$STATE"
echo 0123456789abcdef-token >"$WORK/files/token"
port=$(free_ports 1)
config() {
  cat >"$STATE/config.yaml" <<Y
servers:
  - {name: a, socket_name: a}
monitoring:
  check_interval: 0.3
api:
  listen: 127.0.0.1:$port
  $1
Y
}
config "token_file: $WORK/files/token"
"$ORC" monitor start >/dev/null || fail "no start"
export ORC_BINARY=$ORC SOCKET=$STATE/run/blue/api.sock PORT=$port
cat >"$WORK/files/common.py" <<'P'
import http.client, json, os, resource, socket, subprocess, threading, time
from unix_http import Unix

def tcp(): return http.client.HTTPConnection("127.0.0.1", int(os.environ["PORT"]), timeout=10)

def answer(path, method="GET", connection=None, headers={}):
    c = connection or Unix()
    c.request(method, path, headers=headers)
    r = c.getresponse()
    r.text = r.read()
    return r
def ask(*args, **words):
    r = answer(*args, **words)
    return r.status, r.text

# What comes for these bytes, until the other side closes.
def raw(data):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(10)
    s.connect(os.environ["SOCKET"])
    try:
        s.sendall(data)
        s.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # refused before it was all sent
    out = b""
    while part := s.recv(65536): out += part
    s.close()
    return out.decode()

def listen(last=None, connection=None, headers={}):
    c = connection or Unix()
    c.request("GET", "/api/v1/events", headers={**headers, **({"Last-Event-ID": last} if last else {})})
    return c.getresponse()
def next_event(r):
    event = {}
    while True:
        line = r.readline().decode().rstrip("\n")
        if line.startswith(":"): continue
        if line: event[line.split(": ", 1)[0]] = line.split(": ", 1)[1]
        elif event: return event

def new_pane():
    subprocess.run(["tmux", "-L", "a", "new-window", "-d", "-t", "main:", os.environ["ORC_BINARY"], "__replay", "codex", "idle",
                    "still", "0"], check=True)
P
cat >"$WORK/files/client.py" <<'P'
from common import *

# Who goes on sending after he was refused is cut off in the end, however slowly he sends.
slow_end = []
def send_slowly():
    s = socket.socket(socket.AF_UNIX)
    s.connect(os.environ["SOCKET"])
    s.sendall(b"POST /api/v1/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n")
    start = time.time()
    try:
        while time.time() - start < 30:
            s.send(b"x")
            time.sleep(0.5)
    except OSError:
        pass
    slow_end.append(time.time() - start)
slow = threading.Thread(target=send_slowly)
slow.start()

for path in ("status", "snapshot", "agents", "usage", "rounds", "health"):
    code, body = ask("/api/v1/" + path)
    assert code == 200, (path, code)
    json.loads(body)
assert json.loads(ask("/api/v1/agents")[1])["agents"][0]["agent"] == "claude"
assert ask("/healthz")[0] == 200 and ask("/readyz")[0] == 200
assert ask("/nowhere")[0] == 404
for method, path, allow in (("DELETE", "/api/v1/status", "GET, HEAD"), ("GET", "/api/v1/reload", "POST"),
                            ("HEAD", "/api/v1/reload", "POST"), ("PUT", "/api/v1/rounds", "GET, HEAD, POST"),
                            ("POST", "/api/v1/events", "GET, HEAD"), ("POST", "/metrics", "GET, HEAD")):
    r = answer(path, method)
    assert r.status == 405 and r.getheader("Allow") == allow, (method, path, r.status, r.getheader("Allow"))
    assert bool(r.text) == (method != "HEAD")
time.sleep(0.7)  # at least two rounds
assert len(json.loads(ask("/api/v1/rounds?last=2")[1])["rounds"]) == 2
assert json.loads(ask("/api/v1/rounds?last=0")[1]) == {"rounds": []}
for wrong in ("abc", "-1", "", "2x", "1.5", "99999999999999999999999"):
    code, body = ask("/api/v1/rounds?last=" + wrong)
    assert code == 400 and "whole number" in json.loads(body)["error"], (wrong, code, body)
keep = Unix()
assert [ask("/readyz", connection=keep)[0] for _ in range(3)] == [200] * 3

# HEAD: GET's header, and nothing after it; what comes next on the connection is the next answer.
both = raw(b"HEAD /readyz HTTP/1.1\r\nHost: x\r\n\r\nHEAD /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"
           b"HEAD /api/v1/events HTTP/1.1\r\nHost: x\r\n\r\nGET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
first, second, third, fourth, body = both.split("\r\n\r\n")
assert first.startswith("HTTP/1.1 200 ") and f"Content-Length: {len(body)}" in first, first
assert second.startswith("HTTP/1.1 404 ") and "Content-Length: 24" in second, second
assert third.startswith("HTTP/1.1 200 ") and "Content-Type: text/event-stream" in third and "Length" not in third, third
assert fourth.startswith("HTTP/1.1 200 ") and json.loads(body) == {"ready": True}

# TCP: only with the token.
refused = answer("/api/v1/status", connection=tcp())
assert refused.status == 401 and refused.getheader("WWW-Authenticate") == "Bearer"
def status_with(token): return ask("/api/v1/status", connection=tcp(), headers={"Authorization": "Bearer " + token})[0]
assert status_with("0123456789abcdef-tokeN") == 401
token = {"Authorization": "Bearer 0123456789abcdef-token"}
assert ask("/api/v1/status", connection=tcp(), headers=token)[0] == 200
# With a token any name will do, and a page that has it may ask.
assert ask("/readyz", connection=tcp(), headers={**token, "Host": "far.example", "Origin": "http://far.example"})[0] == 200

# Listeners on TCP: some, and the others are told that there are too many. Whatever they do, the socket is free.
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
room = min(512, (4096 if hard < 0 else min(4096, hard)) // 8) * 7 // 8  # of one address: src/api/bounds.h
streams = []
for i in range(room + 100):
    if i % 100 == 0: time.sleep(0.1)  # what waits to be accepted has its bounds, too
    s = socket.socket()
    s.setblocking(False)
    s.connect_ex(("127.0.0.1", int(os.environ["PORT"])))
    streams.append(s)
time.sleep(0.5)
text = b"GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer 0123456789abcdef-token\r\n\r\n"
for s in streams:
    try:
        s.send(text)
    except OSError:
        pass  # waits in the backlog
time.sleep(1)
for _ in range(5): assert ask("/readyz")[0] == 200
health = subprocess.run([os.environ["ORC_BINARY"], "health", "--json"], capture_output=True, text=True, timeout=10)
assert "look of our own" not in health.stderr and json.loads(health.stdout)["lines"], health
def got(s):
    try:
        return s.recv(100)[9:12]
    except OSError:
        return b""
codes = [b""] * len(streams)
until = time.time() + 8
while time.time() < until and codes.count(b"200") + codes.count(b"503") < room:
    codes = [code or got(s) for code, s in zip(codes, streams)]
    time.sleep(0.1)
# One address has seven eighths of what there is: the last of them, half of those as streams. The rest is for others.
assert codes.count(b"200") == room // 2 and codes.count(b"503") == room // 2, {c: codes.count(c) for c in codes}
other = http.client.HTTPConnection("127.0.0.1", int(os.environ["PORT"]), timeout=10, source_address=("127.0.0.2", 0))
assert answer("/readyz", connection=other, headers=token).status == 200
for s in streams: s.close()
def tcp_is_free():
    try:
        return answer("/readyz", connection=tcp(), headers=token).status == 200
    except OSError:
        return False
until = time.time() + 15
while not tcp_is_free(): assert time.time() < until
# The socket's own listeners are bounded too, so that commands get through.
streams = [listen() for _ in range(129)]
assert [r.status for r in streams] == [200] * 128 + [503]
assert ask("/readyz")[0] == 200
for r in streams: r.close()

# Clients that connect and never ask, never read, or send garbage.
silent = [socket.socket(socket.AF_UNIX) for _ in range(50)]
for s in silent:
    s.connect(os.environ["SOCKET"])
unread = [socket.socket(socket.AF_UNIX) for _ in range(50)]
for s in unread:
    s.connect(os.environ["SOCKET"])
    s.setblocking(False)
    try:
        s.send(b"GET /api/v1/rounds?last=720 HTTP/1.1\r\nHost: x\r\n\r\n" * 40)
    except BlockingIOError:
        pass
for garbage, code in ((b"\0" * 100, 400), (b"GET\r\n\r\n", 400), (b"X" * 100000, 431), (b"GET / HTTP/9.9\r\n\r\n", 400),
                      (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400), (b"GET / HTT", 400),
                      (b"GET / HTTP/1.1\r\nX: " + b"x" * 20000 + b"\r\n\r\n", 431),
                      (b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", 413)):
    text = raw(garbage)
    assert text.startswith(f"HTTP/1.1 {code} ") and json.loads(text.split("\r\n\r\n")[1])["error"], (garbage[:30], text)
head = raw(b"HEAD / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n")
assert head.startswith("HTTP/1.1 413 ") and head.endswith("\r\n\r\n"), head
assert raw(b"") == ""
# Bodies: where no route reads one they are refused before they come, and in chunks everywhere.
for extra, code in ((b"Content-Length: 2\r\n\r\n{}", 413), (b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
                    (b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: " + b"x" * 70000 + b"\r\n\r\n", 411),
                    (b"Transfer-Encoding: chunked\r\n\r\n5;" + b"x" * 300000 + b"\r\nhello\r\n0\r\n\r\n", 411)):
    text = raw(b"POST /api/v1/reload HTTP/1.1\r\nHost: x\r\n" + extra)
    assert text.startswith(f"HTTP/1.1 {code} "), (extra[:50], text)
assert ask("/readyz")[0] == 200

# 1000 requests at once.
codes = []
def one():
    try:
        codes.append(ask("/api/v1/status")[0])
    except Exception as e:
        codes.append(repr(e))
threads = [threading.Thread(target=one) for _ in range(1000)]
start = time.time()
for t in threads: t.start()
for t in threads: t.join()
assert codes == [200] * 1000, [c for c in codes if c != 200][:3]
for s in silent + unread: s.close()

# Events: as they happen, and from where a listener stopped.
r = listen()
new_pane()
first = next_event(r)
assert json.loads(first["data"])["to"]["agent"] == "codex", first
r.close()
new_pane()
time.sleep(1)
again = next_event(listen(first["id"]))
assert int(again["id"]) == int(first["id"]) + 1, (first, again)
assert json.loads(again["data"])["pane"] != json.loads(first["data"])["pane"]
# A number that was not given yet, or is none: told at once, and then what is new.
# (A slow machine sees the new pane twice: before its agent has painted, and then.)
for strange in (str(int(again["id"]) + 1000), "99999999999999999999999", "abc"):
    r = listen(strange)
    lost = next_event(r)
    assert lost["event"] == "reset" and lost["data"] == "{}", (strange, lost)
    assert int(again["id"]) <= int(lost["id"]) < int(again["id"]) + 1000, (strange, lost)
new_pane()
assert int(next_event(r)["id"]) == int(lost["id"]) + 1
slow.join()
assert 5 < slow_end[0] < 15, slow_end
print("well", again["id"])
P
run "$PYTHON" "$WORK/files/client.py"
exit_is 0
out_has '^well'
last=${OUT#well }
run "$ORC" health --json
json "d['lines'][0]['name'] == 'Last round' and d['lines'][0]['level'] == 'ok'"

# A change of what is read at the start only is told, and what to do; undone, it is no problem any more.
told() { "$ORC" status --json | grep -q 'api.listen or api.token_file was changed.*monitor restart'; }
not_told() { ! told; }
told && fail "a change is told that is none"
config "allow_local_users: true"
wait_for 10 told || fail "a changed token_file is not told"
config "token_file: $WORK/files/token"
wait_for 10 not_told || fail "the change is undone and still told"

# After a restart nothing is kept: whoever listened before is told so at once. Without a token.
config "allow_local_users: true"
"$ORC" monitor restart >/dev/null || fail "no restart"
cat >"$WORK/files/restarted.py" <<'P'
import sys
from common import *

r = listen(sys.argv[1])
lost = next_event(r)
assert lost["event"] == "reset" and int(lost["id"]) > int(sys.argv[1]), lost
r = listen(lost["id"])  # who was told is not told again
new_pane()
assert next_event(r)["event"] == "transition"
# On TCP only who calls us by a loopback name, and no web page, is answered.
def code(headers, path="/api/v1/status", method="GET"): return ask(path, method, tcp(), headers)[0]
port = os.environ["PORT"]
for host in ("localhost", "localhost:" + port, "LOCALHOST", "127.0.0.1:" + port, "127.9.9.9", "[::1]:" + port):
    assert code({"Host": host}) == 200, host
for host in ("evil.example", "evil.example:" + port, "localhost.evil.example", "127.0.0.1.evil.example", "192.168.0.1", ""):
    for path in ("/api/v1/status", "/api/v1/events", "/metrics", "/healthz"):
        assert code({"Host": host}, path) == 403, (host, path)
for origin in ("http://evil.example", "http://localhost:" + port, "null"):
    assert code({"Origin": origin}) == 403, origin
    assert code({"Origin": origin}, "/api/v1/reload", "POST") == 403, origin
assert code({}, "/api/v1/rounds", "POST") == 202
# On the socket names say nothing.
assert ask("/readyz", headers={"Host": "evil.example", "Origin": "null"})[0] == 200
print("well")
P
run "$PYTHON" "$WORK/files/restarted.py" "$last"
exit_is 0
out_has '^well'
"$ORC" monitor stop >/dev/null
[ ! -e "$SOCKET" ] || fail "the socket is left"
