#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Three hosts with one daemon each, a real Prometheus that scrapes them, and a second one that federates the first: agents
# of all hosts are seen, the rules and the dashboard's queries work, and a host whose daemon is killed is down at the next
# scrape.
. "$(dirname "$0")/lib.sh"
needs prometheus
command -v prometheus-alertmanager >/dev/null ||
  { echo "SKIPPED: prometheus-alertmanager is not installed (apt package prometheus-alertmanager)"; exit 77; }
read -ra PORTS <<<"$(free_ports 7)"
echo 0123456789abcdef-token >"$WORK/files/token"
PIDS=()
targets=""
for i in 0 1 2; do
  start_server "host$i" "$ORC" __replay claude waiting still 0
  mkdir -p "$WORK/home$i/.tmux-orchestrator"
  cat >"$WORK/home$i/.tmux-orchestrator/config.yaml" <<Y
servers:
  - {name: main, socket_name: host$i}
monitoring:
  check_interval: 0.5
api:
  listen: 127.0.0.1:${PORTS[$i]}
  token_file: $WORK/files/token
notifications:
  channels: [{name: hook, type: command, command: ["true"]}]
Y
  HOME=$WORK/home$i "$ORC" monitor start >/dev/null || fail "no start of $i"
  PIDS+=("$(cut -d' ' -f1 "$WORK/home$i/.tmux-orchestrator/run/blue/lock")")
  JOBS+=("${PIDS[$i]}")
  targets+="
      - {targets: ['127.0.0.1:${PORTS[$i]}'], labels: {instance: host$i}}"
done
cp "$SOURCE/config/prometheus/tmux-orc.rules.yml" "$WORK/files/"
cat >"$WORK/files/hosts.yml" <<Y
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [tmux-orc.rules.yml]
scrape_configs:
  - job_name: tmux-orc
    authorization: {credentials_file: $WORK/files/token}
    static_configs:$targets
Y
cat >"$WORK/files/central.yml" <<Y
global: {scrape_interval: 1s}
scrape_configs:
  - job_name: federate
    metrics_path: /federate
    honor_labels: true
    params: {'match[]': ['{job="tmux-orc"}', '{__name__=~"tmux_orc:.*"}']}
    static_configs: [{targets: ['127.0.0.1:${PORTS[3]}']}]
Y
# What a reader copies to /etc/prometheus; only the ports are others.
mkdir "$WORK/files/shipped"
cp "$SOURCE"/config/prometheus/{prometheus.yml,tmux-orc.rules.yml,alertmanager.yml} "$WORK/files/shipped/"
cp "$WORK/files/token" "$WORK/files/shipped/tmux-orc.token"
sed -i "s|127.0.0.1:9464|127.0.0.1:${PORTS[0]}|; s|127.0.0.1:9093|127.0.0.1:${PORTS[6]}|" "$WORK/files/shipped/prometheus.yml"
start_alertmanager shipped "${PORTS[6]}" "$WORK/files/shipped/alertmanager.yml"
start_prometheus hosts "${PORTS[3]}" "$WORK/files/hosts.yml"
start_prometheus central "${PORTS[4]}" "$WORK/files/central.yml"
start_prometheus shipped "${PORTS[5]}" "$WORK/files/shipped/prometheus.yml"
export SOURCE HOSTS=${PORTS[3]} CENTRAL=${PORTS[4]} SHIPPED=${PORTS[5]} ALERTS=${PORTS[6]} HOST0=${PORTS[0]} VICTIM=${PIDS[2]}
cat >"$WORK/files/client.py" <<'P'
import json, os, signal, time, urllib.error, urllib.parse, urllib.request

def get(port, path, **query):
    url = f"http://127.0.0.1:{port}/api/v1/{path}?" + urllib.parse.urlencode(query)
    return json.load(urllib.request.urlopen(url, timeout=10))["data"]
def ask(query, port=os.environ["HOSTS"]):
    try:
        return {r["metric"].get("instance", ""): float(r["value"][1]) for r in get(port, "query", query=query)["result"]}
    except (urllib.error.URLError, ConnectionError) as e:
        return repr(e)  # it is still starting
def wait(what, seconds=30):
    until = time.time() + seconds
    while not (done := what()):
        assert time.time() < until, (what.__code__.co_consts, what(), [ask("up"), ask("up", os.environ["CENTRAL"])])
        time.sleep(0.1)
    return done

all_up = {"host0": 1, "host1": 1, "host2": 1}
wait(lambda: ask('up{job="tmux-orc"}') == all_up)
wait(lambda: ask('tmux_orc_agents{state="waiting"}') == all_up)
assert ask("sum(tmux_orc_agents)") == {"": 3}
wait(lambda: set(ask("rate(tmux_orc_rounds_total[10s]) > 0")) == set(all_up))
# It was scraped as OpenMetrics: there a counter's metadata has no "_total".
assert any(m["type"] == "counter" for m in get(os.environ["HOSTS"], "targets/metadata", metric="tmux_orc_captures"))
assert all(t["lastError"] == "" for t in get(os.environ["HOSTS"], "targets")["activeTargets"])
def rules_done():
    rules = [r for g in get(os.environ["HOSTS"], "rules")["groups"] for r in g["rules"]]
    assert len(rules) > 15 and all(not r.get("lastError") for r in rules), rules
    return all(r["health"] == "ok" for r in rules)
wait(rules_done)
wait(lambda: set(ask("tmux_orc:cycle_duration_seconds:p95_10m < 60")) == set(all_up))

# Every query of the dashboard is understood, and all have an answer but those of what did not happen here.
dashboard = json.load(open(os.path.join(os.environ["SOURCE"], "config/prometheus/grafana-dashboard.json")))
def silent():
    panels = set()
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            query = target["expr"].replace("$__rate_interval", "10s")
            for variable in "$instance", "$server", "$session": query = query.replace(variable, ".*")
            answer = ask(query)
            assert isinstance(answer, dict), (panel["title"], query, answer)
            if not answer: panels.add(panel["title"])
    return panels
wait(lambda: silent() <= {"Changes of state a minute", "Cache hit rate of unchanged screens", "Notifications an hour by channel and result"})

# The central one has the hosts' own names.
wait(lambda: ask('tmux_orc_agents{state="waiting"}', os.environ["CENTRAL"]) == all_up)

# The shipped configuration: its host is up, and all groups of rules are loaded and evaluated.
shipped = os.environ["SHIPPED"]
wait(lambda: ask('up{job="tmux-orc"}', shipped) == {"127.0.0.1:" + os.environ["HOST0"]: 1})
def groups(port): return {g["name"]: len(g["rules"]) for g in get(port, "rules")["groups"]}
assert groups(shipped) == groups(os.environ["HOSTS"]) and "tmux-orc-health" in groups(shipped), groups(shipped)
wait(lambda: [a["url"] for a in get(shipped, "alertmanagers")["activeAlertmanagers"]] ==
     [f"http://127.0.0.1:{os.environ['ALERTS']}/api/v2/alerts"])

killed = time.time()
os.kill(int(os.environ["VICTIM"]), signal.SIGKILL)
wait(lambda: ask("up == 0") == {"host2": 0})
seen = ask("timestamp(up == 0)")["host2"] - killed
assert seen < 1 + 0.5, f"down was seen after {seen:.2f} s, with a scrape every second"
assert ask("up == 1") == {"host0": 1, "host1": 1}
wait(lambda: "host2" in ask('ALERTS{alertname="TmuxOrcDown"}'))
wait(lambda: ask('tmux_orc_agents{state="waiting"}') == {"host0": 1, "host1": 1})
wait(lambda: ask('up{job="tmux-orc"} == 0', os.environ["CENTRAL"]) == {"host2": 0})
print(f"well, down after {seen:.2f} s")
P
run "$PYTHON" "$WORK/files/client.py"
exit_is 0
out_has '^well'
echo "$OUT"
for name in hosts shipped; do
  ! grep -E 'level=(warn|error)' "$WORK/files/$name.log" || fail "Prometheus complains: $(cat "$WORK/files/$name.log")"
done
