#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# benchmark: one number, the comparison, and nothing left behind.
. "$(dirname "$0")/lib.sh"
nothing_left() { [ -z "$(ls -A "$TMPDIR")" ] && ! pgrep -f "$TMPDIR" >/dev/null; }

run "$ORC" benchmark --agents 6 --rounds 3 --quiet
exit_is 0
err_is_empty
grep -qxE '[0-9]+\.[0-9]+' <<<"$OUT" || fail "not exactly one number"
"$PYTHON" -c "assert 0 < float('$OUT') < 5" || fail "not a time in seconds"
nothing_left || fail "something is left: $(ls -A "$TMPDIR"; pgrep -af "$TMPDIR")"

run "$ORC" benchmark --agents 6 --rounds 3 --compare --json
exit_is 0
no_escapes
json "{'agents', 'rounds', 'machine', 'modes', 'speedup', 'speedup_warm', 'speedup_spawn', 'transport', 'verdicts_match'} <= set(d)"
json "d['agents'] == 6 and d['rounds'] == 3 and d['machine'] and d['transport'] == 'native'"
json "d['verdicts_match'] is True"
json "all(set(m) >= {'name', 'cycle_ms', 'captures', 'bytes', 'spawns', 'cpu_ms', 'server_cpu_ms', 'hit_rate', 'errors'} for m in d['modes'])"
json "all(set(m['cycle_ms']) == {'p50', 'p95', 'p99', 'min'} for m in d['modes'])"
json "all(0 < m['cycle_ms']['min'] <= m['cycle_ms']['p50'] <= m['cycle_ms']['p95'] <= m['cycle_ms']['p99'] for m in d['modes'])"
json "all(m['errors'] == 0 for m in d['modes'])"
json "{'sync+spawn', 'sync+native', 'async+spawn cold', 'async+native cold', 'async+native warm'} <= {m['name'] for m in d['modes']}"
json "[m for m in d['modes'] if m['name'] == 'sync+spawn'][0]['spawns'] >= 6"
json "all(m['spawns'] == 0 for m in d['modes'] if m['name'].startswith('async+native'))"
json "[m for m in d['modes'] if m['name'] == 'async+native warm'][0]['hit_rate'] > 0.5"
json "[m for m in d['modes'] if m['name'] == 'async+native cold'][0]['hit_rate'] == 0"
json "d['speedup'] > 1 and d['speedup_warm'] > 1 and d['speedup_spawn'] > 1"
p50="{m['name']: m['cycle_ms']['p50'] for m in d['modes']}"
json "abs(d['speedup'] - $p50['sync+spawn'] / $p50['async+native cold']) < 0.02 * d['speedup']"
nothing_left || fail "something is left: $(ls -A "$TMPDIR"; pgrep -af "$TMPDIR")"

# As many panes that change as would fill more than one message to tmux, were each asked of by itself.
run "$ORC" benchmark --agents 220 --active 25 --rounds 2 --compare --json
exit_is 0
warm="[m for m in d['modes'] if m['name'] == 'async+native warm'][0]"
json "$warm['errors'] == 0 and $warm['spawns'] == 0 and $warm['captures'] > 25"  # 10 000 bytes hold 23 formats
json "all(m['errors'] == 0 for m in d['modes'])"

# On a server of one's own: only looks.
start_server live "$ORC" __replay claude idle still 0
wait_for 10 has_state live %0 idle || fail "claude is not recognised"
before=$(tmux -L live list-panes -a -F '#{pane_id} #{pane_pid} #{session_name} #{window_name}')
run "$ORC" -L live benchmark --live --rounds 3 --quiet
exit_is 0
grep -qxE '[0-9]+\.[0-9]+' <<<"$OUT" || fail "not exactly one number"
same "$(tmux -L live list-panes -a -F '#{pane_id} #{pane_pid} #{session_name} #{window_name}')" "$before"
run "$ORC" -L nobody benchmark --live --quiet
exit_is 3
