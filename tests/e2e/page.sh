#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The page in a real browser, on a real monitor: login and refusal, live updates, a screen, keys, 360 px, dark, stale and
# back again, nothing asked of anybody else, nothing on the console, axe-core without a finding.
. "$(dirname "$0")/lib.sh"
needs node npm chromium curl
# The browser's driver and axe-core come from npm, into the build's folder, once.
MODULES=${ORC_BUILD:?}/node
if [ ! -d "$MODULES/node_modules/axe-core" ]; then
  mkdir -p "$MODULES"
  if ! (cd "$MODULES" && HOME=$WORK/home timeout 120 npm install --no-audit --no-fund --no-save playwright-core@1.65.1 axe-core@4.14.1 >"$WORK/npm.log" 2>&1); then
    echo "SKIPPED: npm's registry could not be reached: $(tail -1 "$WORK/npm.log")"
    exit 77
  fi
fi
start_server a "$ORC" __replay claude waiting still 0
tmux -L a rename-window -t main: '<img src=x onerror=document.title=1>'
new_window a codex "$ORC" __replay codex working still 0 >/dev/null
LIVE=$(new_window a gemini "$ORC" __replay gemini idle still 0)
ASKING=$(new_window a asking "$PYTHON" "$SOURCE/tests/support/asking_agent.py" "$WORK/files/asked" number)
STATE=$HOME/.tmux-orchestrator
mkdir -p "$STATE"
PORT=$(free_ports 1)
cat >"$STATE/config.yaml" <<Y
servers:
  - {name: a, socket_name: a}
monitoring:
  check_interval: 0.3
api:
  listen: 127.0.0.1:$PORT
  answer: on
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

run "$ORC" page --json
url=$(field "d['url']")
export URL=$url BASE LIVE ASKING LOG=$WORK/files/asked ORC SOCKET_NAME=a MODULES PICTURES=${PICTURES:-}
NODE_PATH=$MODULES/node_modules timeout 180 node "$SOURCE/tests/e2e/page.js" "$WORK/browser" || fail "the browser's part"

run "$ORC" page --new-token
exit_is 0
same "$(code -b "$WORK/cookies" "$BASE/api/v1/status")" 401
same "$(code -H "Authorization: Bearer $token" "$BASE/api/v1/status")" 401
"$ORC" monitor stop >/dev/null
