#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# config show, get, set, validate, path.
. "$(dirname "$0")/lib.sh"
file=$HOME/.tmux-orchestrator/config.yaml
run "$ORC" config path
same "$OUT" "$file"
TMUX_ORC_CONFIG=/x/y.yaml run "$ORC" config path
same "$OUT" /x/y.yaml
run "$ORC" config show
exit_is 0
out_has 'at its default'
run "$ORC" config show --effective --origin
out_has '^monitoring.async.pool.max_size +20 +default$'
run "$ORC" config get monitoring.check_interval
same "$OUT" 30
run "$ORC" config get notifications.startup_grace
same "$OUT" 30
run "$ORC" config get actions.submit_draft --json
json "d['value'] == {'mode': 'off', 'cap_per_hour': 6} and d['origin'] == 'default'"
run "$ORC" config get notifications.nothing
exit_is 2
run "$ORC" config get monitoring.chek_interval
exit_is 2
err_has "did you mean 'monitoring.check_interval'"
run "$ORC" config validate
exit_is 0
run "$ORC" config validate "$SOURCE/config/production-config.yaml"
exit_is 0
# What stands there as a comment is right too.
sed -E 's/^# ([a-z]+:.*|  .*)$/\1/' "$SOURCE/config/production-config.yaml" >"$WORK/files/all.yaml"
grep -q '^notifications:' "$WORK/files/all.yaml" || fail "the example lacks notifications"
run "$ORC" config validate "$WORK/files/all.yaml"
exit_is 0

# The first set makes the file.
run "$ORC" config set monitoring.async.cache.strategy lru
exit_is 0
run "$ORC" config get monitoring.async.cache.strategy
same "$OUT" lru
# From then on comments, order and everything else stay, and the old file is kept.
cp "$SOURCE/config/production-config.yaml" "$file"
run "$ORC" config set monitoring.async.pool.max_size 30
exit_is 0
cmp "$SOURCE/config/production-config.yaml" "$file.backup" || fail "no backup"
same "$(diff "$file.backup" "$file" | grep -c '^[<>]')" 2 "one line changes"
grep -q 'max_size: 30 .*# most connections at a time' "$file" || fail "the comment is gone"
run "$ORC" config show --origin
out_has "^monitoring.async.pool.max_size +30 +$file:[0-9]+$"
TMUX_ORC_POOL_SIZE=3 run "$ORC" config set monitoring.async.pool.max_size 28
exit_is 0
err_has 'TMUX_ORC_POOL_SIZE overrides it'
TMUX_ORC_POOL_SIZE=3 run "$ORC" config get monitoring.async.pool.max_size
same "$OUT" 3

# A hundred changes at once: none is lost. Who may read the file stays as it was.
chmod 600 "$file"
set_many() { for i in $(seq 1 20); do "$ORC" config set "$1" "$i" >/dev/null || exit 1; done; }
jobs=()
for key in monitoring.max_failures history.raw_rounds_days history.raw_transitions_days history.rollup_months log.max_files; do
  set_many $key &
  jobs+=($!)
done
for job in "${jobs[@]}"; do wait "$job" || fail "a set was refused"; done
for key in monitoring.max_failures history.raw_rounds_days history.raw_transitions_days history.rollup_months log.max_files; do
  run "$ORC" config get $key
  same "$OUT" 20 "$key after many changes at once"
done
same "$(stat -c %a "$file")" 600
same "$(stat -c %a "$file.backup")" 600
chmod 644 "$file"

refused() {
  cp "$file" "$WORK/files/before"
  run "$ORC" config set "$@"
  exit_is 2
  [ -n "$ERR" ] || fail "nothing is said"
  cmp "$WORK/files/before" "$file" || fail "a refused set changed the file"
}
refused monitoring.async.pool.max_size many
err_has "wants a number, got 'many'"
refused monitoring.async.pool.max_size 1000
err_has 'out of range'
refused monitoring.async.pool.max_size 3
err_has 'min_size'
refused monitoring.async.strategy sideways
err_has 'concurrent, polling'
refused no.such.key 1
refused monitoring.check_interval $'5\nmonitoring: {}'
printf 'monitoring: [\n' >"$file"
refused monitoring.check_interval 5
err_has 'not valid as it is'
run "$ORC" config show
exit_is 2
run "$ORC" config validate "$WORK/files/none.yaml"
exit_is 2
# Everything in force is shown, also what is no single value; a webhook's path is not.
cat >"$file" <<'Y'
servers: [{name: here, socket_path: sockets/a}]
notifications:
  channels: [{type: webhook, url: "https://hooks.example/services/T0/secret"}]
  rules: [{states: [crashed], channels: [webhook]}]
Y
run "$ORC" config show --effective
out_has "^servers +.*\"socket_path\":\"$HOME/.tmux-orchestrator/sockets/a\""
out_has '^notifications.channels +.*hooks.example/\.\.\.'
out_has '^notifications.rules +.*crashed'
out_has '^notifications.pace.idle.debounce +60'
out_has '^actions.restart_crashed.mode +off'
out_has '^actions.submit_draft.mode +off'
out_lacks secret
run "$ORC" config show --effective --json
json "d['servers']['value'][0]['name'] == 'here' and d['servers']['origin'] == '$file:1'"
json "d['notifications.channels']['value'][0]['type'] == 'webhook' and d['actions.submit_draft.mode']['origin'] == 'default'"
run "$ORC" config show --json
json "sorted(d) == ['notifications.channels', 'notifications.rules', 'servers']"
# Lists and what lies deep are set like the rest; what does not fit together is refused.
run "$ORC" config set servers '[{socket_name: a}, {name: far, ssh: me@box, timeout: 3}]'
exit_is 0
run "$ORC" config get servers --json
json "[s['name'] for s in d['value']] == ['a', 'far'] and d['value'][1]['timeout'] == 3"
run "$ORC" config set notifications.pace.idle.debounce 5
exit_is 0
run "$ORC" config get notifications.pace.idle
json "d['debounce'] == 5 and d['cooldown'] == 300"
run "$ORC" config set notifications.quiet_hours 22:00-07:00
exit_is 0
run "$ORC" config get notifications.quiet_hours
same "$OUT" 22:00-07:00
refused servers '[{socket_name: a, ssh: me@box, colour: red}]'
err_has "unknown key 'servers\\[\\].colour'"
refused notifications.rules '[{channels: [nobody]}]'
err_has "names the channel 'nobody', which is not there"
refused actions.restart_crashed.mode on
err_has 'needs a command to type'
# Two thresholds depend on each other: in an order that fits they can be set.
refused thresholds.cpu.target 60
err_has 'lies beyond the alert'
run "$ORC" config set thresholds.cpu.alert 80
exit_is 0
run "$ORC" config set thresholds.cpu.target 60
exit_is 0
# An environment's overlay lies over the file.
printf 'monitoring: {check_interval: 9}\n' >"$file"
mkdir -p "$HOME/.tmux-orchestrator/environments"
printf 'monitoring: {check_interval: 4}\n' >"$HOME/.tmux-orchestrator/environments/green.yaml"
run "$ORC" config get monitoring.check_interval
same "$OUT" 9
run "$ORC" config get monitoring.check_interval --environment green
same "$OUT" 4
TMUX_ORC_ENV=green run "$ORC" config show --origin
out_has 'green.yaml:1'
run "$ORC" config show --environment ../evil
exit_is 2
err_has 'no name for an environment'
