#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The page in a real browser, on a real monitor: login and refusal, live updates, a screen, keys, usage and limits, a message's
# button, 360 px, dark, stale and back again, nothing asked of anybody else, nothing on the console, axe-core without a finding.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/browser.sh"
start_server a "$ORC" __replay claude waiting still 0
tmux -L a rename-window -t main: '<img src=x onerror=document.title=1>'
LIVE=$(new_window a gemini "$ORC" __replay gemini idle still 0)
ASKING=$(tmux -L a new-session -d -P -F '#{pane_id}' -x 120 -y 40 -s ask "$PYTHON" "$SOURCE/tests/support/asking_agent.py" "$WORK/files/asked" number)
# What codex uses is in its session's log, whose name is in the title; and one is parked.
THREAD=$("$PYTHON" -c "
import time
h = f'{int(time.time() * 1000):012x}'
print(f'{h[:8]}-{h[8:]}-7abc-8def-0123456789ab')")
mkdir -p "$WORK/files/shop" "$HOME/.codex/sessions/$(date -u +%Y/%m/%d)"
codex=$(tmux -L a new-window -d -P -F '#{pane_id}' -t main: -n codex -c "$WORK/files/shop" "$ORC" __replay codex working still 0)
PARKED=$(new_window a parked "$ORC" __replay claude rate_limited still 0)
printf '{"id":"%s","thread_name":"Fix the login"}\n' "$THREAD" >"$HOME/.codex/session_index.jsonl"
now=$(date -u +%Y-%m-%dT%H:%M:%S.000Z)
{
  printf '{"timestamp":"%s","type":"session_meta","payload":{"cwd":"%s"}}\n' "$now" "$WORK/files/shop"
  printf '{"timestamp":"%s","type":"turn_context","payload":{"model":"gpt-6"}}\n' "$now"
  printf '{"timestamp":"%s","type":"event_msg","payload":{"type":"token_count","info":{"total_token_usage":{"input_tokens":7000,"output_tokens":300},"last_token_usage":{"total_tokens":25000},"model_context_window":250000},"rate_limits":{"primary":{"used_percent":82,"window_minutes":300,"resets_at":%s}}}}\n' \
    "$now" $(($(date +%s) + 3600))
} >"$HOME/.codex/sessions/$(date -u +%Y/%m/%d)/rollout-x-$THREAD.jsonl"
wait_for 10 has_state a "$codex" working || fail "no codex"
tmux -L a select-pane -t "$codex" -T 'Fix the login | shop'
STATE=$HOME/.tmux-orchestrator
mkdir -p "$STATE"
read -r PORT PUSH < <(free_ports 2)
# Who takes messages as ntfy does: published as JSON at its root.
cat >"$WORK/files/ntfy.py" <<'P'
import http.server, sys
class Ntfy(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with open(sys.argv[2], "ab") as f: f.write(self.path.encode() + b" " + body + b"\n")
        self.send_response(200)
        self.end_headers()
    def log_message(self, *a): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Ntfy).serve_forever()
P
"$PYTHON" "$WORK/files/ntfy.py" "$PUSH" "$WORK/pushed" &
JOBS+=($!)
disown
cat >"$STATE/config.yaml" <<Y
servers:
  - {name: a, socket_name: a}
monitoring:
  check_interval: 0.3
api:
  listen: 127.0.0.1:$PORT
  answer: on
notifications:
  startup_grace: 0
  channels:
    - {name: phone, type: webhook, format: ntfy, url: "http://127.0.0.1:$PUSH/a-topic", click: "http://127.0.0.1:$PORT/"}
    - {name: other, type: webhook, format: pushover, url: "http://127.0.0.1:$PUSH/1/messages.json", token: app, user: me, click: "http://127.0.0.1:$PORT/"}
  rules:
    - {states: [waiting], sessions: [ask], channels: [phone, other]}
Y
"$ORC" monitor start >/dev/null || fail "no start"
BASE=http://127.0.0.1:$PORT
code() { curl -s -o /dev/null -w '%{http_code}' "$@"; }

# What anybody may have, and what not.
same "$(code "$BASE/")" 200
same "$(code "$BASE/api")" 200
same "$(code "$BASE/api/v1/openapi.yaml")" 200
same "$(code "$BASE/api/v1/status")" 401
same "$(code "$BASE/metrics")" 401
same "$(code -X POST "$BASE/api/v1/login-links")" 403
same "$(code -X POST "$BASE/api/v1/token")" 403
head=$(curl -sI "$BASE/")
grep -qi "^content-security-policy: default-src 'none'.*frame-ancestors 'none'" <<<"$head" || fail "no policy: $head"
etag=$(grep -i '^etag:' <<<"$head" | cut -d' ' -f2 | tr -d '\r')
same "$(code -H "If-None-Match: $etag" "$BASE/")" 304
same "$(stat -c %a "$STATE/api-token")" 600
token=$(cat "$STATE/api-token")
same "$(code -H "Authorization: Bearer $token" "$BASE/api/v1/status")" 200
same "$(curl -s "$BASE/icon-192.png" | head -c 4 | od -An -c | tr -d ' ')" '211PNG'

# A code works once; only for a page from here.
run "$ORC" page --json
exit_is 0
url=$(field "d['url']")
login() { code -X POST -H 'Content-Type: application/json' "$@" -d "{\"code\":\"${url#*login=}\"}" "$BASE/api/v1/login"; }
same "$(login -H 'Origin: http://evil.example')" 403
same "$(login -c "$WORK/cookies")" 200
same "$(login)" 401
same "$(code -b "$WORK/cookies" "$BASE/api/v1/status")" 200
same "$(code -b "$WORK/cookies" -H 'Origin: http://127.0.0.1:1' "$BASE/api/v1/status")" 403
same "$(code -b "$WORK/cookies" -H 'Sec-Fetch-Site: same-site' -X POST "$BASE/api/v1/rounds")" 403
run "$ORC" page --qr
exit_is 0
out_has "^http://127.0.0.1:$PORT/#login=[0-9a-f]{32}$"
out_has '█'
err_has 'A phone cannot reach that address'
[ "$(for asset in "" app.js style.css icon.svg icon-192.png icon-512.png manifest.webmanifest; do curl -s "$BASE/$asset"; done | wc -c)" -lt 100000 ] || fail "the page has more than 100 KB"

# On a desktop the page is opened, and the code is in no list of processes.
mkdir "$WORK/bin"
printf '#!/bin/sh\necho "$@" >"%s/opened"\n' "$WORK" >"$WORK/bin/xdg-open"
chmod +x "$WORK/bin/xdg-open"
on_a_desktop() { env -u SSH_CONNECTION DISPLAY=:1 PATH="$WORK/bin:$PATH" "$PYTHON" -c 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]))' "$ORC" page "$@" >"$WORK/said" </dev/null; }
on_a_desktop --no-open
on_a_desktop
opened() { [ -s "$WORK/opened" ]; }
wait_for 10 opened || fail "the page is not opened"
same "$(cat "$WORK/opened")" "$STATE/page.html"
same "$(stat -c %a "$STATE/page.html")" 600
grep -q "url=$(grep -o 'http://[^[:space:]]*login=[0-9a-f]*' "$WORK/said" | tail -1)'" "$STATE/page.html" || fail "it leads elsewhere: $(cat "$STATE/page.html")"
rm "$WORK/opened"
env -u DISPLAY -u WAYLAND_DISPLAY PATH="$WORK/bin:$PATH" "$ORC" page >/dev/null

run "$ORC" page --json
url=$(field "d['url']")
export PUSHED=$WORK/pushed URL=$url BASE LIVE ASKING PARKED LOG=$WORK/files/asked ORC SOCKET_NAME=a MODULES PICTURES=${PICTURES:-}
NODE_PATH=$MODULES/node_modules timeout 240 node "$SOURCE/tests/e2e/page.js" "$WORK/browser" || fail "the browser's part"

run "$ORC" page --new-token
exit_is 0
same "$(code -b "$WORK/cookies" "$BASE/api/v1/status")" 401
same "$(code -H "Authorization: Bearer $token" "$BASE/api/v1/status")" 401
pushover=$(grep -m1 '^/1/messages.json ' "$WORK/pushed" | cut -d' ' -f2-)
OUT=$pushover
json "d['token'] == 'app' and d['user'] == 'me' and d['url_title'] == 'Answer on the page' and d['url'].startswith('$BASE/#pane=%25${ASKING#%}&server=')"
! grep -qF "$token" "$WORK/pushed" || fail "a message carries the token"
"$ORC" monitor stop >/dev/null
