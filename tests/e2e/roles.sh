#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Who is an agent, and who a project manager.
. "$(dirname "$0")/lib.sh"

start_server w bash --norc
claude=$(new_window w claude "$ORC" __replay claude idle still 0)
wait_for 10 has_state w "$claude" idle || fail "claude is not recognised"
shell=$(new_window w shell bash --norc)
dev=$(new_window w npm-dev bash --norc)
ship=$(new_window w shipment bash --norc)
pm=$(new_window w pm bash --norc)
Pm=$(new_window w "3: PM" bash --norc)
manager=$(new_window w project-manager "$ORC" __replay codex idle still 0)
wait_for 10 has_state w "$manager" idle || fail "codex is not recognised"
vim=$(new_window w editor sh -c 'echo "claude waiting? Do you want to proceed?"; exec cat')

run "$ORC" -L w status --json
listed() { json "'$1' in [a['pane'] for a in d['agents']]"; }
unlisted() { json "'$1' not in [a['pane'] for a in d['agents']]"; }
role() { json "[a['role'] for a in d['agents'] if a['pane'] == '$1'] == ['$2']"; }
for pane in %0 "$shell" "$dev" "$ship" "$vim"; do unlisted "$pane"; done
role "$claude" agent
role "$pm" pm
role "$Pm" pm
role "$manager" pm
json "[(a['agent'], a['state']) for a in d['agents'] if a['pane'] == '$manager'] == [('codex', 'idle')]"
json "d['round']['panes'] == 9 and len(d['agents']) == 4"
run "$ORC" -L w status
out_has "^[^ ]+ +idle .* codex +pm .* $manager "
out_has "^[^ ]+ +idle .* claude +agent .* $claude "

# The user option marks a pane, and only that.
tmux -L w set -p -t "$shell" @orc_agent claude
run "$ORC" -L w status --json
listed "$shell"
unlisted "$dev"
json "len(d['agents']) == 5"
tmux -L w set -p -u -t "$shell" @orc_agent
run "$ORC" -L w status --json
unlisted "$shell"
tmux -L w set -w -t "$dev" @orc_agent codex  # of the window: for all its panes
split=$(tmux -L w split-window -d -P -F '#{pane_id}' -t "$dev" bash --norc)
run "$ORC" -L w status --json
listed "$dev"
listed "$split"

# Names from the configuration.
printf 'agents:\n  pm_windows: [boss]\n  windows: [shipment]\n' >"$WORK/files/c.yaml"
run "$ORC" -L w --config "$WORK/files/c.yaml" status --json
exit_is 0
listed "$ship"
role "$ship" agent
role "$manager" agent
unlisted "$pm"
