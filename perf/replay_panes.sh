#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Prints the tmux commands that start panes with agents' screens: five a session, of which PAINTING percent, evenly spread,
# draw a new frame four times a second.
#   replay_panes.sh TMUX_ORC AGENTS PAINTING_PERCENT
set -eu
agents=(claude codex gemini opencode)
for ((i = 0; i < $2; ++i)); do
  agent=${agents[i % 4]} state=idle how=still
  if (((i + 1) * $3 / 100 > i * $3 / 100)); then state=working how=paint; fi
  if ((i % 5 == 0)); then printf 'new-session -d -x 120 -y 40 -s s%03d' $((i / 5));
  else printf 'new-window -d -t s%03d:' $((i / 5)); fi
  printf " -n %s '%s' __replay %s %s %s %s\n" "$agent" "$1" "$agent" "$state" "$how" "$i"
done
