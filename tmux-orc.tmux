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
#   @orc-click next|popup   what a click on that does (tmux 3.4 or later, with `mouse on`)
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
next="$quoted next --client '#{client_name}' >/dev/null 2>&1 || tmux display-message 'nobody needs you here'"
bind @orc-next-key run-shell -b "$next"
bind @orc-back-key run-shell -b "$quoted next --back --client '#{client_name}' >/dev/null 2>&1 || tmux display-message 'nowhere to go back to'"

# One word for tmux's parser.
word() { printf "'%s'" "${1//\'/\'\\\'\'}"; }

# A click on the range "orc" of the status line; on the rest of it a click does what it did before, which is remembered for
# the next time that this runs.
click() { # COMMAND
  local before
  # Asked for one key alone, 3.7 lists nothing.
  before=$(tmux list-keys -T root 2>/dev/null | sed -n 's/^bind-key .* MouseDown1Status  *//p')
  if [[ $before == *'mouse_status_range},orc'* ]]; then before=$(option @orc_click_before);
  else tmux set-option -g @orc_click_before "$before"; fi
  tmux bind-key -n MouseDown1Status if-shell -F '#{==:#{mouse_status_range},orc}' "$1" ${before:+"$before"}
}

if [ "$(option @orc-status)" = on ]; then
  right=$(option status-right)
  piece="#($quoted statusline --style)"
  case $(option @orc-click) in
    next) press="run-shell -b $(word "$next")" ;;
    popup) press="display-popup -E -w 90% -h 90% $(word "$quoted")" ;;
    *) press= ;;
  esac
  # Ranges with names came with tmux 3.4.
  if [ -n "$press" ] && [ "$(printf '%s\n' 3.4 "$(tmux display-message -p '#{version}')" | sort -V | head -n 1)" = 3.4 ]; then
    piece="#[range=user|orc]$piece#[norange]"
    click "$press"
  fi
  [[ $right == *"$piece"* ]] || tmux set-option -g status-right "$piece $right"
fi
if [ "$(option @orc-window-icons)" = on ]; then
  piece='#{?@orc_window_icon,#{@orc_window_icon} ,}'
  for name in window-status-format window-status-current-format; do
    format=$(tmux show-options -gwqv "$name")
    [[ $format == *"$piece"* ]] || tmux set-option -gw "$name" "$piece$format"
  done
fi
