#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# docs/openapi.yaml against a real daemon: every route is there and answers with each of its codes, every answer fits its
# schema and has no field that the schema does not name, and the daemon has no route that the document lacks.
. "$(dirname "$0")/lib.sh"
PY=""
for candidate in "$PYTHON" /usr/bin/python3; do
  "$candidate" -c 'import jsonschema, yaml; jsonschema.Draft202012Validator' 2>/dev/null && PY=$candidate && break
done
if [ -z "$PY" ]; then
  echo "SKIPPED: python3-jsonschema or python3-yaml is not installed"
  exit 0
fi
start_server a "$ORC" __replay claude waiting still 0
new_window a worker "$ORC" __replay codex working still 0 >/dev/null
STATE=$HOME/.tmux-orchestrator
mkdir -p "$STATE"
echo 0123456789abcdef-token >"$WORK/files/token"
port=$(free_ports 1)
config() {  # INTERVAL TOKEN_FILE
  cat >"$STATE/config.yaml" <<Y
servers:
  - {name: a, socket_name: a}
  - {name: absent, socket_name: absent}
monitoring:
  check_interval: $1
api:
  listen: 127.0.0.1:$port
  token_file: $2
  allow_local_users: true
Y
}
export ORC_BINARY=$ORC SOCKET=$STATE/run/blue/api.sock PORT=$port SOURCE SEEN=$WORK/files/seen CONFIG=$STATE/config.yaml
cat >"$WORK/files/common.py" <<'P'
import copy, http.client, json, os, pathlib, re, socket, subprocess, time
import yaml
from jsonschema import Draft202012Validator
from unix_http import Unix
tcp = lambda: http.client.HTTPConnection("127.0.0.1", int(os.environ["PORT"]), timeout=10)

source = pathlib.Path(os.environ["SOURCE"])
doc = yaml.safe_load((source / "docs/openapi.yaml").read_text())

# The document lets answers grow, so that clients do; this test does not, so that the document does.
def parts(schema):
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key == "allOf": yield from (s["$ref"] for s in value if "$ref" in s)
            yield from parts(value)
    elif isinstance(schema, list):
        for s in schema: yield from parts(s)
def close(schema, is_part=False):
    if isinstance(schema, list):
        for s in schema: close(s)
    elif isinstance(schema, dict):
        for key, value in list(schema.items()):
            if key == "properties":
                for s in value.values(): close(s)
            elif key == "allOf":
                for s in value: close(s, True)
            else: close(value)
        if ("properties" in schema or "allOf" in schema) and not is_part: schema["unevaluatedProperties"] = False
mixins = set(parts(doc))
for name, schema in doc["components"]["schemas"].items():
    Draft202012Validator.check_schema(schema)
    close(schema, "#/components/schemas/" + name in mixins)
close(doc["components"]["responses"])

def fits(value, schema, what):
    errors = list(Draft202012Validator({**schema, "components": doc["components"]}).iter_errors(value))
    assert not errors, f"{what}: {errors[0].message[:300]} at {list(errors[0].absolute_path)}"

def response_of(spec, code):
    response = spec["responses"].get(str(code))
    assert response, f"{spec['operationId']}: {code} is not in the document"
    return doc["components"]["responses"][response["$ref"].split("/")[-1]] if "$ref" in response else response

def check(method, path, spec, connection=None, headers={}, body=None):
    c = connection or Unix()
    c.request(method.upper(), path, headers=headers, body=body)
    r = c.getresponse()
    kind, text = r.getheader("Content-Type").split(";")[0], ""
    response = response_of(spec, r.status)
    content = response["content"]
    assert kind in content, (path, r.status, kind)
    for name, header in response.get("headers", {}).items(): fits(r.getheader(name), header["schema"], f"{path} {name}")
    if kind != "text/event-stream": text = r.read().decode()
    if kind == "application/json": fits(json.loads(text), content[kind]["schema"], f"{method} {path} {r.status}")
    with open(os.environ["SEEN"], "a") as f: f.write(f"{spec['operationId']} {r.status}\n")
    return r.status, text

# What the page alone asks for is tests/e2e/page.sh's.
doc["paths"] = {path: methods for path, methods in doc["paths"].items() if "x-page" not in methods}
operations = [(path, method, spec) for path, methods in doc["paths"].items() for method, spec in methods.items()]
P

# While tmux hangs the first round lasts, and nothing is known yet. That is no reason to call the daemon unwell. There is
# no token: on TCP web pages are refused.
cat >"$WORK/files/early.py" <<'P'
from common import *

assert json.loads(check("get", "/api/v1/status", doc["paths"]["/api/v1/status"]["get"])[1])["snapshot"] is None
for path, method, spec in operations:
    code = check(method, path, spec)[0]
    assert code == (503 if path in ("/api/v1/snapshot", "/api/v1/agents", "/api/v1/usage", "/readyz") else 202 if method == "post" else 200), (path, code)
    assert check(method, path, spec, tcp(), {"Host": "evil.example"})[0] == 403, path
    assert check(method, path, spec, tcp(), {"Origin": "http://evil.example"})[0] == 403, path
assert json.loads(check("get", "/api/v1/status", doc["paths"]["/api/v1/status"]["get"])[1])["last_round_age_s"] < 30
print("well")
P
config 40 '""'  # the round's time is half of it: enough for all of these questions on a busy machine
pid=$(server_pid a)
STOPPED+=("$pid")
kill -STOP "$pid"
"$ORC" monitor start >/dev/null &
JOBS+=($!)
wait_for 10 [ -S "$SOCKET" ] || fail "no socket before the first round"
run "$PY" "$WORK/files/early.py"
kill -CONT "$pid"
exit_is 0
out_has '^well'
wait "${JOBS[-1]}" || fail "no start"
unset 'JOBS[-1]'

config 0.3 "$WORK/files/token"
"$ORC" monitor restart >/dev/null || fail "no restart"
after_looks 3
cat >"$WORK/files/client.py" <<'P'
from common import *

# The test itself: a field that is missing, of another type, or that nobody knows is found.
def fails(value, name):
    try: fits(value, {"$ref": "#/components/schemas/" + name}, "")
    except AssertionError: return True
assert fails({}, "Ready") and fails({"ready": 1}, "Ready") and fails({"ready": True, "more": 1}, "Ready")
good = json.loads(check("get", "/api/v1/agents", doc["paths"]["/api/v1/agents"]["get"])[1])
assert len(good["agents"]) == 2
for spoil in (lambda a: a.update(more=1), lambda a: a.pop("state"), lambda a: a.update(role="boss")):
    bad = copy.deepcopy(good)
    spoil(bad["agents"][0])
    assert fails(bad, "Agents")

# Every route, over both ways in; without the token only what the document says needs none.
token = {"Authorization": "Bearer 0123456789abcdef-token"}
for path, method, spec in operations:
    expected = 202 if method == "post" else 200
    assert check(method, path, spec)[0] == expected, path
    assert check(method, path, spec, tcp(), token)[0] == expected, path
    assert check(method, path, spec, tcp())[0] == (expected if spec.get("security") == [{}] else 401), path
    if method == "post": assert check(method, path, spec, body=b"x" * 70000)[0] == 413, path
assert len(operations) == 14
rounds = doc["paths"]["/api/v1/rounds"]["get"]
for wrong in ("abc", "-1"): assert check("get", "/api/v1/rounds?last=" + wrong, rounds)[0] == 400, wrong

seen = doc["paths"]["/api/v1/seen"]["post"]
for wrong in ("%zz", "%2", "a%"): assert check("post", "/api/v1/seen?target=" + wrong, seen)[0] == 400, wrong

# HEAD where GET is: the same header, no body before the next answer. Other methods: refused, and which would do.
for path, methods in doc["paths"].items():
    known = {m.upper() for m in methods} | ({"HEAD"} if "get" in methods else set())
    if "get" in methods:
        c = Unix()
        head, length = None, None
        for method in ("HEAD", "GET"):
            c.request(method, path)
            r = c.getresponse()
            head = head or (r.status, r.getheader("Content-Type"))
            length = length or r.getheader("Content-Length")
            assert head == (r.status, r.getheader("Content-Type")), (method, path, r.status)
            if method == "HEAD": assert (length is None) == (path == "/api/v1/events") and r.read() == b"", (path, length)
            elif path in ("/healthz", "/readyz"): assert len(r.read()) == int(length), path
            else: r.close()
    for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"} - known:
        c = Unix()
        c.request(method, path)
        r = c.getresponse()
        assert r.status == 405 and set(r.getheader("Allow").split(", ")) == known, (method, path, r.status, r.getheader("Allow"))
        text = r.read()
        if method != "HEAD": fits(json.loads(text), {"$ref": "#/components/schemas/Error"}, path)

metrics = doc["paths"]["/metrics"]["get"]
assert check("get", "/metrics", metrics, headers={"Accept": "application/openmetrics-text"})[1].endswith("# EOF\n")
assert len(json.loads(check("get", "/api/v1/rounds?last=2", rounds)[1])["rounds"]) == 2
code = (source / "src/daemon/routes.cc").read_text()  # the page's stand in a file of their own
routes = {a or b for a, b in re.findall(r'(?:get|post)\("(/[^"]*)"|\{"(?:GET|POST)", "(/[^"]*)"', code)}
assert routes and routes == set(doc["paths"]), routes ^ set(doc["paths"])

# Errors have one form.
def raw(method, path, body=None, connection=None):
    c = connection or Unix()
    c.request(method, path, body=body)
    r = c.getresponse()
    return r.status, json.loads(r.read())
assert raw("GET", "/nowhere")[0] == 404
def bytes_answer(data):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(10)
    s.connect(os.environ["SOCKET"])
    s.sendall(data)
    r = http.client.HTTPResponse(s)
    r.begin()
    return r.status, json.loads(r.read())
malformed, long_header = bytes_answer(b"no HTTP\r\n\r\n"), bytes_answer(b"GET / HTTP/1.1\r\nX: " + b"x" * 20000)
assert malformed[0] == 400 and long_header[0] == 431
for code, answer in (raw("GET", "/nowhere"), malformed, long_header):
    fits(answer, {"$ref": "#/components/schemas/Error"}, code)

# Events: an agent that comes and one that goes.
def next_event(r):
    event = {}
    while True:
        line = r.readline().decode().rstrip("\n")
        if line.startswith(":"): continue
        if line: event[line.split(": ", 1)[0]] = line.split(": ", 1)[1]
        elif event: return event
events = doc["paths"]["/api/v1/events"]["get"]
transition = events["responses"]["200"]["content"]["text/event-stream"]["x-event-data"]
c = Unix()
c.request("GET", "/api/v1/events")
r = c.getresponse()
assert r.status == 200 and r.getheader("Content-Type") == "text/event-stream"
tmux = lambda *words: subprocess.run(["tmux", "-L", "a", *words], check=True, capture_output=True, text=True).stdout.strip()
pane = tmux("new-window", "-d", "-P", "-F", "#{pane_id}", "-t", "main:", os.environ["ORC_BINARY"], "__replay", "codex", "idle", "still", "0")
first = next_event(r)
assert first["event"] == "transition" and int(first["id"]) > 0, first
fits(json.loads(first["data"]), transition, "event")
tmux("kill-pane", "-t", pane)
while True:
    data = json.loads(next_event(r)["data"])
    fits(data, transition, "event")
    if data["gone"]: break
c = Unix()
c.request("GET", "/api/v1/events", headers={"Last-Event-ID": "1"})
assert next_event(c.getresponse())["event"] == "reset"
open_streams = []
for _ in range(128):
    open_streams.append(Unix())
    open_streams[-1].request("GET", "/api/v1/events")
assert check("get", "/api/v1/events", events)[0] == 503
for c in open_streams: c.close()

# Critical: a round takes longer than no time at all.
with open(os.environ["CONFIG"], "a") as f: f.write("thresholds:\n  cycle_time: {target: 0, alert: 0}\n")
until = time.time() + 20
while check("get", "/healthz", doc["paths"]["/healthz"]["get"])[0] != 503: assert time.time() < until

# Nothing is in the document that was not seen.
seen = {tuple(line.split()) for line in open(os.environ["SEEN"])}
written = {(spec["operationId"], code) for path, method, spec in operations for code in spec["responses"]}
assert seen == written, written - seen
print("well")
P
run "$PY" "$WORK/files/client.py"
exit_is 0
out_has '^well'
"$ORC" monitor stop >/dev/null
