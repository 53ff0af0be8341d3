#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pi's session and opencode's server say how a turn stands; what was said in it goes nowhere. Of claude and codex:
# own_word.sh, spent.sh.
. "$(dirname "$0")/lib.sh"
STATE=$HOME/.tmux-orchestrator
SECRET=planted-prompt-and-token
SHOP=$WORK/files/shop
mkdir -p "$SHOP" "$WORK/bin"

printf '#!%s\nimport time\nprint("π")\ntime.sleep(1000)\n' "$PYTHON" >"$WORK/bin/pi"
cat >"$WORK/bin/opencode" <<E2
#!$PYTHON
import http.server, sys
ANSWERS = {
    "/session/status": '{"ses_1":{"type":"busy","message":"$SECRET"}}',
    "/permission": '[{"id":"per_1","title":"$SECRET","metadata":{"command":"$SECRET"},"patterns":["$SECRET"]}]',
    "/question": '[]'}
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(ANSWERS[self.path].encode())
    def log_message(self, *_):
        pass
print("opencode")
http.server.HTTPServer(("127.0.0.1", int(sys.argv[2])), Handler).serve_forever()
E2
chmod +x "$WORK/bin/pi" "$WORK/bin/opencode"
port=$("$PYTHON" -c "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])")
start_server w bash --norc
pi=$(tmux -L w new-window -d -P -F '#{pane_id}' -c "$SHOP" "$WORK/bin/pi")
opencode=$(tmux -L w new-window -d -P -F '#{pane_id}' -c "$SHOP" "$WORK/bin/opencode" --port "$port")
shown() { tmux -L w capture-pane -p -t "$pi" | grep -q π; }
wait_for 10 shown || fail "the stand-in for pi does not start"
folder=$HOME/.pi/agent/sessions/--$(tr / - <<<"${SHOP#/}")--
mkdir -p "$folder"
now=$(date -u +%Y-%m-%dT%H:%M:%S.999Z)
{
  printf '{"type":"session","timestamp":"%s","cwd":"%s","token":"%s"}\n' "$now" "$SHOP" "$SECRET"
  printf '{"type":"message","timestamp":"%s","message":{"role":"assistant","model":"m-1","content":[{"type":"text","text":"%s"}],"usage":{"input":70,"output":30,"cost":{"total":0.25}},"stopReason":"stop"}}\n' "$now" "$SECRET"
  printf '{"type":"message","timestamp":"%s","message":{"role":"user","content":"%s"}}\n' "$now" "$SECRET"
} >"$folder/x.jsonl"

mkdir -p -m 700 "$STATE"
printf 'servers: [{socket_name: w}]\nmonitoring: {check_interval: 0.5}\nlog: {level: debug}\nevidence: {record_disagreements: 5}\n' \
  >"$STATE/config.yaml"
run "$ORC" monitor start
exit_is 0
said() { "$ORC" status --json | "$PYTHON" -c "
import json, sys
a = {a['pane']: a for a in json.load(sys.stdin)['agents']}
sys.exit((a['$pi']['rule'], a['$pi']['usage']['tokens_out'], a['$opencode']['rule']) != ('pi/own:turn', 30, 'opencode/own:permission'))"; }
wait_for 30 said || fail "what they say is not taken: $("$ORC" status --json)"
recorded() { "$ORC" usage --day --json | grep -q '"pi"'; }
wait_for 20 recorded || fail "what pi uses is not recorded"
socket=$(ls "$STATE"/run/*/api.sock)
kept=$("$ORC" status --json)$("$ORC" evidence)$("$ORC" usage --json)$("$ORC" events --json 2>/dev/null)
for pane in "$pi" "$opencode"; do kept+=$("$ORC" record "$pane")$("$ORC" explain "$pane"); done
kept+=$(curl -s --unix-socket "$socket" http://x/metrics)$(curl -s --unix-socket "$socket" http://x/api/v1/usage)
run "$ORC" monitor stop
exit_is 0
grep -q 'own:permission' <<<"$kept" || fail "nothing was asked"
grep -rqa "$SECRET" "$STATE" && fail "words of a session are in $STATE: $(grep -rla "$SECRET" "$STATE")"
grep -q "$SECRET" <<<"$kept" && fail "words of a session are told"
true
