#!/usr/bin/env bash
# The control API: documents, many requests at once, clients that never read or never ask, events that go on where they
# stopped, garbage, TCP with a token.
. "$(dirname "$0")/lib.sh"
start_server a "$ORC" __replay claude waiting still 0
STATE=$HOME/.tmux-orchestrator
mkdir -p "$STATE"
echo 0123456789abcdef-token >"$WORK/files/token"
port=$("$PYTHON" -c "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])")
cat >"$STATE/config.yaml" <<Y
servers:
  - {name: a, socket_name: a}
monitoring:
  check_interval: 0.3
api:
  listen: 127.0.0.1:$port
  token_file: $WORK/files/token
Y
"$ORC" monitor start >/dev/null || fail "no start"
export ORC_BINARY=$ORC SOCKET=$STATE/run/blue/api.sock PORT=$port
cat >"$WORK/files/client.py" <<'P'
import http.client, json, os, socket, subprocess, threading, time

class Unix(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(10)
        self.sock.connect(os.environ["SOCKET"])

def ask(path, method="GET", connection=None, headers={}):
    c = connection or Unix("x")
    c.request(method, path, headers=headers)
    r = c.getresponse()
    return r.status, r.read()

for path in ("status", "snapshot", "agents", "rounds", "health"):
    code, body = ask("/api/v1/" + path)
    assert code == 200, (path, code)
    json.loads(body)
assert json.loads(ask("/api/v1/agents")[1])["agents"][0]["agent"] == "claude"
assert ask("/healthz")[0] == 200 and ask("/readyz")[0] == 200
assert ask("/nowhere")[0] == 404
assert ask("/api/v1/status", "DELETE")[0] == 405
time.sleep(0.7)  # at least two rounds
assert len(json.loads(ask("/api/v1/rounds?last=2")[1])["rounds"]) == 2
keep = Unix("x")
assert [ask("/readyz", connection=keep)[0] for _ in range(3)] == [200] * 3

# TCP: only with the token.
def tcp(headers):
    return ask("/api/v1/status", connection=http.client.HTTPConnection("127.0.0.1", int(os.environ["PORT"])), headers=headers)[0]
assert tcp({}) == 401
assert tcp({"Authorization": "Bearer 0123456789abcdef-tokeN"}) == 401
assert tcp({"Authorization": "Bearer 0123456789abcdef-token"}) == 200

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
for garbage in (b"\0" * 100, b"GET\r\n\r\n", b"X" * 100000, b"GET / HTTP/9.9\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n"):
    s = socket.socket(socket.AF_UNIX)
    s.connect(os.environ["SOCKET"])
    try:
        s.sendall(garbage)
    except OSError:
        pass
    s.close()
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
def listen(last=None):
    c = Unix("x")
    c.request("GET", "/api/v1/events", headers={"Last-Event-ID": last} if last else {})
    return c.getresponse()
def next_event(r):
    event = {}
    while True:
        line = r.readline().decode().rstrip("\n")
        if line.startswith(":"): continue
        if line: event[line.split(": ", 1)[0]] = line.split(": ", 1)[1]
        elif event: return event
r = listen()
orc = os.environ["ORC_BINARY"]
pane = lambda *words: subprocess.run(["tmux", "-L", "a", *words, orc, "__replay", "codex", "idle", "still", "0"], check=True)
pane("new-window", "-d", "-t", "main:")
first = next_event(r)
assert json.loads(first["data"])["to"]["agent"] == "codex", first
r.close()
pane("new-window", "-d", "-t", "main:")
time.sleep(1)
again = next_event(listen(first["id"]))
assert int(again["id"]) == int(first["id"]) + 1, (first, again)
assert json.loads(again["data"])["pane"] != json.loads(first["data"])["pane"]
print("well", round(time.time() - start, 1))
P
run "$PYTHON" "$WORK/files/client.py"
exit_is 0
out_has '^well'
run "$ORC" health --json
json "d['lines'][0]['name'] == 'Last round' and d['lines'][0]['level'] == 'ok'"
"$ORC" monitor stop >/dev/null
[ ! -e "$SOCKET" ] || fail "the socket is left"
