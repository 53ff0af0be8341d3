#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# doctor: each check is well on a sound machine, and names what is wrong, and what to do, on an unsound one.
. "$(dirname "$0")/lib.sh"
STATE=$HOME/.tmux-orchestrator
doctor() { run "$ORC" doctor "$@"; }
line_has() { out_has "^$1 +$2"; }

# Nothing there yet: nothing is wrong, and nothing is made.
doctor
exit_is 0
err_is_empty
no_escapes
line_has ok 'tmux: tmux [0-9].* \(/'
line_has ok 'configuration: defaults \(valid\)$'
line_has ok 'rules: [0-9]+ agents \(valid\)$'
line_has warning 'server default: no tmux server at .*  -> '
line_has ok "folder $STATE: not there yet"
line_has ok 'api: the unix socket only$'
line_has ok 'active environment: none yet'
line_has ok 'history: nothing is recorded yet$'
line_has ok 'notifications: nothing was told yet$'
line_has ok "log: $STATE/logs/blue.log \(writable\)$"
line_has ok 'monitor: none of environment blue is running  -> tmux-orc monitor start$'
[ ! -e "$STATE" ] || fail "doctor made $STATE"

# A server that answers, one that is missing, and a monitor on them.
start_server d "$ORC" __replay claude waiting still 0
mkdir -m 700 "$STATE"
printf 'servers:\n  - {name: here, socket_name: d}\n  - {name: there, socket_name: nobody}\n' >"$STATE/config.yaml"
run "$ORC" monitor start
exit_is 0
doctor
exit_is 0
line_has ok "configuration: $STATE/config.yaml \(valid\)$"
line_has ok 'server here: tmux [0-9.a-z]+, transport (native|spawn)$'
line_has warning 'server there: no tmux server at '
line_has ok "folder $STATE: mode 0700$"
line_has ok "folder $STATE/run/blue: mode 0700$"
line_has ok 'active environment: blue$'
line_has ok 'monitor: pid [0-9]+, environment blue, answers$'
recorded() { "$ORC" doctor | grep -qE "^ok +history: $STATE/history.db \(sound\)$"; }
wait_for 10 recorded || fail "a sound history is not called so"
doctor --json
exit_is 0
json "d['level'] == 'warning' and len(d['checks']) == 13 and all(c['level'] in ('ok', 'warning') for c in d['checks'])"
json "[c for c in d['checks'] if c['level'] == 'warning'][0]['todo']"
doctor -L d
line_has ok 'server d: tmux '
out_lacks 'server there'

# A monitor that does not answer.
pid=$("$ORC" monitor status --json | "$PYTHON" -c "import json,sys; print(json.load(sys.stdin)['pid'])")
STOPPED+=("$pid")
kill -STOP "$pid"
doctor
kill -CONT "$pid"
exit_is 1
line_has error "monitor: pid $pid, environment blue, does not answer: .*  -> .*monitor restart"
run "$ORC" monitor stop
exit_is 0

# A server that exists and does not answer.
tmux_pid=$(server_pid d)
STOPPED+=("$tmux_pid")
kill -STOP "$tmux_pid"
doctor
kill -CONT "$tmux_pid"
exit_is 1
line_has error 'server here: .*  -> '

# What is no socket.
: >"$WORK/files/plain"
doctor -S "$WORK/files/plain"
exit_is 1
line_has error 'server .*is not a socket'
# What cannot be looked at is not called missing.
ln -s loop "$WORK/files/loop"
doctor -S "$WORK/files/loop"
exit_is 1
line_has error 'server .*Too many levels of symbolic links'

# Permissions.
chmod 755 "$STATE"
doctor
exit_is 0
line_has warning "folder $STATE: mode 0755, others may look into it  -> chmod 700 $STATE$"
chmod 770 "$STATE/run/blue"
doctor
exit_is 1
line_has error "folder $STATE/run/blue: mode 0770, others may write  -> chmod 700 $STATE/run/blue$"
chmod 700 "$STATE" "$STATE/run/blue"

# The API: what a daemon refuses to start with, doctor and validate tell before; they agree with the daemon.
cp "$STATE/config.yaml" "$WORK/files/good.yaml"
api() { printf 'servers: [{name: here, socket_name: d}]\napi:\n  listen: "%s"\n  token_file: "%s"\n' "$1" "$2" >"$STATE/config.yaml"; }
refused() {
  doctor
  exit_is 1
  line_has error "$1"
  run "$ORC" monitor start
  exit_is 1
  err_has "$2"
}
not_valid() {
  run "$ORC" config validate
  exit_is 2
  err_has "config.yaml:$1: $2"
}
token=$WORK/files/token
api 0.0.0.0:0 ""
refused 'api.listen 0.0.0.0:0 is not a loopback address: set api.token_file.*  -> ' 'not a loopback address'
not_valid 3 'api.listen 0.0.0.0:0 is not a loopback'
api nonsense ""
refused "api.listen 'nonsense' must be an address and a port.*  -> " 'must be an address and a port'
not_valid 3 "api.listen 'nonsense'"
api 127.0.0.1:0 "$token"
refused "api.token_file: cannot read $token: No such file.*  -> write one: " 'api.token_file: cannot read'
not_valid 4 'api.token_file: cannot read'
run "$ORC" config validate "$STATE/config.yaml"  # it may be meant for another machine
exit_is 0
echo 0123456789abcde >"$token"
refused "api.token_file: $token: a token needs at least 16 characters  -> " 'at least 16 characters'
not_valid 4 'api.token_file: .*at least 16 characters'
echo 0123456789abcdef >"$token"
chmod 640 "$token"
doctor
exit_is 0
line_has ok 'api: 127.0.0.1:0, with a token$'
chmod 644 "$token"
refused "api.token_file: $token: others may read it \(mode 644\): chmod o-rwx $token  -> write another, that nobody has read: " 'others may read it'
not_valid 4 'api.token_file: .*others may read it'
# A port that another program listens on; it is no problem while our own monitor does.
"$PYTHON" - "$WORK/files/port" <<'PY' &
import os, socket, sys, time
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen()
with open(sys.argv[1] + ".new", "w") as f: f.write(str(s.getsockname()[1]))
os.rename(sys.argv[1] + ".new", sys.argv[1])
time.sleep(600)
PY
JOBS+=($!)
wait_for 10 [ -e "$WORK/files/port" ] || fail "no port"
port=$(cat "$WORK/files/port")
chmod 600 "$token"
api "127.0.0.1:$port" "$token"
refused "api: cannot listen at 127.0.0.1:$port: Address already in use  -> " 'Address already in use'
kill -KILL "${JOBS[-1]}"
wait "${JOBS[-1]}" 2>/dev/null
unset 'JOBS[-1]'
run "$ORC" monitor start
exit_is 0
doctor
exit_is 0
line_has ok "api: 127.0.0.1:$port, with a token$"
run "$ORC" monitor stop
exit_is 0
cp "$WORK/files/good.yaml" "$STATE/config.yaml"

# Which environment is active is not readable: a monitor only observes.
echo '{"active": 3' >"$STATE/active.json"
doctor
exit_is 1
line_has error "$STATE/active.json is damaged.*  -> tmux-orc switch-environment --force blue;"
run "$ORC" switch-environment --force blue  # what is said to do does it
exit_is 0
doctor
exit_is 0
line_has ok 'active environment: blue$'

# What was told is damaged.
echo 'no database, but long enough to be looked at as one' >"$STATE/notify.db"
doctor
exit_is 1
line_has error "notifications: file is not a database  -> move it away, .*: mv $STATE/notify.db "
rm "$STATE/notify.db"
"$PYTHON" -c "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('CREATE TABLE told(a)')" "$STATE/notify.db"
doctor
exit_is 0
line_has ok "notifications: $STATE/notify.db \(sound\)$"

# A damaged history, and one that is none.
"$PYTHON" - "$STATE/history.db" <<'PY'
import sys
with open(sys.argv[1], "r+b") as f:
    f.seek(0, 2)
    size = f.tell()
    for page in range(4096, size, 4096):  # page 1 is the schema: it opens well
        f.seek(page)
        f.write(b"\xff" * 64)
PY
doctor
exit_is 1
line_has error 'history: .*  -> move it away, .*: mv '
echo 'no database, but long enough to be looked at as one' >"$STATE/history.db"
doctor
exit_is 1
line_has error 'history: file is not a database'
rm "$STATE"/history.db*

# The log's folder is a file.
rm -r "$STATE/logs"
: >"$STATE/logs"
doctor
exit_is 1
line_has error "log: $STATE/logs is no folder  -> move it away"
rm "$STATE/logs"

# Bad configuration, bad rules: on one line each, with their place.
cp "$STATE/config.yaml" "$WORK/files/good.yaml"
printf 'monitoring:\n  chekc_interval: 5\n  max_failures: many\n' >"$STATE/config.yaml"
mkdir "$STATE/agents"
echo 'agent: [' >"$STATE/agents/mine.yaml"
doctor
exit_is 1
line_has error 'configuration: .*config.yaml:2:3: .*config.yaml:3:17.*  -> .*config validate$'
line_has error 'rules: .*mine.yaml:.*  -> .*rules check'
doctor --json
exit_is 1
json "d['level'] == 'error'"
rm -r "$STATE/agents"
cp "$WORK/files/good.yaml" "$STATE/config.yaml"

# No tmux, and one that is too old.
run env PATH="$WORK/files" "$ORC" doctor
exit_is 1
line_has error 'tmux: not in \$PATH  -> install it'
printf '#!/bin/sh\necho tmux 3.1c\n' >"$WORK/files/tmux"
chmod +x "$WORK/files/tmux"
run env PATH="$WORK/files:/bin" "$ORC" doctor
exit_is 1
line_has error 'tmux: tmux 3.1c .*  -> tmux-orc needs 3.2'
