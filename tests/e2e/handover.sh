#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The command blocks of the operators' handover, as written there: deployment, rollback, daily work, incidents. In a fresh
# HOME, from the checkout, with nothing prepared but the program on the PATH and a tmux server with agents.
. "$(dirname "$0")/lib.sh"
mkdir -p "$WORK/bin"
ln -s "$ORC" "$WORK/bin/tmux-orc"
export PATH=$WORK/bin:$PATH
start_server default "$ORC" __replay claude idle still 0
new_window default codex "$ORC" __replay codex waiting still 0 >/dev/null
wait_for 10 has_state default %1 waiting || fail "codex is not recognised"
[ -z "$(ls -A ~)" ] || fail "HOME is not fresh"
block() {  # runs its standard input as a user would paste it; each command must succeed
  OUT=$(bash -e -o pipefail -s 2>"$WORK/stderr")
  RC=$?
  ERR=$(cat "$WORK/stderr")
  [ "$RC" -eq 0 ] || fail "the block ended with $RC"
}
cd "$SOURCE" || exit 1

# Technical validation
block <<'B'
tmux-orc benchmark --agents 50 --compare --rounds 3
tmux-orc monitor --async --dry-run
B
out_has 'All modes gave the same verdicts'
out_has '\(valid\)'
block <<'B'
timeout --signal=INT --preserve-status 3 tmux-orc monitor --sync
B
err_has '^Mode: sync'

# What production's shells export, from here on to the end.
export TMUX_ORC_ENV=production
export TMUX_ORC_LOG_LEVEL=INFO
export TMUX_ORC_PERF_MONITORING=1

# Option 1: immediate full deployment
block <<'B'
cp production-config.yaml ~/.tmux-orchestrator/config.yaml
tmux-orc monitor stop
tmux-orc monitor start --async
tmux-orc benchmark --agents 50
tmux-orc perf watch --interval 1 --duration 3
tmux-orc monitor stop
grep -q 'round 1: ' ~/.tmux-orchestrator/logs/production.log
B

# Configuration rollback, before anything was ever set: the backup is there from the first start on.
block <<'B'
cp ~/.tmux-orchestrator/config.yaml.backup ~/.tmux-orchestrator/config.yaml
tmux-orc monitor restart
B
cmp ~/.tmux-orchestrator/config.yaml production-config.yaml || fail "the backup is not what was there"

# Option 2: gradual rollout
block <<'B'
export TMUX_ORC_ASYNC_ROLLOUT=0.1
tmux-orc monitor restart
tmux-orc status | grep "Mode: async (10% of the panes, the rest sync)"
export TMUX_ORC_ASYNC_ROLLOUT=0.5
tmux-orc status
B
# The later phases only export: the running monitor keeps its share, and status says what is missing.
out_has 'Mode: async \(10% of the panes'
err_has 'started without TMUX_ORC_ASYNC_ROLLOUT=0.5; `tmux-orc monitor restart`'
for phase in '0.5 async (50% of the panes, the rest sync)' '1.0 async' '0.1 async (10% of the panes, the rest sync)' \
             '0.0 sync (async.rollout is 0)'; do
  block <<B
export TMUX_ORC_ASYNC_ROLLOUT=${phase%% *}
tmux-orc monitor restart
tmux-orc status
B
  grep -qxF "Mode: ${phase#* }" <<<"$OUT" || fail "phase $phase"
  ! grep -q 'started without' <<<"$ERR" || fail "a warning after a restart"
done

# Option 3: blue/green
block <<'B'
tmux-orc monitor restart
tmux-orc monitor start --async --environment green
tmux-orc benchmark --environment green
tmux-orc switch-environment green
tmux-orc environments list | grep -E '^green +active'
tmux-orc rollback blue
tmux-orc environments list | grep -E '^production +active'
tmux-orc monitor stop --environment green
B
err_has 'no environment is called blue; the usual one here is production'

# Monitoring commands and the alerting script
block <<'B'
tmux-orc health
tmux-orc status --detailed
tmux-orc benchmark --agents 50
B
cat >"$WORK/bin/tmux-orc-monitor.sh" <<'B'
#!/bin/bash
alert() { echo "ALERT $*"; }
# Health check
if ! tmux-orc health > /dev/null 2>&1; then
    alert "CRITICAL: TMux-Orchestrator health check failed"
fi

# Performance check
CYCLE_TIME=$(tmux-orc benchmark --agents 50 --quiet)
if (( $(echo "$CYCLE_TIME > 1.0" | bc -l) )); then
    alert "WARNING: Slow performance detected: ${CYCLE_TIME}s"
fi

# Resource check
MEMORY=$(tmux-orc status --detailed | grep "Memory" | awk '{print $2}')
if (( $(echo "$MEMORY > 500" | bc -l) )); then
    alert "WARNING: High memory usage: ${MEMORY}MB"
fi
B
run bash "$WORK/bin/tmux-orc-monitor.sh"
exit_is 0
err_is_empty
same "$OUT" ""
# Under cron: no terminal, no TMUX, no TERM, no locale, and of the environment only what the crontab itself sets.
cron() { run env -i HOME="$HOME" LOGNAME=me SHELL=/bin/sh "$@" setsid bash "$WORK/bin/tmux-orc-monitor.sh"; }
cron PATH="$WORK/bin:/usr/bin:/bin" TMUX_ORC_ENV=production
exit_is 0
err_is_empty
same "$OUT" ""
# With tmux dead: one alert, and neither of the others breaks down over a figure that is missing. With the monitor dead, too.
stop_server default
says_so() { ! tmux-orc health >"$WORK/health"; }
wait_for 90 says_so || fail "a dead tmux is not told: $(cat "$WORK/health")"
for monitor in alive dead; do
  [ "$monitor" = alive ] || tmux-orc monitor stop >/dev/null
  cron PATH="$WORK/bin:/usr/bin:/bin" TMUX_ORC_ENV=production TMUX_TMPDIR="$TMUX_TMPDIR"
  exit_is 0
  same "$OUT" "ALERT CRITICAL: TMux-Orchestrator health check failed" "the monitor is $monitor"
  ! grep -q 'syntax error' <<<"$ERR" || fail "a figure is missing with the monitor $monitor"
done
start_server default "$ORC" __replay claude idle still 0
wait_for 10 has_state default %0 idle || fail "claude is not recognised again"
tmux-orc monitor start >/dev/null || fail "no start"

# Daily operations
block <<'B'
tmux-orc health && echo "✅ System healthy"
tmux-orc benchmark --agents 50 --quiet | \
  awk '{if ($1 < 0.5) print "✅ Performance optimal"; else print "⚠️ Performance degraded"}'
tmux-orc status --detailed | grep -E "(Pool|Cache|Memory)"
B
out_has 'System healthy'
out_has 'Performance optimal'
same "$(grep -cE '^(Pool|Cache|Memory): ' <<<"$OUT")" 3

# Weekly maintenance and monthly reviews. A week has more than a hundred rounds, without which nothing is judged; here they
# come faster.
run tmux-orc config set monitoring.check_interval 0.1
exit_is 0
enough() { [ "$(tmux-orc perf report --json | "$PYTHON" -c "import json, sys; print(json.load(sys.stdin)['total']['rounds'])")" -ge 100 ]; }
wait_for 60 enough || fail "no hundred rounds are recorded"
run tmux-orc config set monitoring.check_interval 30
exit_is 0
block <<'B'
tmux-orc perf report --week
tmux-orc cache analyze --week
tmux-orc config recommend
tmux-orc report --month --detailed
tmux-orc capacity analyze --month
tmux-orc baseline update
B
out_has 'Cycle time by day'
out_has 'What the figures ask for'
out_has '^Available '
out_has 'Too little to go by'
out_has 'Baseline of environment production stored'

# Emergency rollback
block <<'B'
tmux-orc monitor stop
export TMUX_ORC_ASYNC_DISABLED=1
tmux-orc monitor start --sync
tmux-orc status | grep "Mode: sync"
B

# Configuration rollback
block <<'B'
tmux-orc config set monitoring.async.enabled false
cp ~/.tmux-orchestrator/config.yaml.backup ~/.tmux-orchestrator/config.yaml
tmux-orc monitor restart
tmux-orc status | grep "Mode: async"
B

# Incident response
block <<'B'
tmux-orc health --critical
tmux-orc status --emergency
export TMUX_ORC_ASYNC_DISABLED=1
tmux-orc monitor restart --emergency
tmux-orc benchmark --agents 50 --verbose
tmux-orc perf analyze --realtime
tmux-orc config set monitoring.async.pool.max_size 30
tmux-orc cache clear --confirm
tmux-orc monitor restart --fresh
tmux-orc perf watch --interval 1 --duration 2
tmux-orc monitor stop
B
