#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Servers on other machines: a real sshd on loopback stands for each. One forwards unix sockets, one does not, one is not
# there. What is seen over ssh is what is seen here, processes too; a machine or a tmux that hangs or is killed holds up
# nobody; nothing of us stays behind.
. "$(dirname "$0")/lib.sh"
SSHD=$(PATH=$PATH:/usr/sbin command -v sshd) ||
  { echo "SKIPPED: sshd is not installed (apt package openssh-server)"; exit 77; }
needs ssh ssh-keygen ps
[ "$(id -u)" != 0 ] || mkdir -p /run/sshd
KEYS=$WORK/files
ssh-keygen -q -t ed25519 -N '' -f "$KEYS/host" && ssh-keygen -q -t ed25519 -N '' -f "$KEYS/user" || fail "no keys"
export XDG_RUNTIME_DIR=$WORK/files

# Connections go through a process that can be stopped: then nothing is refused and nothing answered.
cat >"$KEYS/wire.py" <<'P'
import select, socket, sys, os
peer = socket.create_connection((sys.argv[1], int(sys.argv[2])))
while True:
    for ready in select.select([0, peer], [], [])[0]:
        data = os.read(0, 65536) if ready == 0 else peer.recv(65536)
        if not data:
            sys.exit(0)
        if ready == 0:
            peer.sendall(data)
        else:
            view = memoryview(data)
            while view:
                view = view[os.write(1, view):]
P
# A `ps` that takes its time while there is a file.
mkdir "$KEYS/bin"
printf '#!/bin/sh\n[ ! -e %s/slow ] || sleep 1.5\nexec %s "$@"\n' "$KEYS" "$(command -v ps)" >"$KEYS/bin/ps"
chmod +x "$KEYS/bin/ps"
declare -A PORT SSHD_PID
# start_sshd NAME OPTION...: a machine NAME with a tmux folder of its own.
start_sshd() {
  local name=$1 port
  shift
  port=$(free_ports 1)
  PORT[$name]=$port
  mkdir -p "$WORK/$name"
  {
    printf '%s\n' "Port $port" "ListenAddress 127.0.0.1" "HostKey $KEYS/host" "AuthorizedKeysFile $KEYS/user.pub" \
      "StrictModes no" "UsePAM no" "UseDNS no" "PidFile none" "PasswordAuthentication no" \
      "KbdInteractiveAuthentication no" "PermitRootLogin yes" "$@"
    # A home without start files: the user's own may take seconds, at each command.
    echo "SetEnv TMUX_TMPDIR=$WORK/$name HOME=$WORK/far-home PATH=$KEYS/bin:$PATH"
  } >"$KEYS/$name.conf"
  "$SSHD" -D -e -f "$KEYS/$name.conf" 2>"$KEYS/$name.log" &
  JOBS+=($!)
  SSHD_PID[$name]=$!
  disown
  describe_host "$name" "$port"
  wait_for 10 grep -q 'listening on' "$KEYS/$name.log" || fail "sshd does not start: $(cat "$KEYS/$name.log")"
}
describe_host() {
  printf '%s\n' "Host $1" "  HostName 127.0.0.1" "  Port $2" "  User $(id -un)" "  IdentityFile $KEYS/user" \
    "  IdentitiesOnly yes" "  ProxyCommand $PYTHON $KEYS/wire.py %h %p" "  UserKnownHostsFile $KEYS/known" "  GlobalKnownHostsFile /dev/null" >>"$KEYS/ssh.conf"
  echo "[127.0.0.1]:$2 $(cut -d' ' -f1,2 "$KEYS/host.pub")" >>"$KEYS/known"
}
start_sshd forwards "AllowStreamLocalForwarding yes"
start_sshd refuses "AllowStreamLocalForwarding no"
describe_host absent "$(free_ports 1)"
ssh -F "$KEYS/ssh.conf" -o BatchMode=yes forwards true 2>"$WORK/stderr" || {
  ! grep -q 'account is locked' "$KEYS/forwards.log" ||
    { echo "SKIPPED: sshd lets $(id -un) not in, since the account is locked (passwd -u)"; exit 77; }
  fail "no login: $(cat "$WORK/stderr" "$KEYS/forwards.log")"
}

# The same agents on both machines and here.
fill() {
  start_server "$1" "$ORC" __replay claude waiting still 0
  new_window "$1" codex "$ORC" __replay codex idle still 0 >/dev/null
  new_window "$1" shell bash -c 'exec -a codex sleep 1000' >/dev/null
  new_window "$1" quoting sh -c "$(printf '%q ' "$ORC" __replay claude waiting still 0) | cat; sleep 1000" >/dev/null
  new_window "$1" "it's odd; \$(x)" sleep 1000 >/dev/null
}
fill here
for name in forwards refuses; do
  (TMUX_TMPDIR=$WORK/$name fill default) || fail "no tmux on $name"
done
cleanup_far() {
  local name
  for name in forwards refuses; do timeout 10 tmux -S "$WORK/$name/tmux-$(id -u)/default" kill-server 2>/dev/null; done
  cleanup
}
trap cleanup_far EXIT

config() {
  mkdir -p "$HOME/.tmux-orchestrator"
  {
    printf 'monitoring: {check_interval: 0.5, confirm_delay: 0}\nservers:\n  - {name: here, socket_name: here}\n'
    for name in "$@"; do printf '  - {name: %s, ssh: %s, ssh_config: %s, timeout: 2}\n' "$name" "$name" "$KEYS/ssh.conf"; done
  } >"$HOME/.tmux-orchestrator/config.yaml"
}

# One look: every machine's agents, over what it allows; one that is not there is told and costs the others nothing.
config forwards refuses absent
all_seen() { run "$ORC" status --json && json "len(d['agents']) == 12"; }
wait_for 20 eval '(all_seen) 2>/dev/null' || { run "$ORC" status; fail "not all agents are seen"; }
run "$ORC" status --json
exit_is 0
json "{s['name']: (s['reachable'], s['transport']) for s in d['servers'] if s['name'] != 'absent'} == {'here': (True, 'native'), 'forwards': (True, 'native'), 'refuses': (True, 'spawn')}"
json "'absent: ' in [s['note'] for s in d['servers'] if s['name'] == 'absent'][0]"
per_server() { field "sorted((a['target'], a['agent'], a['state'], a['rule']) for a in d['agents'] if a['server'] == '$1')"; }
same "$(per_server forwards)" "$(per_server here)" "native over ssh"
same "$(per_server refuses)" "$(per_server here)" "processes over ssh"
run "$ORC" status
out_has 'absent .*NOT REACHED'
run "$ORC" doctor
out_has 'ssh -o BatchMode=yes absent true'
no_ssh_left() { ! pgrep -f "ControlPath=$WORK/files/tmux-orc-ssh" >/dev/null; }
wait_for 10 no_ssh_left || fail "ssh outlives the command"

# The daemon beside all that can happen to a machine; none of it may hold up the rounds.
config forwards refuses
"$ORC" monitor start >/dev/null || fail "no start"
says() { "$ORC" status --json 2>/dev/null | "$PYTHON" -c "
import json, sys
d = json.load(sys.stdin)
s = {s['name']: s for s in d['servers']}
agents = {(a['server'], a['window']): a for a in d['agents']}
sys.exit(0 if $1 else 1)" 2>/dev/null; }
up() { says "s['$1']['reachable'] and s['$1']['transport'] == '$2'"; }
down() { says "not s['$1']['reachable']"; }
rounds() { "$ORC" status --json | "$PYTHON" -c "import json,sys; print(json.load(sys.stdin)['round']['number'])"; }
# go_on WHAT: at an interval of 0.5 s.
go_on() {
  local before after
  before=$(rounds)
  sleep 4
  after=$(rounds)
  echo "beside $1: $((after - before)) rounds in 4 s"
  [ $((after - before)) -ge 6 ] || fail "only $((after - before)) rounds in 4 s beside $1"
  says "s['here']['reachable'] and agents[('here', 'codex')]['state'] == 'idle'" || fail "here is not seen beside $1"
}
far() { local name=$1; shift; timeout 10 tmux -S "$WORK/$name/tmux-$(id -u)/default" "$@"; }
wait_for 20 up forwards native || fail "no native connection"
wait_for 20 up refuses spawn || fail "no connection by processes"

# The file of the forwarded socket is removed, as a cleaner of /tmp would: it is made again.
forwarded=$(find "$WORK"/files/tmux-orc-ssh-* -name s)
[ -n "$forwarded" ] || fail "no forwarded socket is found"
rm $forwarded
has_forwarded() { for file in $forwarded; do [ -S "$file" ] || return 1; done; }
wait_for 20 has_forwarded || fail "the forwarded socket is not made again"
wait_for 20 up forwards native || fail "no native connection over the new one"

# A slow `ps` there is cut off with the round; the machine is not to blame, and nobody is called gone or exited.
touch "$KEYS/slow"
go_on "a slow ps"
says "all(x['reachable'] for x in s.values())" || fail "a machine with a slow ps is called unreachable"
says "agents[('forwards', 'codex')]['state'] == 'idle'" || fail "an agent's state is lost to a slow ps"
rm "$KEYS/slow"

# An agent in a shell there is killed: only the far machine's processes tell.
far forwards new-window -d -t main: -n victim env PS1='$ ' bash --norc -i
far forwards send-keys -t main:victim "$(printf '%q ' "$ORC" __replay codex working still 0)" Enter
wait_for 15 says "agents[('forwards', 'victim')]['state'] == 'working'" || fail "the far agent is not seen at work"
shell=$(far forwards display-message -p -t main:victim '#{pane_pid}')
kill -KILL "$(pgrep -P "$shell")"
wait_for 15 says "agents[('forwards', 'victim')]['state'] == 'crashed'" || fail "the far agent's death is not seen"

# The tmux of one machine is killed, the one of the other hangs.
far refuses kill-server
wait_for 15 down refuses || fail "a tmux that was killed is called reachable"
pid=$(far forwards display-message -p '#{pid}')
STOPPED=("$pid")
kill -STOP "$pid"
wait_for 15 down forwards || fail "a tmux that hangs is called reachable"
go_on "a tmux that hangs and one that was killed"
kill -CONT "$pid"
STOPPED=()
wait_for 20 says "s['forwards']['reachable']" || fail "the tmux that hung is not seen again"
(TMUX_TMPDIR=$WORK/refuses start_server default "$ORC" __replay claude waiting still 0) || fail "no new tmux"
wait_for 20 up refuses spawn || fail "the new tmux is not seen"

# A connection hangs, and a machine goes down.
mapfile -t STOPPED < <(pgrep -f "$KEYS/wire.py 127.0.0.1 ${PORT[forwards]}")
[ ${#STOPPED[@]} -ge 1 ] || fail "the connection's process is not found"
for pid in "${STOPPED[@]}"; do kill -STOP "$pid"; done
kill -KILL "${SSHD_PID[refuses]}" $(pgrep -f "$KEYS/wire.py 127.0.0.1 ${PORT[refuses]}")
wait_for 15 says "not s['forwards']['reachable'] and 'does not answer' in s['forwards']['note']" || fail "a machine that hangs is not told"
wait_for 15 down refuses || fail "a machine that is down is called reachable"
go_on "a machine that hangs and one that is down"
for pid in "${STOPPED[@]}"; do kill -CONT "$pid"; done
STOPPED=()
wait_for 30 says "s['forwards']['reachable']" || fail "it is not seen again"

# Killed hard, nothing of ours stays on either side.
pid=$("$ORC" status --json | "$PYTHON" -c "import json,sys; print(json.load(sys.stdin)['monitor']['pid'])")
kill -KILL "$pid"
wait_for 20 no_ssh_left || fail "ssh outlives a killed daemon: $(pgrep -af ControlPath)"

# A machine that is down is tried by its watcher alone, ever more rarely: not by status lines, PMs or the desktop.
cat >"$KEYS/bin/ssh" <<S
#!/bin/sh
case "\$*" in *ControlMaster=yes*) echo watcher ;; *) echo "other: \$*" ;; esac >>"$KEYS/attempts"
exec $(command -v ssh) "\$@"
S
chmod +x "$KEYS/bin/ssh"
config absent
cat >>"$HOME/.tmux-orchestrator/config.yaml" <<'Y'
notifications:
  startup_grace: 0
  channels: [{type: statusline, panes: on}, {type: pm-pane}, {type: desktop, osc: both}]
  rules: [{channels: [statusline, pm-pane, desktop]}]
Y
PATH=$KEYS/bin:$PATH "$ORC" monitor start >/dev/null || fail "no start beside a machine that is down"
for i in $(seq 8); do "$ORC" status >/dev/null; "$ORC" statusline >/dev/null; sleep 1; done
echo "attempts in 8 s: $(sort "$KEYS/attempts" | uniq -c)"
[ "$(grep -c watcher "$KEYS/attempts")" -le 5 ] || fail "a machine that is down is logged into again and again"
! grep '^other' "$KEYS/attempts" || fail "others than the watcher log into a machine that is down"
"$ORC" monitor stop >/dev/null || fail "no stop"

# What could be taken for an option or a command is refused, with its place.
for bad in '-oProxyCommand=touch /tmp/x' 'a b' 'host;id' '$(id)'; do
  printf 'servers:\n  - {ssh: "%s"}\n' "$bad" >"$HOME/.tmux-orchestrator/config.yaml"
  run "$ORC" config validate
  exit_is 2
  err_has 'config.yaml:2:[0-9]+: ssh .* must be user@host'
done
