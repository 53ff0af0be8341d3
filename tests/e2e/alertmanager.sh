#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# config/prometheus/alertmanager.yml with a real Alertmanager: critical alerts go out after a second and warnings together, each to
# its receiver; what a monitor that is down said before is held back.
. "$(dirname "$0")/lib.sh"
for program in amtool prometheus-alertmanager; do
  command -v "$program" >/dev/null ||
    { echo "SKIPPED: $program is not installed (apt package prometheus-alertmanager)"; exit 77; }
done
CONFIG=$SOURCE/config/prometheus/alertmanager.yml
run amtool check-config "$CONFIG"
exit_is 0
receiver() {
  run amtool config routes test --config.file="$CONFIG" "$@"
  exit_is 0
}
receiver severity=critical alertname=TmuxOrcDown
same "$OUT" on-call
receiver severity=warning alertname=TmuxOrcAgentWaits
same "$OUT" team
for name in $(grep -oE 'TmuxOrc[A-Z][A-Za-z]+' "$CONFIG" | sort -u); do
  grep -q "alert: $name$" "$SOURCE/config/prometheus/tmux-orc.rules.yml" || fail "there is no alert $name"
done

# The shipped file with ports that are free, and warnings that are collected for 3 s in place of a minute.
read -r port sink <<<"$(free_ports 2)"
sed "s/127\.0\.0\.1:9095/127.0.0.1:$sink/; s/group_wait: 1m/group_wait: 3s/" "$CONFIG" >"$WORK/files/alertmanager.yml"
start_alertmanager shipped "$port" "$WORK/files/alertmanager.yml"
cat >"$WORK/files/client.py" <<'P'
import http.server, json, sys, threading, time, urllib.request
port, sink = sys.argv[1:]
got = []  # (seconds, receiver, alerts)

class Sink(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert self.path == "/" + body["receiver"], (self.path, body["receiver"])
        alerts = sorted((a["labels"]["alertname"], a["labels"].get("session", "")) for a in body["alerts"])
        got.append((time.time() - sent, body["receiver"], alerts))
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sink)), Sink)
threading.Thread(target=server.serve_forever, daemon=True).start()

def ask(path, body=None):
    request = urllib.request.Request(f"http://127.0.0.1:{port}/{path}", body and json.dumps(body).encode(),
                                     {"Content-Type": "application/json"})
    return urllib.request.urlopen(request, timeout=5).read()
def wait(what, seconds=15):
    until = time.time() + seconds
    while not what():
        assert time.time() < until, got
        time.sleep(0.05)
def ready():
    try: return ask("-/ready")
    except OSError: return False
wait(ready)

def alert(name, severity, instance, **labels):
    return {"labels": {"alertname": name, "severity": severity, "job": "tmux-orc", "instance": instance, **labels}}
sent = time.time()
ask("api/v2/alerts", [
    alert("TmuxOrcDown", "critical", "gone"),
    alert("TmuxOrcCpuCritical", "critical", "gone"),
    alert("TmuxOrcAgentWaits", "warning", "gone", server="main", session="old"),
    alert("TmuxOrcAgentWaits", "warning", "here", server="main", session="a"),
    alert("TmuxOrcAgentWaits", "warning", "here", server="main", session="b"),
    alert("TmuxOrcServerUnreachable", "warning", "here", server="far"),
    alert("TmuxOrcAgentWaits", "warning", "here", server="far", session="c"),
])
wait(lambda: len(got) >= 3)
time.sleep(1)  # nothing else comes
assert sorted(g[1:] for g in got) == [
    ("on-call", [("TmuxOrcDown", "")]),
    ("team", [("TmuxOrcAgentWaits", "a"), ("TmuxOrcAgentWaits", "b")]),
    ("team", [("TmuxOrcServerUnreachable", "")]),
], got
assert got[0][1] == "on-call" and got[0][0] < 2.5 and all(g[0] > 2.5 for g in got[1:]), got
print("well")
P
run "$PYTHON" "$WORK/files/client.py" "$port" "$sink"
exit_is 0
out_has '^well'
! grep -E 'level=(warn|error)' "$WORK/files/shipped.alerts.log" ||
  fail "Alertmanager complains: $(cat "$WORK/files/shipped.alerts.log")"
