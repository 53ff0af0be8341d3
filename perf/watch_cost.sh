#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a running monitor costs: resident memory, its CPU and tmux's, on a private tmux server whose panes replay agents'
# screens. All of it is measured in this run, from /proc, and torn down at the end.
#   watch_cost.sh TMUX_ORC [AGENTS] [SECONDS] [PAINTING_PERCENT] [INTERVAL_S|default] [--json]   (100 60 10 default)
# `default`: the settings that nobody changed, so pulses within their budget. Then both costs have a bound, 1% of a core
# to 100 agents and 3% above, and what is over it makes the exit status 1.
set -eu -o pipefail
ORC=$(realpath "${1:?path of the tmux-orc binary}")
AGENTS=${2:-100} SECONDS_=${3:-60} PAINTING=${4:-10} INTERVAL=${5:-default} FORM=${6:-}
WORK=$(mktemp -d "${TMPDIR:-/tmp}/orc-watch-XXXXXX")
export HOME=$WORK/home TMUX_TMPDIR=$WORK LC_ALL=C.UTF-8 TERM=xterm-256color
mkdir -p "$HOME"
unset TMUX TMUX_PANE
SOCKET=$WORK/socket MONITOR=

cleanup() {
  if [ -n "$MONITOR" ]; then kill "$MONITOR" 2>/dev/null || true; fi
  tmux -N -S "$SOCKET" kill-server 2>/dev/null || true
  rm -rf "$WORK"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

say() { if [ -t 2 ]; then printf '\r\033[K%s' "$*" >&2; fi; }

cpu_ns() { cut -d' ' -f1 "/proc/$1/schedstat"; }
# schedstat is the main thread's alone, which is all that tmux has. A monitor has more, and some that end: their sum is in
# stat, in ticks.
threads_cpu_ns() { awk -v hz="$(getconf CLK_TCK)" '{ printf "%.0f", ($14 + $15) * 1e9 / hz }' "/proc/$1/stat"; }
memory_kb() { awk -v name="$2:" '$1 == name { print $2 }' "/proc/$1/status"; }
# Of the daemon's snapshot: without -S it is the daemon that answers.
round_number() { "$ORC" status --json | grep -oE '"number": *[0-9]+' | grep -oE '[0-9]+$'; }
recognised() { grep -oE '"state": *"(idle|working)"' | wc -l; }
percent() { awk -v a="$1" -v b="$2" -v t="$3" 'BEGIN { printf "%.3f", (b - a) / t * 100 }'; }
now_ns() { date +%s%N; }

bash "$(dirname "$0")/replay_panes.sh" "$ORC" "$AGENTS" "$PAINTING" >"$WORK/panes"
say "starting $AGENTS panes"
: >"$WORK/tmux.conf"
# The first line also starts the server.
tmux -S "$SOCKET" -f "$WORK/tmux.conf" start-server \; set -g exit-empty off \; set -g status off
tmux -S "$SOCKET" source-file "$WORK/panes"
SERVER=$(tmux -S "$SOCKET" display-message -p '#{pid}')
say "waiting until all paint"
for ((try = 0; try < 120; ++try)); do
  READY=$("$ORC" -S "$SOCKET" status --json 2>/dev/null | recognised) || READY=0
  if ((READY >= AGENTS)); then break; fi
  sleep 1
done
((READY >= AGENTS)) || {
  echo "only $READY of $AGENTS panes showed their screens" >&2
  exit 1
}

# Before and behind what is compared with it: what panes paint is not the same all the time.
server_alone() {
  local s0 t0
  say "the server alone, 10 s"
  s0=$(cpu_ns "$SERVER") t0=$(now_ns)
  sleep 10
  percent "$s0" "$(cpu_ns "$SERVER")" $(($(now_ns) - t0))
}
ALONE=$(server_alone)

HOW=()
[ "$INTERVAL" = default ] || HOW=(--interval "$INTERVAL")
"$ORC" -S "$SOCKET" monitor run "${HOW[@]}" >"$WORK/out" 2>&1 &
MONITOR=$!
sleep 5  # its first rounds are cold
R0=$(round_number)
S0=$(cpu_ns "$SERVER") M0=$(threads_cpu_ns "$MONITOR") T0=$(now_ns)
for ((i = 1; i <= SECONDS_; ++i)); do
  sleep 1
  say "watching, $i of $SECONDS_ s"
done
S1=$(cpu_ns "$SERVER") M1=$(threads_cpu_ns "$MONITOR") T=$(($(now_ns) - T0))
OURS=$(percent "$M0" "$M1" "$T") WATCHED=$(percent "$S0" "$S1" "$T")
RSS=$(memory_kb "$MONITOR" VmRSS) PEAK=$(memory_kb "$MONITOR" VmHWM) THREADS=$(memory_kb "$MONITOR" Threads)
ROUNDS=$(($(round_number) - R0)) SEEN=$("$ORC" status --json | recognised)
kill "$MONITOR" && wait "$MONITOR" || true
MONITOR=
ALONE_AFTER=$(server_alone)
# What the server alone differs by from one time to the other nobody can blame on the monitor.
NOISE=$(awk -v a="$ALONE" -v b="$ALONE_AFTER" 'BEGIN { d = a - b; printf "%.3f", d < 0 ? -d : d }')
ALONE=$(awk -v a="$ALONE" -v b="$ALONE_AFTER" 'BEGIN { printf "%.3f", (a + b) / 2 }')
ADDED=$(awk -v a="$ALONE" -v b="$WATCHED" 'BEGIN { printf "%.3f", b - a }')
BUDGET=null
if [ "$INTERVAL" = default ]; then BUDGET=$((AGENTS <= 100 ? 1 : 3)); fi
# "held", "over", "unclear" within the noise, or nothing where there is no bound.
verdict() { # USED NOISE
  awk -v used="$1" -v noise="$2" -v most="$BUDGET" \
    'BEGIN { if (most != "null") print (used <= most ? "held" : used - noise <= most ? "unclear" : "over") }'
}
OF_OURS=$(verdict "$OURS" 0) OF_TMUX=$(verdict "$ADDED" "$NOISE")
say ""
if [ "$FORM" = --json ]; then
  printf '{"agents": %d, "recognised": %d, "interval_s": "%s", "painting_percent": %s, "seconds": %s, "rounds": %d, "monitor_cpu_percent": %s, "server_cpu_percent_alone": %s, "server_cpu_percent_watched": %s, "server_cpu_percent_added": %s, "budget_percent": %s, "resident_kb": %d, "peak_resident_kb": %d, "threads": %d}\n' \
    "$AGENTS" "$SEEN" "$INTERVAL" "$PAINTING" "$SECONDS_" "$ROUNDS" "$OURS" "$ALONE" "$WATCHED" "$ADDED" "$BUDGET" "$RSS" "$PEAK" "$THREADS"
else
  echo "$AGENTS agents ($SEEN recognised), $PAINTING% painting, interval $INTERVAL: $ROUNDS looks in $SECONDS_ s"
  bound() { [ -z "$1" ] || printf ' (at most %s%%: %s)' "$BUDGET" "$1"; }
  echo "monitor: $OURS% of a core$(bound "$OF_OURS"), $RSS KiB resident ($PEAK at most), $THREADS threads"
  echo "tmux server: $ALONE% of a core alone, $WATCHED% watched: $ADDED% added$(bound "$OF_TMUX"), noise $NOISE%"
fi
[ "$OF_OURS" != over ] && [ "$OF_TMUX" != over ]
