#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The sessions of pi, Gemini and Qwen and opencode's server say how a turn stands and what it used; what was said in it goes
# nowhere. Of claude and codex: own_word.sh, spent.sh.
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
# They write their sessions as the agents do, a line at a time.
cat >"$WORK/bin/gemini" <<E2
#!$PYTHON
import datetime, json, os, time
now = datetime.datetime.utcnow().strftime("%Y-%m-%dT%H:%M:%S.999Z")
home = os.path.expanduser("~/.gemini")
os.makedirs(home + "/tmp/shop/chats")
json.dump({"projects": {os.getcwd(): "shop"}}, open(home + "/projects.json", "w"))
message = {"id": "a", "timestamp": now, "type": "gemini", "content": "$SECRET", "thoughts": [{"subject": "$SECRET"}], "model": "g-1",
           "tokens": {"input": 70, "output": 20, "cached": 0, "thoughts": 5, "tool": 0, "total": 95}}
lines = [{"sessionId": "df125049", "startTime": now, "token": "$SECRET"},
         {"id": "u", "timestamp": now, "type": "user", "content": [{"text": "$SECRET"}]}, dict(message, tokens=None), message,
         dict(message, toolCalls=[{"name": "run", "args": {"command": "$SECRET", "tokens": {"input": 7}}}]),
         {"\$set": {"messages": [message]}}, {"id": "e", "timestamp": now, "type": "error", "content": "$SECRET"}]
print("Gemini CLI", flush=True)
with open(home + "/tmp/shop/chats/session-2026-11-27T19-39-df125049.jsonl", "a") as f:
    for line in lines:
        f.write(json.dumps(line, separators=(",", ":")) + "\n")
        f.flush()
time.sleep(1000)
E2
cat >"$WORK/bin/qwen" <<E2
#!$PYTHON
import datetime, json, os, re, time
now = datetime.datetime.utcnow().strftime("%Y-%m-%dT%H:%M:%S.999Z")
home, base = os.path.expanduser("~/.qwen"), {"timestamp": now, "cwd": os.getcwd(), "sessionId": "e5e08f8e"}
chats = home + "/projects/" + re.sub("[^a-zA-Z0-9]", "-", os.getcwd()) + "/chats"
os.makedirs(chats)
os.makedirs(home + "/sessions")
start = open("/proc/self/stat").read().rsplit(")", 1)[1].split()[19]
json.dump({"pid": os.getpid(), "procStart": "boot:" + start, "pidNs": os.stat("/proc/self/ns/pid").st_ino, "sessionId": "e5e08f8e",
           "cwd": os.getcwd(), "ipcToken": "$SECRET", "name": "$SECRET"}, open("%s/sessions/%d.json" % (home, os.getpid()), "w"))
event = {"event.name": "qwen-code.api_response", "model": "q-1", "input_token_count": 60, "output_token_count": 15,
         "total_token_count": 75, "response_text": "$SECRET"}
lines = [{"type": "user", "message": {"parts": [{"text": "$SECRET"}]}},
         {"type": "system", "subtype": "ui_telemetry", "systemPayload": {"uiEvent": event}},
         {"type": "assistant", "model": "q-1", "message": {"parts": [{"text": "$SECRET", "thought": True}, {"text": "$SECRET"}]},
          "usageMetadata": {"promptTokenCount": 60, "totalTokenCount": 75}}]
print("Qwen Code", flush=True)
with open(chats + "/e5e08f8e.jsonl", "a") as f:
    for line in lines:
        f.write(json.dumps(dict(base, **line), separators=(",", ":")) + "\n")
        f.flush()
time.sleep(1000)
E2
chmod +x "$WORK"/bin/*
port=$("$PYTHON" -c "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])")
start_server w bash --norc
pi=$(tmux -L w new-window -d -P -F '#{pane_id}' -c "$SHOP" "$WORK/bin/pi")
opencode=$(tmux -L w new-window -d -P -F '#{pane_id}' -c "$SHOP" "$WORK/bin/opencode" --port "$port")
gemini=$(tmux -L w new-window -d -P -F '#{pane_id}' -c "$SHOP" "$WORK/bin/gemini")
qwen=$(tmux -L w new-window -d -P -F '#{pane_id}' -c "$SHOP" "$WORK/bin/qwen")
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
used = [(a[pane]['about']['model'], a[pane]['usage']['tokens_in'], a[pane]['usage']['tokens_out']) for pane in ('$pi', '$gemini', '$qwen')]
sys.exit((a['$pi']['rule'], a['$opencode']['rule'], used) !=
         ('pi/own:turn', 'opencode/own:permission', [('m-1', 70, 30), ('g-1', 70, 25), ('q-1', 60, 15)]))"; }
wait_for 30 said || fail "what they say is not taken: $("$ORC" status --json)"
recorded() { [ "$("$ORC" usage --day --json | grep -oE '"agent": "(gemini|pi|qwen)"' | sort -u | wc -l)" = 3 ]; }
wait_for 20 recorded || fail "what they use is not recorded: $("$ORC" usage --day --json)"
socket=$(ls "$STATE"/run/*/api.sock)
kept=$("$ORC" status --json)$("$ORC" evidence)$("$ORC" usage --json)$("$ORC" events --json 2>/dev/null)
for pane in "$pi" "$opencode" "$gemini" "$qwen"; do kept+=$("$ORC" record "$pane")$("$ORC" explain "$pane"); done
kept+=$(curl -s --unix-socket "$socket" http://x/metrics)$(curl -s --unix-socket "$socket" http://x/api/v1/usage)
run "$ORC" monitor stop
exit_is 0
grep -q 'own:permission' <<<"$kept" || fail "nothing was asked"
grep -rqa "$SECRET" "$STATE" && fail "words of a session are in $STATE: $(grep -rla "$SECRET" "$STATE")"
grep -q "$SECRET" <<<"$kept" && fail "words of a session are told"
true
