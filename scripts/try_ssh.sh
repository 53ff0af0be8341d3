#!/usr/bin/env bash
# Run by hand (TMUX_ORC=program ORC_SOURCE=tree): where a login takes seconds it needs minutes. Servers on other machines: a real sshd on loopback stands for each. One forwards unix sockets, one does not, one is not
# there. What is seen over ssh is what is seen here; a machine that hangs holds up nobody; nothing of us stays behind.
. "$(dirname "$0")/../tests/e2e/lib.sh"
SSHD=$(command -v sshd || echo /usr/sbin/sshd)
[ -x "$SSHD" ] || { echo "sshd is missing"; exit 1; }
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
free_port() { "$PYTHON" -c "import socket; s=socket.socket(); s.bind(('127.0.0.1',0)); print(s.getsockname()[1])"; }
# start_sshd NAME OPTION...: a machine NAME with a tmux folder of its own.
start_sshd() {
  local name=$1 port
  shift
  port=$(free_port)
  mkdir -p "$WORK/$name"
  {
    printf '%s\n' "Port $port" "ListenAddress 127.0.0.1" "HostKey $KEYS/host" "AuthorizedKeysFile $KEYS/user.pub" \
      "StrictModes no" "UsePAM no" "PidFile none" "PasswordAuthentication no" "KbdInteractiveAuthentication no" \
      "PermitRootLogin yes" "SetEnv TMUX_TMPDIR=$WORK/$name" "$@"
  } >"$KEYS/$name.conf"
  "$SSHD" -D -e -f "$KEYS/$name.conf" 2>"$KEYS/$name.log" &
  JOBS+=($!)
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
describe_host absent "$(free_port)"

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
    printf 'monitoring: {check_interval: 0.5}\nservers:\n  - {name: here, socket_name: here}\n'
    for name in "$@"; do printf '  - {name: %s, ssh: %s, ssh_config: %s, timeout: 6}\n' "$name" "$name" "$KEYS/ssh.conf"; done
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

# The daemon, and a machine that hangs.
config forwards
"$ORC" monitor start >/dev/null || fail "no start"
server_says() { "$ORC" status --json 2>/dev/null | "$PYTHON" -c "
import json, sys
s = {s['name']: s for s in json.load(sys.stdin)['servers']}['forwards']
sys.exit(0 if $1 else 1)"; }
wait_for 20 server_says "s['reachable'] and s['transport'] == 'native'" || fail "no native connection"
mapfile -t STOPPED < <(pgrep -f "$KEYS/wire.py")
[ ${#STOPPED[@]} -ge 1 ] || fail "the connection's process is not found"
for pid in "${STOPPED[@]}"; do kill -STOP "$pid"; done
wait_for 15 server_says "not s['reachable'] and 'does not answer' in s['note']" || fail "a hanging machine is not told"
rounds() { "$ORC" status --json | "$PYTHON" -c "import json,sys; print(json.load(sys.stdin)['round']['number'])"; }
before=$(rounds)
sleep 5
after=$(rounds)
[ $((after - before)) -ge 8 ] || fail "only $((after - before)) rounds in 5 s beside a machine that hangs"
for pid in "${STOPPED[@]}"; do kill -CONT "$pid"; done
STOPPED=()
wait_for 30 server_says "s['reachable']" || fail "it is not seen again"

# Killed hard, nothing of ours stays on either side.
pid=$("$ORC" status --json | "$PYTHON" -c "import json,sys; print(json.load(sys.stdin)['monitor']['pid'])")
kill -KILL "$pid"
wait_for 20 no_ssh_left || fail "ssh outlives a killed daemon: $(pgrep -af ControlPath)"

# What could be taken for an option or a command is refused, with its place.
for bad in '-oProxyCommand=touch /tmp/x' 'a b' 'host;id' '$(id)'; do
  printf 'servers:\n  - {ssh: "%s"}\n' "$bad" >"$HOME/.tmux-orchestrator/config.yaml"
  run "$ORC" config validate
  exit_is 2
  err_has 'config.yaml:2:[0-9]+: ssh .* must be user@host'
done
