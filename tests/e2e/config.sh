#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# --dry-run and the configuration file: what is wrong is said with its place.
. "$(dirname "$0")/lib.sh"
start_server c sleep 1000
good=$WORK/files/good.yaml
cat >"$good" <<'Y'
monitoring:
  check_interval: 7
  async:
    enabled: true
    strategy: polling
    transport: spawn
    pool: {min_size: 2, max_size: 9, connection_timeout: 5, max_age: 60}
    cache: {enabled: true, default_ttl: 12, max_size: 77, strategy: lru}
agents:
  pm_windows: [boss]
Y
run "$ORC" -L c --config "$good" monitor --dry-run
exit_is 0
out_has "$good \(valid\)"
out_has 'Mode: async'
out_has 'every 7 s, strategy polling, transport spawn, pool 2 to 9'
out_has 'lru of 77 entries, 12 s'
out_has 'transport spawn'
out_has 'Nothing was changed'
same "$(tmux -L c list-panes -a | wc -l)" 1
TMUX_ORC_CONFIG=$good run "$ORC" -L c monitor --dry-run
out_has "$good \(valid\)"
mkdir -p "$HOME/.tmux-orchestrator"
cp "$good" "$HOME/.tmux-orchestrator/config.yaml"
run "$ORC" -L c monitor --dry-run
out_has "$HOME/.tmux-orchestrator/config.yaml \(valid\)"
rm "$HOME/.tmux-orchestrator/config.yaml"
run "$ORC" -L c monitor --dry-run --interval 3 --strategy concurrent --pool-size 4 --no-cache
exit_is 0
out_has 'Configuration: defaults'
out_has 'every 3 s, strategy concurrent, transport auto, pool 4 to 4, cache off'
out_has 'transport native'
TMUX_ORC_FORCE_SYNC=1 run "$ORC" -L c monitor --dry-run
out_has 'Mode: sync \(TMUX_ORC_FORCE_SYNC=1\)'
TMUX_ORC_POOL_SIZE=3 TMUX_ORC_CACHE_TTL=5 run "$ORC" -L c monitor --dry-run
out_has 'pool 3 to 3'
out_has ', 5 s'
run "$ORC" -L nobody monitor --dry-run
exit_is 3
out_has 'not reached'

bad=$WORK/files/bad.yaml
cat >"$bad" <<'Y'
monitoring:
  check_intervall: 7
  async:
    strategy: sideways
    pool:
      max_size: many
      min_size: -1
colour: red
Y
for command in "monitor --dry-run" "monitor --once" status; do
  # shellcheck disable=SC2086
  run "$ORC" -L c --config "$bad" $command
  exit_is 2
  err_has "$bad:2:3: .*check_intervall.*did you mean 'monitoring.check_interval'"
  err_has "$bad:4:15: .*sideways"
  err_has "$bad:6:17: .*many"
  err_has "$bad:7:17: "
  err_has "$bad:8:1: .*colour"
  same "$OUT" ""
done
printf 'monitoring: [\n  oops: {\n' >"$bad"
run "$ORC" --config "$bad" monitor --dry-run
exit_is 2
err_has "$bad:[0-9]+:[0-9]+: "
printf 'a\n\xff\xfe: {{{\n' >"$bad"
run "$ORC" --config "$bad" monitor --dry-run
exit_is 2
: >"$WORK/files/empty.yaml"
run "$ORC" -L c --config "$WORK/files/empty.yaml" monitor --dry-run
exit_is 0
run "$ORC" --config "$WORK/files/missing.yaml" monitor --dry-run
exit_is 2
err_has 'missing.yaml'
TMUX_ORC_POOL_SIZE=lots run "$ORC" -L c monitor --dry-run
exit_is 2
err_has "TMUX_ORC_POOL_SIZE='lots'"

# Rules of one's own are checked on the way in, too.
mkdir -p "$HOME/.tmux-orchestrator/agents"
printf 'agent: mine\nrules:\n  - name: x\n    state: nonsense\n' >"$HOME/.tmux-orchestrator/agents/mine.yaml"
run "$ORC" -L c monitor --dry-run
exit_is 2
err_has 'mine.yaml:[0-9]+:[0-9]+: '
