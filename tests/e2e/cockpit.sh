#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The cockpit in a real tmux: each key, jumps, sizes, a thousand agents, no monitor, a monitor that ends or hangs, a tmux
# that restarts. The terminal is a tmux server of its own, "ui": keys go in by send-keys, the screen is captured.
. "$(dirname "$0")/lib.sh"
export TERM=tmux-256color

# ui WIDTH HEIGHT WORDS...: runs the program on a terminal of that size; its exit code follows it.
ui() {
  local width=$1 height=$2
  shift 2
  stop_server ui
  tmux -L ui -f /dev/null new-session -d -x "$width" -y "$height" -s ui \
    "env -u TMUX -u TMUX_PANE TERM=tmux-256color $(printf '%q ' "$@"); echo ended with \$?; exec sleep 1000" || fail "no terminal"
  tmux -L ui set -g mouse on
}
screen() { tmux -L ui capture-pane -p; }
keys() { tmux -L ui send-keys "$@"; }
shows() { screen | grep -qE -- "$1"; }
lacks() { ! screen | grep -qE -- "$1"; }
sees() { wait_for 10 shows "$1" || { OUT=$(screen) ERR=; fail "the screen lacks /$1/"; }; }
sees_no_more() { wait_for 10 lacks "$1" || { OUT=$(screen) ERR=; fail "the screen still has /$1/"; }; }
selected_is() { tmux -L ui capture-pane -pe | grep -E $'\x1b\\[[0-9;]*7[;m]' | grep -qE -- "$1"; }
selects() { wait_for 10 selected_is "$1" || { OUT=$(screen) ERR=; fail "/$1/ is not selected"; }; }
leaves() {
  keys q
  sees 'ended with 0'
}

start_server one "$ORC" __replay claude waiting still 0
tmux -L one set -g base-index 0
for name in idle1 idle2; do new_window one $name "$ORC" __replay claude idle still 0 >/dev/null; done
codex=$(new_window one broken "$ORC" __replay claude error still 0)
tmux -L one new-session -d -x 120 -y 40 -s second -n worker "$ORC" __replay codex working still 0
wait_for 20 has_state one %0 waiting || fail "claude is not recognised"
wait_for 20 has_state one "$codex" error || fail "the error is not recognised"
wait_for 20 has_state one %4 working || fail "codex is not recognised"

# ---- keys, by rounds of its own ----
ui 120 40 "$ORC" -L one
sees '1 waiting .*1 error .*2 idle .*1 working +own rounds'
sees 'waiting/.* claude +([^ ]+ +)?main:0\.0'
sees '^○ 2 idle'
sees 'Do you want to'  # the preview of the selected one
selects 'main:0\.0'
keys Down
selects 'error.*main:3\.0'
keys k
selects 'main:0\.0'
keys n
selects 'main:3\.0'
keys n
selects 'main:0\.0'
keys N
selects 'main:3\.0'
keys i
sees 'idle +.* main:1\.0'
keys i
sees '^○ 2 idle'
keys G
selects 'second:0\.0'
keys Home
selects 'main:0\.0'
keys End
selects 'second:0\.0'
keys g
sees '^▾ main +\? 1 waiting'
sees '^▾ second'
keys Home Left
sees '^▸ main'
sees_no_more 'main:3\.0'
keys Right
sees 'main:3\.0'
keys g
sees 'grouped by project'
keys g g
sees_no_more '^▾ main'
keys s
sees 'sorted by since'
keys s s s
sees 'sorted by need'
keys / w o r k e r
sees '^/worker'
sees_no_more 'main:0\.0'
keys Enter
sees 'filter: worker'
keys Escape
sees 'main:0\.0'
keys p
sees_no_more 'Do you want to'
keys p
keys Home
sees 'Do you want to'
keys '?'
sees 'Keys .*'
sees 'Ctrl-L +draw anew'
keys Escape
sees_no_more 'Ctrl-L'
keys e
sees 'Verdict: claude waiting'
keys Space
keys x
sees_no_more 'Evidence, in order'
keys m
sees '%0 is muted'
sees 'main:0\.0 muted'
run "$ORC" mute --list --json
json "[m['target'] for m in d] == ['%0']"
keys m
sees '%0 is heard again'
sees_no_more 'main:0\.0 muted'
keys r
sees 'recorded to .*records/.*json'
file=$(ls "$HOME"/.tmux-orchestrator/records/*.json)
run "$ORC" explain "$file"
out_has 'claude waiting'
# The mouse: a wheel step and a click, as a terminal sends them.
y=$(($(screen | grep -n 'main:3\.0' | cut -d: -f1)))
tmux -L ui send-keys -l $'\x1b[M'"$(printf "\\x$(printf %x 32)\\x$(printf %x 37)\\x$(printf %x $((32 + y)))")"
selects 'main:3\.0'
# A change is told, and the selection stays where it is.
tmux -L one respawn-window -k -t main:0 "$ORC __replay claude idle still 0"
sees 'main:0\.0 .*→ idle'
selects 'main:3\.0'
sees '^○ 3 idle'
tmux -L one respawn-window -k -t main:0 "$ORC __replay claude waiting still 0"
sees 'waiting/.*main:0\.0'
keys g / 3
keys Enter
leaves
lacks 'own rounds' || fail "the screen was not given back"
# What was chosen is there the next time; another terminal's colours are no matter.
ui 120 40 env NO_COLOR=1 "$ORC" top -L one
sees 'filter: 3'
sees '^▾ main'
tmux -L ui capture-pane -pe | grep -qE $'\x1b\\[[0-9;]*3[0-7]m' && fail "there are colours with NO_COLOR"
keys Escape g g g
leaves
ui 100 30 env LC_ALL=C "$ORC" -L one
sees '1 waiting'
tmux -L ui capture-pane -p | LC_ALL=C grep -q '[^ -~]' && fail "something beyond ASCII without UTF-8"
keys C-c
sees 'ended with 0'

# ---- sizes ----
ui 120 40 "$ORC" -L one
for size in 60x20 250x70 40x10 20x5 80x24; do
  tmux -L ui resize-window -t ui -x "${size%x*}" -y "${size#*x}"
  [ "${size%x*}" -lt 30 ] || sees 'main:0\.0'
  [ "${size#*x}" -lt 20 ] || sees 'Enter jump'
done
leaves
ui 28 30 "$ORC" sidebar -L one
sees '^\? .*main:0'
leaves
run "$ORC" top
exit_is 2
err_has 'needs a terminal'
run "$ORC"
exit_is 2
run "$ORC" top --json
exit_is 2
ui 80 24 env TERM=dumb "$ORC" -L one
sees 'no full screen'

# ---- jumps ----
# From a pane of the same server: the client that shows it is switched.
tmux -L one new-window -d -t main:9 -n pit "TERM=tmux-256color $ORC; exec sleep 1000"
tmux -L one select-window -t main:9
ui 120 40 tmux -L one attach -t main
sees '1 waiting'
keys Home
selects 'main:0\.0'
keys Enter
shown() { [ "$(tmux -L one list-clients -F '#{session_name}:#{window_index}')" = "$1" ]; }
wait_for 10 shown main:0 || fail "no jump: $(tmux -L one list-clients -F '#{session_name}:#{window_index}')"
tmux -L one select-window -t main:9
keys End
selects 'second:0\.0'
keys Enter
wait_for 10 shown second:0 || fail "no jump to another session"
# In a popup the jump closes it.
tmux -L one display-popup -E -w 90% -h 90% "$ORC" 2>/dev/null &
JOBS+=($!)
sees '1 waiting'
keys Home
sleep 0.3
keys Enter
wait_for 10 shown main:0 || fail "no jump out of a popup"
sees_no_more 'LAST HOUR'
# From outside of tmux: attached, and back afterwards.
ui 120 40 "$ORC" -L one
sees '1 waiting'
tmux -L ui set -g prefix C-a
keys Home
keys Enter
sees '\[main\].*0:'
tmux -L one detach-client -s main
sees 'Enter jump'
leaves
# From another server it says how.
tmux -L one kill-window -t main:9
start_server two "TERM=tmux-256color $ORC -L one; exec sleep 1000"
ui 120 40 tmux -L two attach
sees '1 waiting'
keys Home
keys Enter
sees 'tmux -S .*one attach -t %0'

# ---- with the monitor ----
mkdir -p "$HOME/.tmux-orchestrator"
printf '%s\n' 'monitoring: {check_interval: 1}' 'servers: [{socket_name: one}]' >"$HOME/.tmux-orchestrator/config.yaml"
"$ORC" monitor start >/dev/null || fail "no monitor"
ui 120 40 "$ORC"
sees 'monitor blue'
sees 'waiting/.*main:0\.0'
tmux -L one respawn-window -k -t main:0 "$ORC __replay claude idle still 0"
sees '^○ 3 idle'
sees 'main:0\.0 .*→ idle'
tmux -L one respawn-window -k -t main:0 "$ORC __replay claude waiting still 0"
sees 'waiting/.*main:0\.0'
# It dies: the cockpit looks itself, and takes the next one.
pid=$("$ORC" monitor status --json | "$PYTHON" -c 'import json,sys; print(json.load(sys.stdin)["pid"])')
kill -KILL "$pid"
sees 'own rounds'
sees 'waiting/.*main:0\.0'
"$ORC" monitor start >/dev/null || fail "no monitor again"
sees 'monitor blue'
# It hangs.
pid=$("$ORC" monitor status --json | "$PYTHON" -c 'import json,sys; print(json.load(sys.stdin)["pid"])')
STOPPED+=("$pid")
kill -STOP "$pid"
wait_for 20 shows 'the monitor does not answer' || fail "a monitor that hangs is not told"
sees 'waiting/.*main:0\.0'
kill -CONT "$pid"
wait_for 30 shows 'monitor blue' || fail "a monitor that answers again is not asked"
# tmux restarts under it.
stop_server one
wait_for 20 shows 'no tmux server at|not running|refused|no agent is seen' || { OUT=$(screen); fail "the end of tmux is not told"; }
start_server one "$ORC" __replay codex waiting still 0
wait_for 20 shows 'waiting/.* codex +([^ ]+ +)?main:0\.0' || { OUT=$(screen); fail "a new tmux is not seen"; }
leaves
"$ORC" monitor stop >/dev/null

# ---- a thousand agents, from a stub of the monitor ----
cat >"$WORK/stub.py" <<'P'
import http.server, json, os, socketserver, sys, time
path, count = sys.argv[1], int(sys.argv[2])
states = ['waiting', 'working', 'working', 'idle', 'error', 'draft']
now = int(time.time() * 1000)
def agent(i):
    return dict(pane=f'%{i}', target=f's{i // 10}:{i % 10}.0', session=f's{i // 10}', window_index=i % 10, pane_index=0, window='w',
                server='one', server_id='7', role='agent', title=f't{i}', agent='claude', state=states[i % 6], detail='', rule='r',
                confidence=1, reset_phrase='', since_ms=now - i * 1000, since_exact=True, resets_at_ms=0)
layer = dict(hits=0, misses=0, evictions=0, expiries=0, entries=0)
paths = dict(panes=0, captures=0, ms=0)
def snapshot():
    agents = [agent(i) for i in range(count)]
    counts = {}
    for a in agents: counts[a['state']] = counts.get(a['state'], 0) + 1
    snap = json.loads(sys.stdin_text)
    snap.update(at_ms=int(time.time() * 1000), agents=agents, counts=counts)
    return json.dumps(snap).encode()
sys.stdin_text = open(sys.argv[3]).read()
class H(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def address_string(self): return 'x'
    def log_message(self, *a): pass
    def do_POST(self): self.reply(202, b'{"after_round": 1}')
    def do_GET(self):
        if self.path.endswith('/events'):
            self.send_response(200); self.send_header('Content-Type', 'text/event-stream'); self.end_headers()
            time.sleep(1000)
        self.reply(200, snapshot())
    def reply(self, code, body):
        self.send_response(code); self.send_header('Content-Length', str(len(body))); self.end_headers(); self.wfile.write(body)
class S(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
if os.path.exists(path): os.unlink(path)
S(path, H).serve_forever()
P
"$ORC" status -L one --json >"$WORK/snapshot.json" || fail "no snapshot"
stub() {
  rm -f "$HOME/.tmux-orchestrator/run/blue/api.sock"
  "$PYTHON" "$WORK/stub.py" "$HOME/.tmux-orchestrator/run/blue/api.sock" "$1" "$WORK/snapshot.json" &
  STUB=$!
  JOBS+=($STUB)
  disown
  wait_for 10 [ -S "$HOME/.tmux-orchestrator/run/blue/api.sock" ]
}
for count in 5 50 1000; do
  stub $count
  ui 120 40 "$ORC"
  sees "$(((count + 5) / 6)) waiting"
  sees 'monitor blue'
  keys i End
  # The last of those with the last rank: at work, in the order of their places.
  sees 'working'
  keys Home PageDown n
  sees 'waiting'
  keys / s 0 : Enter
  sees 'filter: s0:'
  keys Escape
  leaves
  kill -KILL $STUB
done
