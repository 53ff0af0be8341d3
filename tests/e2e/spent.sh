#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What agents use, by the logs of their sessions: tokens, context, limits; recorded by the hour; and nothing of what was said in
# the session goes anywhere.
. "$(dirname "$0")/lib.sh"
STATE=$HOME/.tmux-orchestrator
SECRET=planted-prompt-and-token
THREAD=$("$PYTHON" -c "
import time
h = f'{int(time.time() * 1000):012x}'
print(f'{h[:8]}-{h[8:]}-7abc-8def-0123456789ab')")

mkdir -p "$WORK/files/shop" "$HOME/.claude/sessions" "$HOME/.claude/projects/-x" "$HOME/.codex/sessions/$(date -u +%Y/%m/%d)"
start_server w bash --norc
in_shop() { tmux -L w new-window -d -P -F '#{pane_id}' -n agent -c "$WORK/files/shop" "$ORC" __replay "$1" "$2" still 0; }
claude=$(in_shop claude idle) codex=$(in_shop codex idle) limited=$(in_shop claude rate_limited)
for pane in "$claude" "$codex"; do wait_for 10 has_state w "$pane" idle || fail "no agent in $pane"; done
wait_for 10 has_state w "$limited" rate_limited || fail "no limit in $limited"
pid=$(tmux -L w display-message -p -t "$claude" '#{pane_pid}')
now=$(date -u +%Y-%m-%dT%H:%M:%S.000Z)

# Claude's session and transcript, as it writes them.
printf '{"pid":%s,"sessionId":"c0ffee","cwd":"/x","procStart":"%s","version":"2.1.332","tmux":"main:@1.%s","status":"idle","updatedAt":1,"statusUpdatedAt":1,"ipcToken":"%s"}' \
  "$pid" "$(cut -d' ' -f22 "/proc/$pid/stat")" "$claude" "$SECRET" >"$HOME/.claude/sessions/$pid.json"
claude_says() {  # ID IN OUT
  printf '{"type":"assistant","timestamp":"%s","requestId":"%s","message":{"id":"%s","role":"assistant","model":"opus-5","content":[{"type":"text","text":"%s"}],"usage":{"input_tokens":%s,"cache_read_input_tokens":1000,"output_tokens":%s}}}\n' \
    "$now" "$SECRET" "$1" "$SECRET" "$2" "$3" >>"$HOME/.claude/projects/-x/c0ffee.jsonl"
}
printf '{"type":"user","message":{"role":"user","content":"%s"}}\n' "$SECRET" >"$HOME/.claude/projects/-x/c0ffee.jsonl"
head -c 10000000 /dev/zero | tr '\0' 'x' >>"$HOME/.claude/projects/-x/c0ffee.jsonl"  # a line of 10 MB
echo >>"$HOME/.claude/projects/-x/c0ffee.jsonl"
claude_says m1 100 20
claude_says m1 100 25
claude_says m2 50 5

# Codex' thread, whose name is in the title.
printf '{"id":"%s","thread_name":"Fix the login"}\n' "$THREAD" >"$HOME/.codex/session_index.jsonl"
rollout=$HOME/.codex/sessions/$(date -u +%Y/%m/%d)/rollout-x-$THREAD.jsonl
{
  printf '{"timestamp":"%s","type":"session_meta","payload":{"cwd":"%s","base_instructions":{"text":"%s"}}}\n' "$now" "$WORK/files/shop" "$SECRET"
  printf '{"timestamp":"%s","type":"turn_context","payload":{"model":"gpt-6"}}\n' "$now"
  printf '{"timestamp":"%s","type":"event_msg","payload":{"type":"token_count","info":{"total_token_usage":{"input_tokens":7000,"output_tokens":300},"last_token_usage":{"total_tokens":25000},"model_context_window":250000},"rate_limits":{"primary":{"used_percent":82,"window_minutes":300,"resets_at":%s}}}}\n' \
    "$now" $(($(date +%s) + 3600))
} >"$rollout"
tmux -L w select-pane -t "$codex" -T 'Fix the login | shop'

# One look of our own.
used() {  # PANE EXPRESSION of its usage u and its about b
  "$ORC" -L w status --json | "$PYTHON" -c "
import json, sys
print(*[eval('$2', {'u': a['usage'] or {}, 'b': a['about']}) for a in json.load(sys.stdin)['agents'] if a['pane'] == '$1'])"
}
is() { [ "$(used "$1" "$2")" = "$3" ]; }
wait_for 10 is "$claude" 'u["tokens_in"], u["tokens_out"], b["model"]' "(2150, 30, 'opus-5')" ||
  fail "claude's tokens: $(used "$claude" u)"
wait_for 10 is "$codex" 'u["tokens_in"], u["context_percent"], u["quotas"][0]["name"], b["model"]' "(7000, 10.0, '5h', 'gpt-6')" ||
  fail "codex' tokens: $(used "$codex" u)"
run "$ORC" -L w usage
exit_is 0
out_has "^shop +claude +opus-5 +- +2150 +30 +- +- .* $claude"
out_has "^shop +codex +gpt-6 +10% +7000 +300 +- +5h 82% .* $codex"
out_has "^codex +5h +82% +.*:.* +- +-"
out_has "^claude +limit +- .*\($limited\)"
run "$ORC" -L w status --detailed
out_has "^shop .* opus-5 +- +2150/30 "
run "$ORC" -L w usage --json
json "[l['parked'][0]['pane'] for l in d['limits'] if l['agent'] == 'claude'] == ['$limited']"

# The monitor records it; sums are of sessions, however often it looks and starts.
mkdir -p -m 700 "$STATE"
printf 'servers: [{socket_name: w}]\nmonitoring: {check_interval: 0.5}\nlog: {level: debug}\n' >"$STATE/config.yaml"
run "$ORC" monitor start
exit_is 0
recorded() { "$ORC" usage --day --json 2>/dev/null | "$PYTHON" -c "
import json, sys
sums = {s['agent']: (s['tokens_in'], s['tokens_out'], s['sessions'], s['project'], s['model']) for s in json.load(sys.stdin)['sums']}
sys.exit(sums != {'claude': ($1, 1, 'shop', 'opus-5'), 'codex': (7000, 300, 1, 'shop', 'gpt-6')})"; }
wait_for 20 recorded "2150, 30" || fail "not recorded: $("$ORC" usage --day)"
claude_says m3 50 5
tmux -L w select-window -t "$claude"
wait_for 40 recorded "3200, 35" || fail "one more message is not recorded: $("$ORC" usage --day)"
run "$ORC" monitor restart
exit_is 0
wait_for 10 is "$claude" 'u["tokens_out"]' 35 || fail "after a restart: $(used "$claude" u)"
sleep 3
recorded "3200, 35" || fail "counted twice: $("$ORC" usage --day)"
run "$ORC" usage --week
out_has "^all .* 10.2k +335 "
socket=$(ls "$STATE"/run/*/api.sock 2>/dev/null | head -1)
run curl -s --unix-socket "$socket" http://x/api/v1/usage
json "sorted(a['agent'] for a in d['agents']) == ['claude', 'codex']"
kept=$OUT
run curl -s --unix-socket "$socket" http://x/metrics
out_has '^tmux_orc_session_tokens\{agent="claude",direction="out"\} 35$'
out_has '^tmux_orc_quota_used_ratio\{agent="codex",window="5h"\} 0.82$'
kept+=$OUT$("$ORC" record "$claude")$("$ORC" explain "$codex")$("$ORC" status --json)$("$ORC" events --json 2>/dev/null)
run "$ORC" monitor stop
exit_is 0

# What was said went nowhere.
grep -rqa "$SECRET" "$STATE" && fail "words of a session are in $STATE: $(grep -rla "$SECRET" "$STATE")"
grep -q "$SECRET" <<<"$kept" && fail "words of a session are told"

true
