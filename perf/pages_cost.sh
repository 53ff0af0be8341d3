#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What open pages cost a monitor: its rounds, its CPU and memory without and with them, on a private tmux server whose panes
# all paint. The pages are the requests that a page makes (pages_load.py), at the lowest priority, since browsers are
# elsewhere; since they are not, the third figure is of rounds beside a program that has nothing to do with the monitor and
# takes as much of a core as the pages did, at the same priority. All of it is measured in this run and torn down at the end.
#   pages_cost.sh TMUX_ORC [PAGES] [SCREENS] [PANES] [SECONDS] [--json]      (200 20 200 60)
set -eu -o pipefail
ORC=$(realpath "${1:?path of the tmux-orc binary}")
PAGES=${2:-200} SCREENS=${3:-20} PANES=${4:-200} SECONDS_=${5:-60} FORM=${6:-}
HERE=$(cd "$(dirname "$0")" && pwd)
WORK=$(mktemp -d "${TMPDIR:-/tmp}/orc-pages-XXXXXX")
umask 077
export HOME=$WORK/home TMUX_TMPDIR=$WORK LC_ALL=C.UTF-8 TERM=xterm-256color
STATE=$HOME/.tmux-orchestrator SOCKET=$WORK/socket MONITOR='' LOAD=''
mkdir -p "$STATE"
unset TMUX TMUX_PANE
cleanup() {
  for pid in $MONITOR $LOAD; do kill "$pid" 2>/dev/null || true; done
  tmux -N -S "$SOCKET" kill-server 2>/dev/null || true
  rm -rf "$WORK"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

PORT=$(python3 -c "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])")
cat >"$STATE/config.yaml" <<Y
servers: [{name: pages, socket_path: $SOCKET}]
monitoring: {check_interval: 1}
api: {listen: "127.0.0.1:$PORT"}
Y
bash "$HERE/replay_panes.sh" "$ORC" "$PANES" 100 >"$WORK/panes"
: >"$WORK/tmux.conf"
tmux -S "$SOCKET" -f "$WORK/tmux.conf" start-server \; set -g exit-empty off \; set -g status off
tmux -S "$SOCKET" source-file "$WORK/panes"
"$ORC" monitor run >"$WORK/out" 2>&1 &
MONITOR=$!
seen() { "$ORC" status --json 2>/dev/null | grep -oE '"state": *"working"' | wc -l; }
for ((try = 0; try < 120; ++try)); do
  if (($(seen) >= PANES)); then break; fi
  sleep 1
done
(($(seen) >= PANES)) || { echo "only $(seen) of $PANES panes are seen at work" >&2; cat "$WORK/out" >&2; exit 1; }
sleep 3  # the first rounds are cold

cpu_ticks() { awk '{ print $14 + $15 }' "/proc/$MONITOR/stat"; }
resident_kb() { awk '$1 == "VmRSS:" { print $2 }' "/proc/$MONITOR/status"; }
# Prints p50, p95 of the rounds of the last N seconds and how many they were, and the CPU since the ticks $2.
figures() {
  curl -s --unix-socket "$STATE/run/blue/api.sock" "http://x/api/v1/rounds?last=720" | python3 -c "
import json, os, sys, time
since = (time.time() - $1) * 1000
t = sorted(r['round']['phase_ms']['total'] for r in json.load(sys.stdin)['rounds'] if r['at_ms'] >= since)
print(json.dumps({'rounds': len(t), 'cycle_ms_p50': t[len(t) // 2], 'cycle_ms_p95': t[len(t) * 95 // 100],
                  'cpu_percent': round(100 * ($(cpu_ticks) - $2) / os.sysconf('SC_CLK_TCK') / $1, 2), 'resident_kb': $(resident_kb)}))"
}
C=$(cpu_ticks)
sleep "$SECONDS_"
ALONE=$(figures "$SECONDS_" "$C")
# The time in which they come, then the same time again.
nice -n 19 python3 "$HERE/pages_load.py" "$PORT" "$STATE/api-token" "$PAGES" "$SCREENS" $((SECONDS_ * 4 / 3 + SECONDS_)) >"$WORK/load" &
LOAD=$!
sleep $((SECONDS_ / 3 + 1))
EARLY=$(resident_kb) C=$(cpu_ticks)
sleep "$SECONDS_"
WATCHED=$(figures "$SECONDS_" "$C")
sleep $((SECONDS_ / 2))
LATE=$(resident_kb)
wait "$LOAD" || { echo "the pages ended badly" >&2; exit 1; }
LOAD=
sleep 1
AFTER=$(resident_kb)
# As much work as the pages were, in pieces of 5 ms, for somebody else.
nice -n 19 python3 - "$(python3 -c "import json; print(json.load(open('$WORK/load'))['cpu_percent'])")" $((SECONDS_ + 2)) <<'P' &
import json, sys, time
share, until = min(1, float(sys.argv[1]) / 100), time.monotonic() + float(sys.argv[2])
text = json.dumps([{"name": f"agent {n}", "since": n} for n in range(50)])
while (begin := time.monotonic()) < until:
    while time.monotonic() - begin < 0.005 * share:
        json.loads(text)
    time.sleep(max(0, 0.005 - (time.monotonic() - begin)))
P
LOAD=$!
sleep 1
C=$(cpu_ticks)
sleep "$SECONDS_"
BESIDE=$(figures "$SECONDS_" "$C")
wait "$LOAD" || true
LOAD=
printf '{"pages": %d, "screens": %d, "panes": %d, "alone": %s, "watched": %s, "beside": %s, "resident_kb_early": %d, "resident_kb_late": %d, "resident_kb_after": %d, "load": %s}\n' \
  "$PAGES" "$SCREENS" "$PANES" "$ALONE" "$WATCHED" "$BESIDE" "$EARLY" "$LATE" "$AFTER" "$(cat "$WORK/load")" >"$WORK/result"
if [ "$FORM" = --json ]; then cat "$WORK/result"; else
  python3 - "$WORK/result" <<'P'
import json, sys
d = json.load(open(sys.argv[1]))
print(f"{d['pages']} pages ({d['screens']} with a screen open) on {d['panes']} painting panes, a round every second")
names = {"alone": "alone", "watched": "watched", "beside": f"beside {d['load']['cpu_percent']}% of a core of other work"}
for key, name in names.items():
    f = d[key]
    print(f"{name}: {f['rounds']} rounds, cycle p50 {f['cycle_ms_p50']} ms, p95 {f['cycle_ms_p95']} ms; {f['cpu_percent']}% of a core, {f['resident_kb']} KiB")
print(f"memory: {d['resident_kb_early']} KiB when all had come, {d['resident_kb_late']} late, {d['resident_kb_after']} when they had gone")
l = d["load"]
print(f"answers: {l['answers']}, p50 {l['answer_ms_p50']} ms, p95 {l['answer_ms_p95']} ms; {l['following']} streams, {l['cut_off']} cut off, {l['transitions']} events; refused: {l['refused'] or 'none'}")
P
fi
