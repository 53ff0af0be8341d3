#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What an agent works on: its folder, project and branch, its own title; found beside the rounds, followed when it changes.
. "$(dirname "$0")/lib.sh"
STATE=$HOME/.tmux-orchestrator

git_() { git -c user.name=x -c user.email=x@example.org -c init.defaultBranch=main "$@" >/dev/null 2>&1 || fail "git $*"; }
git_ init "$WORK/files/shop"
git_ -C "$WORK/files/shop" commit --allow-empty -m one
git_ -C "$WORK/files/shop" worktree add -b cart "$WORK/files/cart-tree"
mkdir "$WORK/files/notes" "$WORK/files/shop/src"

start_server w bash --norc
in_folder() { tmux -L w new-window -d -P -F '#{pane_id}' -n agent -c "$1" "$ORC" __replay "$2" idle still 0; }
shop=$(in_folder "$WORK/files/shop/src" claude)
tree=$(in_folder "$WORK/files/cart-tree" codex)
notes=$(in_folder "$WORK/files/notes" opencode)
for pane in "$shop" "$tree" "$notes"; do wait_for 10 has_state w "$pane" idle || fail "no agent in $pane"; done

about() {  # of a look of our own: PANE FIELD
  "$ORC" -L w status --json | "$PYTHON" -c "
import json, sys
print(*[a['about']['$2'] for a in json.load(sys.stdin)['agents'] if a['pane'] == '$1'])"
}
same "$(about "$shop" cwd)" "$WORK/files/shop/src"
same "$(about "$shop" project) $(about "$shop" branch)" "shop main"
same "$(about "$tree" project) $(about "$tree" branch)" "shop cart" "a worktree"
same "$(about "$notes" project) $(about "$notes" branch)" "notes " "no repository"

run "$ORC" -L w status
out_has "^PROJECT +STATE"
out_has "^shop:main +idle .* $shop "
out_has "^shop:cart +idle .* $tree "
out_has "^notes +idle .* $notes "
out_lacks "RULE|builtin/"
run "$ORC" -L w status --detailed
out_has "^PROJECT .* RULE"
run "$ORC" -L w status --project shop --branch cart --format '{pane} {project}:{branch}'
same "$OUT" "$tree shop:cart"
run "$ORC" -L w status -q --project nothing
exit_is 1

# Hostile names are safe to print; a FIFO is not waited for.
evil=$WORK/files/$(printf 'na\033]0;x\007me')
mkdir -p "$evil/.git"
mkfifo "$evil/.git/HEAD"
odd=$(in_folder "$evil" gemini)
wait_for 10 has_state w "$odd" idle || fail "no agent in $odd"
run "$ORC" -L w status
out_has "^na]0;xme +idle .* $odd "
no_escapes

# A running monitor sees another branch, although the agent does nothing; its API, page and metrics go on.
mkdir -p -m 700 "$STATE"
printf 'servers: [{socket_name: w}]\nmonitoring: {check_interval: 0.5}\n' >"$STATE/config.yaml"
run "$ORC" monitor start
exit_is 0
branch_is() { "$ORC" status --json | "$PYTHON" -c "
import json, sys
sys.exit([a['about']['branch'] for a in json.load(sys.stdin)['agents'] if a['pane'] == '$shop'] != ['$1'])"; }
wait_for 10 branch_is main || fail "the monitor does not know the branch"
git_ -C "$WORK/files/shop" checkout -b other
# Panes that are quiet are looked at every 30 s; a window that is chosen counts as active.
sees() { tmux -L w select-window -t "$shop" && tmux -L w select-window -t "$tree" && branch_is "$1"; }
wait_for 20 sees other || fail "the monitor does not see another branch"
git_ -C "$WORK/files/shop" checkout --detach
commit=$(git -C "$WORK/files/shop" rev-parse HEAD)
wait_for 20 sees "${commit:0:8}" || fail "a detached HEAD is not told"
run "$ORC" monitor stop
exit_is 0
