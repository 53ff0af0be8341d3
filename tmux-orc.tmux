#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tmux plugin: keys and a piece of the status line for tmux-orc. For tpm (set -g @plugin '...'), or from tmux.conf:
#   run-shell /path/to/tmux-orc.tmux
# Nothing is bound and nothing is shown but what these options ask for; set them before:
#   @orc-program       the program; default: tmux-orc, from PATH
#   @orc-key           prefix key: the cockpit in a window of its own
#   @orc-popup-key     prefix key: the cockpit in a popup
#   @orc-sidebar-key   prefix key: the cockpit in a narrow pane at the left
#   @orc-next-key      prefix key: to the pane that needs you most; again: to the one after
#   @orc-back-key      prefix key: back to where you were before
#   @orc-status on     "2 waiting 1 error" at the left end of status-right
#   @orc-window-icons on   the sign of a window's agent in front of its name; needs the monitor's channel
#                          {type: statusline, panes: on}
option() { tmux show-options -gqv "$1"; }

program=$(option @orc-program)
program=${program:-tmux-orc}
# One word for the shell that tmux runs it with, whatever is in the path; tmux's own formats are not to see a '#' in it.
printf -v quoted '%q' "$program"
quoted=${quoted//#/##}

bind() { # OPTION COMMAND...
  local key
  key=$(option "$1")
  [ -z "$key" ] || tmux bind-key -- "$key" "${@:2}"
}
bind @orc-key new-window -n orc "$quoted"
bind @orc-popup-key display-popup -E -w 90% -h 90% "$quoted"
bind @orc-sidebar-key split-window -hbf -l 28 "$quoted sidebar"
bind @orc-next-key run-shell -b "$quoted next --client '#{client_name}' >/dev/null 2>&1 || tmux display-message 'nobody needs you here'"
bind @orc-back-key run-shell -b "$quoted next --back --client '#{client_name}' >/dev/null 2>&1 || tmux display-message 'nowhere to go back to'"

if [ "$(option @orc-status)" = on ]; then
  right=$(option status-right)
  piece="#($quoted statusline --style)"
  [[ $right == *"$piece"* ]] || tmux set-option -g status-right "$piece $right"
fi
if [ "$(option @orc-window-icons)" = on ]; then
  piece='#{?@orc_window_icon,#{@orc_window_icon} ,}'
  for name in window-status-format window-status-current-format; do
    format=$(tmux show-options -gwqv "$name")
    [[ $format == *"$piece"* ]] || tmux set-option -gw "$name" "$piece$format"
  done
fi
