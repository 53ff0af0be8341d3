#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Notifications end to end: a command and a webhook are told once, also over a restart; a sink that fails, hangs or
# redirects; mutes; a PM that is told when it is idle.
. "$(dirname "$0")/lib.sh"
STATE=$HOME/.tmux-orchestrator
mkdir -p "$STATE"
cat >"$WORK/files/hook" <<'H'
#!/bin/sh
cat >>"$HOME/told.jsonl"
echo "$TMUX_ORC_COUNT $TMUX_ORC_SUMMARY" >>"$HOME/told.txt"
echo "$TMUX_ORC_ASKS" >>"$HOME/asked.txt"
H
chmod +x "$WORK/files/hook"
cat >"$WORK/files/sink.py" <<'P'
import http.server, sys, time
hits = {}
class Sink(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        n = hits[self.path] = hits.get(self.path, 0) + 1
        with open(sys.argv[1], "ab") as f:
            f.write(f"{self.path} {n} ".encode() + body + b"\n")
        if self.path == "/hangs":
            time.sleep(60)
        code = 500 if self.path == "/fails-once" and n == 1 else 302 if self.path == "/redirects" else 200
        self.send_response(code)
        if code == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()
    def log_message(self, *a): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Sink)
print(server.server_port, flush=True)
server.serve_forever()
P
"$PYTHON" "$WORK/files/sink.py" "$WORK/sink" >"$WORK/port" &
JOBS+=($!)
disown
wait_for 5 test -s "$WORK/port" || fail "no sink"
port=$(cat "$WORK/port")
cat >"$STATE/config.yaml" <<Y
servers:
  - {name: n, socket_name: n}
monitoring: {check_interval: 0.3, confirm_delay: 0.3}
notifications:
  startup_grace: 0
  channels:
    - {name: hook, type: command, command: [$WORK/files/hook]}
    - {name: flaky, type: webhook, url: "http://127.0.0.1:$port/fails-once"}
    - {name: gone, type: webhook, url: "http://127.0.0.1:$port/redirects"}
    - {name: slow, type: webhook, url: "http://127.0.0.1:$port/hangs", timeout: 0.5, retries: 0}
    - {name: pm, type: pm-pane}
  rules:
    - {states: [waiting, crashed, missing], channels: [hook, flaky, gone, slow]}
    - {states: [crashed], channels: [pm]}
Y
run "$ORC" config validate
exit_is 0
run "$ORC" notify list
out_lacks '/fails-once'  # whoever knows a webhook's path can write there
out_has '^flaky +webhook'
run "$ORC" notify test hook
exit_is 0
grep -q 'this is a test' "$HOME/told.txt" || fail "the test message did not come"
run "$ORC" notify test nobody
exit_is 2
err_has 'there are: hook, flaky'
run "$ORC" notify test gone
exit_is 4
err_has '302'
rm "$HOME"/told.*
: >"$WORK/sink"

start_server n sleep 1000
tmux -L n rename-window -t main:0 base
pm=$(new_window n pm "$PYTHON" "$SOURCE/tests/support/scripted_agent.py" "$WORK/pm.log" idle)
pane=$(new_window n 'dev;$(touch '"$WORK"'/injected)' "$ORC" __replay claude waiting still 0)
wait_for 10 has_state n "$pm" idle || fail "the PM is not seen as idle"
"$ORC" monitor start >/dev/null || fail "no start"
told() { [ "$(grep -c . "$HOME/told.txt" 2>/dev/null)" -ge "$1" ]; }
wait_for 10 told 1 || fail "the command is not told"
grep -q '^1 main:2.0 .*: waits for a person: run `' "$HOME/told.txt" || fail "what was told: $(cat "$HOME/told.txt")"
OUT=$(head -1 "$HOME/told.jsonl")
json "d['items'][0]['concern'] == 'waiting' and d['items'][0]['agent'] == 'claude' and 'Waiting for a person' in d['text']"
json "d['items'][0]['asks']['options'][0]['key'] == '1' and d['items'][0]['asks']['line'] in d['summary']"
grep -q "^$pane run \`.*\`?\$" "$HOME/asked.txt" || fail "TMUX_ORC_ASKS: $(cat "$HOME/asked.txt")"
run "$ORC" statusline --asks
exit_is 0
out_has '^1 waiting main:2.0: run `'
sink_has() { [ "$(grep -c "^$1 " "$WORK/sink")" -eq "$2" ]; }
wait_for 15 sink_has /fails-once 2 || fail "a failed webhook is not tried again: $(cat "$WORK/sink")"
sink_has /redirects 1 || fail "a redirect was followed or tried again"
sink_has /elsewhere 0 || fail "a redirect was followed"
sink_has /hangs 1 || fail "the slow one"
run "$ORC" health
exit_is 0

# Nothing twice: not after a restart, not while muted.
"$ORC" monitor restart >/dev/null
after_looks 6
same "$(grep -c . "$HOME/told.txt")" 1 "told after a restart"
run "$ORC" mute nobody-is-called-so
exit_is 2
err_has "no agent is in 'nobody-is-called-so'"
run "$ORC" mute "$pane" --for 1h
exit_is 0
tmux -L n respawn-pane -k -t "$pane" "$ORC" __replay codex waiting still 0
after_looks 6
same "$(grep -c . "$HOME/told.txt")" 1 "told while muted"
run "$ORC" mute --list
out_has "^$pane +until"
OUT=$("$ORC" mute --list --json)
json "d[0]['target'] == '$pane' and d[0]['until_ms'] > 0"
grep -qE "\"$pane@[0-9a-f]{16}\"" "$HOME/.tmux-orchestrator/mutes.json" || fail "the pane's number is muted on every server"
run "$ORC" unmute "$pane"
exit_is 0
wait_for 10 told 2 || fail "not told after unmuting"

# A crash goes to the PM of the session, pasted and submitted; nothing else reached that pane.
[ ! -s "$WORK/pm.log" ] || fail "the PM's pane got something before: $(cat "$WORK/pm.log")"
tmux -L n respawn-pane -k -t "$pane" bash --norc -i
tmux -L n send-keys -t "$pane" "exec -a x $PYTHON $SOURCE/tests/support/scripted_agent.py $WORK/dev.log idle" Enter
wait_for 10 has_state n "$pane" idle || fail "the second agent is not seen"
sleep 1
tmux -L n set -g remain-on-exit on
kill -KILL "$(tmux -L n display-message -p -t "$pane" '#{pane_pid}')"
pm_told() { grep -q 'Agents report' "$WORK/pm.log"; }
wait_for 20 pm_told || fail "the PM is not told: $("$ORC" notify log; "$ORC" status)"
submitted() { [ "$(tail -c 1 "$WORK/pm.log" | od -An -tx1 | tr -d ' ')" = 0d ]; }
wait_for 10 submitted || fail "not submitted"
grep -q 'crashed' "$WORK/pm.log" || fail "the crash is not in it"
[ ! -e "$WORK/injected" ] || fail "a window's name was run"
logged() { "$ORC" notify log | grep -q 'pm .*Agents report'; }
wait_for 10 logged || fail "not in the log: $("$ORC" notify log)"
"$ORC" notify log | grep -q 'slow .*NOT DELIVERED' || fail "a failure is not in the log"
run "$ORC" statusline
exit_is 0
out_has '1 crashed'
"$ORC" monitor stop >/dev/null

# Mistakes have their places.
printf 'notifications:\n  channels:\n    - {type: carrier-pigeon}\n' >"$STATE/config.yaml"
run "$ORC" config validate
exit_is 2
err_has "config.yaml:3:14: 'carrier-pigeon' is not one of"
printf 'notifications:\n  channels: [{name: a, type: desktop}]\n  rules: [{states: [bored], channels: [b]}]\n' >"$STATE/config.yaml"
run "$ORC" config validate
err_has "'bored' is none of"
err_has "the channel 'b', which is not there"
