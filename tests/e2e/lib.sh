# SPDX-License-Identifier: Apache-2.0
# Sourced by each end-to-end script. Gives it a private HOME, tmux folder and TMPDIR, removed in the end together with
# the tmux servers that were started there, and a few assertions. Any failed assertion ends the script with 1.
set -u -o pipefail

ORC=${TMUX_ORC:?path of the tmux-orc binary}
SOURCE=${ORC_SOURCE:?path of the source tree}
PYTHON=$(python3 -c "import sys; print(sys.executable)")  # past the shims of version managers, which cost 0.2 s a call
WORK=$(mktemp -d /tmp/orc-e2e-XXXXXX)
umask 077  # a token file that others may read is refused
export HOME=$WORK/home TMUX_TMPDIR=$WORK/tmux TMPDIR=$WORK/tmp TERM=xterm-256color LC_ALL=C.UTF-8
export PYTHONPATH=$SOURCE/tests/support PYTHONDONTWRITEBYTECODE=1
mkdir -p "$HOME" "$TMUX_TMPDIR" "$TMPDIR" "$WORK/files"
unset TMUX TMUX_PANE NO_COLOR TMUX_ORC TMUX_ORC_CONFIG TMUX_ORC_FORCE_SYNC TMUX_ORC_ASYNC_DISABLED \
      TMUX_ORC_POOL_SIZE TMUX_ORC_CACHE_TTL TMUX_ORC_ENV TMUX_ORC_LOG_LEVEL TMUX_ORC_PERF_MONITORING \
      TMUX_ORC_ASYNC_ROLLOUT
STOPPED=()  # processes that were sent SIGSTOP: cleanup lets them go on, or they could not be ended
JOBS=()  # processes started in the background, ended by cleanup

cleanup() {
  local pid socket lock
  for lock in "$HOME"/.tmux-orchestrator/run/*/lock; do
    [ -f "$lock" ] || continue
    pid=$(cut -d' ' -f1 "$lock")
    # Ours, if it runs our program with our HOME: an old pid may belong to anybody by now.
    grep -qz "^HOME=$HOME$" "/proc/$pid/environ" 2>/dev/null && kill -KILL "$pid" 2>/dev/null
  done
  for pid in "${STOPPED[@]}"; do kill -CONT "$pid" 2>/dev/null; done
  for pid in "${JOBS[@]}"; do kill -KILL "$pid" 2>/dev/null; done
  for socket in "$TMUX_TMPDIR"/tmux-*/*; do
    [ -S "$socket" ] && timeout 10 tmux -S "$socket" kill-server 2>/dev/null
  done
  # A benchmark's server that outlived its socket: its command line names this script's own folder.
  for pid in $(pgrep -f "$WORK/tmp/tmux-orc-"); do kill -KILL "$pid" 2>/dev/null; done
  rm -rf "$WORK"
}
trap cleanup EXIT

fail() {
  echo "FAILED at ${BASH_SOURCE[-1]##*/}:${BASH_LINENO[-2]}: $*" >&2
  echo "--- exit code ${RC:-}, standard output:" >&2
  head -c 3000 <<<"${OUT:-}" >&2
  echo "--- standard error:" >&2
  head -c 3000 <<<"${ERR:-}" >&2
  exit 1
}

# run COMMAND...: gives RC, OUT and ERR.
run() {
  OUT=$("$@" 2>"$WORK/stderr" </dev/null)
  RC=$?
  ERR=$(cat "$WORK/stderr")
}
# run_with INPUT COMMAND...: the same with this standard input.
run_with() {
  local input=$1
  shift
  OUT=$(printf '%s' "$input" | "$@" 2>"$WORK/stderr")
  RC=$?
  ERR=$(cat "$WORK/stderr")
}
exit_is() { [ "$RC" -eq "$1" ] || fail "exit code is $RC, not $1"; }
out_has() { grep -qE -- "$1" <<<"$OUT" || fail "standard output lacks /$1/"; }
out_lacks() { ! grep -qE -- "$1" <<<"$OUT" || fail "standard output has /$1/"; }
err_has() { grep -qE -- "$1" <<<"$ERR" || fail "standard error lacks /$1/"; }
err_is_empty() { [ -z "$ERR" ] || fail "standard error is not empty"; }
no_escapes() { ! grep -q $'\x1b' <<<"$OUT$ERR" || fail "there are escape sequences"; }
same() { [ "$1" = "$2" ] || fail "'$1' is not '$2'${3:+ ($3)}"; }

# json EXPRESSION: true of the JSON document in OUT, which it calls d. lines EXPRESSION: of OUT's lines, each one a
# JSON document, as a list d.
json() { py_check "d = json.loads(sys.stdin.read())" "$1"; }
lines() { py_check "d = [json.loads(line) for line in sys.stdin]" "$1"; }
py_check() {
  local problem
  problem=$(printf '%s\n' "$OUT" | "$PYTHON" -c "
import json, sys
$1
assert $2" 2>&1) || fail "not so: $2: $(tail -1 <<<"$problem")"
}
# field EXPRESSION: prints it, of the JSON document in OUT.
field() { printf '%s\n' "$OUT" | "$PYTHON" -c "
import json, sys
d = json.loads(sys.stdin.read())
print($1)"; }

# wait_for SECONDS COMMAND...: until it succeeds.
wait_for() {
  local until=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $until ] || return 1
    sleep 0.05
  done
}

# after_looks N: once the running monitor has looked N times more. What follows at once from what it sees is done then.
after_looks() {
  local goal
  goal=$(($(looks) + $1))
  looked() { [ "$(looks)" -ge "$goal" ]; }
  wait_for 30 looked || fail "the monitor does not look any more"
}
looks() { "$ORC" status --json 2>/dev/null | "$PYTHON" -c "import json, sys; print(json.load(sys.stdin)['round']['number'])"; }

# needs PROGRAM...: what the test cannot do without. They are among the packages of scripts/install.sh --test-deps, so
# one that is missing is a failure: a test that skips itself is a test that nobody misses.
needs() {
  local program
  for program in "$@"; do
    PATH=$PATH:/usr/sbin command -v "$program" >/dev/null || fail "$program is missing: scripts/install.sh --test-deps"
  done
}
# python_with MODULE...: a Python that has them; Debian's own, when another one comes first in PATH.
python_with() {
  local candidate
  for candidate in "$PYTHON" /usr/bin/python3; do
    "$candidate" -c "import $(IFS=,; echo "$*")" 2>/dev/null && echo "$candidate" && return
  done
  return 1
}
# free_ports N: ports of the loopback that nobody listens on.
free_ports() { "$PYTHON" -c "
import socket
open_ = [socket.socket() for _ in range($1)]
for s in open_: s.bind(('127.0.0.1', 0))
print(*[s.getsockname()[1] for s in open_])"; }
# start_prometheus NAME PORT FILE: with its data in files/NAME.data and its log in files/NAME.log.
start_prometheus() {
  prometheus --config.file="$3" --storage.tsdb.path="$WORK/files/$1.data" --log.level=warn \
    --web.listen-address="127.0.0.1:$2" >"$WORK/files/$1.log" 2>&1 &
  JOBS+=($!)
  disown  # its end by cleanup is no news
}
# start_alertmanager NAME PORT FILE: the same of an Alertmanager, which joins no other.
start_alertmanager() {
  prometheus-alertmanager --config.file="$3" --storage.path="$WORK/files/$1.alerts" --log.level=warn \
    --cluster.listen-address= --web.listen-address="127.0.0.1:$2" >"$WORK/files/$1.alerts.log" 2>&1 &
  JOBS+=($!)
  disown
}

# telling_hook: prints the path of a command for a channel, which keeps what it is told in told.jsonl of the HOME.
telling_hook() {
  printf '#!/bin/sh\ncat >>"$HOME/told.jsonl"\n' >"$WORK/files/hook"
  chmod +x "$WORK/files/hook"
  echo "$WORK/files/hook"
}

# A tmux server NAME of 120x40 whose first window runs COMMAND.
start_server() {
  local name=$1
  shift
  tmux -L "$name" -f /dev/null new-session -d -x 120 -y 40 -s main "$@" || fail "tmux does not start"
  tmux -L "$name" set -g automatic-rename off
  tmux -L "$name" set -g allow-rename off
}
# new_window SERVER NAME COMMAND...: prints the pane's id.
new_window() {
  local server=$1 name=$2
  shift 2
  tmux -L "$server" new-window -d -P -F '#{pane_id}' -t main: -n "$name" "$@"
}
server_pid() { tmux -L "$1" display-message -p '#{pid}'; }
pid_is_gone() { ! kill -0 "$1" 2>/dev/null; }
# Ends a server, where there is one, and waits until its process is gone: one that no longer answers but is still ending
# spoils the start of the next ("server exited unexpectedly").
stop_server() {
  local pid
  pid=$(server_pid "$1" 2>/dev/null)
  [ -n "$pid" ] || return 0
  tmux -L "$1" kill-server
  wait_for 10 pid_is_gone "$pid" || fail "the server $1 does not end"
}
socket_of() { echo "$TMUX_TMPDIR/tmux-$(id -u)/$1"; }

# has_state SERVER PANE STATE: what status says of a pane.
has_state() {
  "$ORC" -L "$1" status --json 2>/dev/null | "$PYTHON" -c "
import json, sys
agents = {a['pane']: a['state'] for a in json.load(sys.stdin)['agents']}
sys.exit(agents.get('$2') != '$3')"
}
