#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# GET /metrics: valid for promtool, counters that only grow (over a reload too), a hostile session's name, OpenMetrics, a
# server that hangs; and the alert rules and the dashboard, which may only ask for what is served.
. "$(dirname "$0")/lib.sh"
start_server a "$ORC" __replay claude waiting still 0
tmux -L a new-session -d -x 120 -y 40 -s $'x"} 1\\nevil_metric{a="' "$ORC" __replay codex idle still 0
STATE=$HOME/.tmux-orchestrator
mkdir -p "$STATE"
echo 0123456789abcdef-token >"$WORK/files/token"
port=$(free_ports 1)
config() {
  cat >"$STATE/config.yaml" <<Y
servers:
  - {name: a, socket_name: a}
monitoring:
  check_interval: $1
api:
  listen: 127.0.0.1:$port
  token_file: $WORK/files/token
notifications:
  startup_grace: 0
  channels:
    - {name: good, type: command, command: ["true"]}
    - {name: bad, type: command, command: ["false"]}
Y
}
config 0.3
"$ORC" monitor start >/dev/null || fail "no start"
after_looks 4
export SOCKET=$STATE/run/blue/api.sock PORT=$port FILES=$WORK/files SOURCE ORC
cat >"$WORK/files/client.py" <<'P'
import http.client, json, math, os, pathlib, re, socket, subprocess, sys, time
from unix_http import Unix

def ask(headers={}, connection=None):
    c = connection or Unix()
    c.request("GET", "/metrics", headers=headers)
    r = c.getresponse()
    return r.status, r.getheader("Content-Type"), r.read().decode()

def tcp(): return http.client.HTTPConnection("127.0.0.1", int(os.environ["PORT"]))

SERIES = re.compile(r'^([a-zA-Z_][a-zA-Z0-9_]*)(\{(?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)*\})? (\S+)$')
def series(text):
    out = {}
    for line in text.splitlines():
        if line.startswith("#"): continue
        m = SERIES.match(line)
        assert m, line
        assert m[1] + (m[2] or "") not in out, "twice: " + line
        out[m[1] + (m[2] or "")] = float(m[3])
    return out
def types(text): return dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))

code, kind, first = ask()
assert code == 200 and kind.startswith("text/plain; version=0.0.4"), (code, kind)
a = series(first)
assert a['tmux_orc_agents{role="agent",server="a",session="main",state="waiting"}'] == 1
assert a['tmux_orc_longest_wait_seconds{server="a",session="main"}'] >= 0
assert a['tmux_orc_server_reachable{server="a"}'] == 1 and a["tmux_orc_panes"] == 2
assert a['tmux_orc_active_environment{environment="blue"}'] == 1
assert types(first)["tmux_orc_cycle_duration_seconds"] == types(first)["tmux_orc_phase_duration_seconds"] == "histogram"
# The round and its parts are two metrics, so that a sum over the one does not count a round twice.
assert a["tmux_orc_cycle_duration_seconds_count"] >= 1
for phase in ("list", "capture", "aggregate"):
    assert a[f'tmux_orc_phase_duration_seconds_count{{phase="{phase}"}}'] == a["tmux_orc_cycle_duration_seconds_count"]
assert 0 < a['tmux_orc_phase_duration_seconds_sum{phase="list"}'] <= a["tmux_orc_cycle_duration_seconds_sum"]
assert not any('phase="total"' in s for s in a)
info = [s for s in a if s.startswith("tmux_orc_build_info")]
assert len(info) == 1 and re.search(r'revision="[^"]+",version="[0-9]+\.[0-9]+\.[0-9]+"', info[0]), info
assert abs(a["tmux_orc_last_round_timestamp_seconds"] - time.time()) < 10
assert abs(a["process_start_time_seconds"] - time.time()) < 60
hostile = [s for s in a if s.startswith("tmux_orc_agents{") and "evil_metric" in s]
assert len(hostile) == 1 and not any(s.startswith("evil") for s in a), hostile
pathlib.Path(os.environ["FILES"], "metrics").write_text(first)

# The agent that waits is told to both channels, and one of them fails.
def told(text, channel, result): return series(text).get(f'tmux_orc_notifications_total{{channel="{channel}",result="{result}"}}', 0)
until = time.time() + 20
while not (told(ask()[2], "good", "delivered") and told(ask()[2], "bad", "failed")):
    assert time.time() < until, [line for line in ask()[2].splitlines() if "notifications" in line]
    time.sleep(0.1)
text = ask()[2]
assert told(text, "good", "failed") == 0 and told(text, "bad", "delivered") == 0
assert types(text)["tmux_orc_notifications_total"] == "counter"

# The other format, for those who ask; TCP, with the token.
code, kind, text = ask({"Accept": "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"})
assert kind == "application/openmetrics-text; version=1.0.0; charset=utf-8", kind
assert text.endswith("# EOF\n") and types(text)["tmux_orc_captures"] == "counter"
auth = {"Authorization": "Bearer 0123456789abcdef-token"}
for refused in ("application/openmetrics-text;q=0", "text/plain, application/openmetrics-text;q=0.1"):
    code, kind, text = ask({"Accept": refused})
    assert code == 200 and kind.startswith("text/plain") and "# EOF" not in text, (refused, kind)
# Both channels have both their counts, what never happened too.
counts = {s for s in series(text) if s.startswith("tmux_orc_notifications_total")}
assert counts == {f'tmux_orc_notifications_total{{channel="{c}",result="{r}"}}'
                  for c in ("good", "bad") for r in ("delivered", "failed")}, counts
assert ask(connection=tcp())[0] == 401
assert ask(auth, connection=tcp())[0] == 200

# Counters only grow: in rounds, and when a changed configuration makes a new monitor.
def growing(before, text):
    now = series(text)
    for name, value in before.items():
        base = re.sub(r"(_bucket|_count|_sum)?(\{.*)?$", "", name)
        if types(text).get(base) in ("counter", "histogram"): assert now[name] >= value, (name, value, now[name])
    return now
rounds = 'tmux_orc_rounds_total{mode="async"}'
def once(true_of):
    """The first answer of which it is true; the last one, if none is in time."""
    end = time.time() + 30
    while not true_of(text := ask()[2]) and time.time() < end: time.sleep(0.1)
    return text
b = growing(a, once(lambda text: series(text)[rounds] > a[rounds]))
assert b[rounds] > a[rounds]
config = pathlib.Path(os.environ["HOME"], ".tmux-orchestrator/config.yaml")
config.write_text(config.read_text().replace("check_interval: 0.3", "check_interval: 0.2"))
c = growing(b, once(lambda text: series(text)[rounds] >= b[rounds] + 5))
assert c[rounds] >= b[rounds] + 5

# A session that is gone has no series.
names = subprocess.run(["tmux", "-L", "a", "list-sessions", "-F", "#{session_id}"], capture_output=True, text=True).stdout.split()
subprocess.run(["tmux", "-L", "a", "kill-session", "-t", names[1]], check=True)
last = once(lambda text: "evil" not in text)
assert "evil" not in last

# The dashboard and the rules ask for nothing that is not served.
served = {"up", "ALERTS"}
for name, kind in types(first).items():
    served |= {name} if kind != "histogram" else {name + s for s in ("_bucket", "_count", "_sum")}
folder = pathlib.Path(os.environ["SOURCE"], "config/prometheus")
dashboard = json.loads((folder / "grafana-dashboard.json").read_text())
queries = [t["expr"] for p in dashboard["panels"] for t in p.get("targets", [])]
queries += [v["query"]["query"] for v in dashboard["templating"]["list"] if v["type"] == "query"]
assert len(queries) > 20 and any(v["type"] == "datasource" for v in dashboard["templating"]["list"])
rules = (folder / "tmux-orc.rules.yml").read_text()
served |= set(re.findall(r"record: (\S+)", rules))
def wanted(text): return set(re.findall(r"(?:tmux_orc|process)[a-z0-9_:]+", re.sub(r'"[^"]*"', "", text)))
# Counters of events that have not happened yet have no series.
may_be_absent = {"tmux_orc_transitions_total", "tmux_orc_notifications_total"}
for query in queries + [re.sub(r"(?m)^\s*(#|summary:|description:|- name:).*", "", rules)]:
    missing = wanted(query) - served - may_be_absent
    assert not missing, (missing, query)

# Every alert is tested, and the figures' limits are those that `tmux-orc health` judges by.
alerts = set(re.findall(r"alert: (\S+)", rules))
untested = alerts - set(re.findall(r'alertname="(\w+)"', (folder / "tmux-orc.rules.test.yml").read_text()))
assert len(alerts) > 17 and not untested, untested
MB = 1024 * 1024
for figure, name, unit in (("cycle_duration_seconds:p95", "cycle_time", 1), ("cpu:ratio", "cpu", 0.01), ("memory:bytes", "memory", MB),
                           ("errors:ratio", "error_rate", 0.01), ("pool:ratio", "pool", 0.01),
                           ("cache_hits:ratio", "cache_hit_rate", 0.01)):
    for level, sign in (("alert", "[<>]"), ("target", "[<>]=")):
        limit = re.search(rf"^\s*(?:expr: )?tmux_orc:{figure}_10m {sign} ([0-9.* ]+)$", rules, re.M)[1]
        said = subprocess.run([os.environ["ORC"], "config", "get", f"thresholds.{name}.{level}"], capture_output=True, text=True)
        assert abs(math.prod(map(float, limit.split("*"))) - float(said.stdout) * unit) < 1e-9, (name, level, limit, said)
unused = {n for n in types(first)} - {re.sub("_(bucket|count|sum)$", "", n) for q in queries for n in wanted(q)}
assert not unused, f"on no panel: {unused}"
print("well")
P
run "$PYTHON" "$WORK/files/client.py"
exit_is 0
out_has '^well'

# A tmux server that hangs: not reached, and native gives way to processes.
value() { curl_metrics | sed -n "s/^$1 //p"; }
curl_metrics() { "$PYTHON" -c "
import http.client, os, socket
c = http.client.HTTPConnection('x')
c.sock = socket.socket(socket.AF_UNIX)
c.sock.connect(os.environ['SOCKET'])
c.request('GET', '/metrics')
print(c.getresponse().read().decode())"; }
is() { [ "$(value "$1")" = "$2" ]; }
pid=$(server_pid a)
same "$(value 'tmux_orc_transport_fallbacks_total{server="a"}')" 0
STOPPED+=("$pid")
kill -STOP "$pid"
wait_for 20 is 'tmux_orc_server_reachable{server="a"}' 0 || fail "a server that hangs is called reachable"
wait_for 20 is 'tmux_orc_server_native{server="a"}' 0 || fail "native goes on with a server that hangs"
kill -CONT "$pid"
wait_for 20 is 'tmux_orc_server_reachable{server="a"}' 1 || fail "not reached again"
[ "$(value 'tmux_orc_transport_fallbacks_total{server="a"}')" -ge 1 ] || fail "no fallback is counted"
[ "$(value 'tmux_orc_round_errors_total{kind="unreachable"}')" -ge 1 ] || fail "no unreachable server is counted"

if command -v promtool >/dev/null; then
  run_with "$(cat "$WORK/files/metrics")
" promtool check metrics
  exit_is 0
  same "$ERR" "" "promtool's advice"
  cd "$SOURCE/config/prometheus" || fail "no rules"
  run promtool check rules tmux-orc.rules.yml
  exit_is 0
  run promtool check config --syntax-only prometheus.yml
  exit_is 0
  run promtool test rules tmux-orc.rules.test.yml
  exit_is 0
else
  echo "SKIPPED: promtool is not installed (apt package prometheus)"
fi
"$ORC" monitor stop >/dev/null
