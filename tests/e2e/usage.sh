#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Help, wrong use, exit codes that do not need a server.
. "$(dirname "$0")/lib.sh"

for command in "" status monitor benchmark demo classify explain record rules health doctor perf cache config environments \
               switch-environment rollback completion man report capacity baseline history notify mute unmute statusline seen; do
  # shellcheck disable=SC2086
  run "$ORC" $command --help
  exit_is 0
  err_is_empty
  out_has '^(Usage|.*\[OPTIONS\])'
  out_has 'Example: .*tmux-orc'
  no_escapes
done
for command in "demo start" "demo stop" "rules list" "rules check" "rules test" "monitor start" "monitor stop" \
               "monitor restart" "monitor run" "monitor status" "monitor logs" "perf watch" "perf analyze" "cache stats" \
               "cache clear" "config show" "config get" "config set" "config validate" "config path" "environments list" \
               "perf report" "cache analyze" "capacity analyze" "baseline update" "history export" "notify test"; do
  # shellcheck disable=SC2086
  run "$ORC" $command --help
  exit_is 0
done

run "$ORC" --version
exit_is 0
out_has '^tmux-orc [0-9]+\.[0-9]+\.[0-9]+ \(commit [0-9a-f]{12}(-modified)?\)$'
run "$ORC" --version --json
exit_is 0
json "d['version'].count('.') == 2 and d['commit'] and d['libraries']['SQLite'].count('.') == 2"
run "$ORC" --version
out_has 'libcurl [0-9]+\.[0-9]+.*, prometheus-cpp [0-9]+\.[0-9]+'

wrong() {
  run "$ORC" "$@"
  exit_is 2
  [ -n "$ERR" ] || fail "nothing is said about '$*'"
  [ -z "$OUT" ] || fail "errors belong to standard error"
}
wrong
wrong no-such-command
wrong status --no-such-flag
wrong status --sync --async
wrong monitor --interval never
wrong monitor --interval -1
wrong monitor --interval nan
wrong monitor --interval inf
wrong status --watch --interval nan
wrong perf watch --interval nan
wrong perf watch --duration inf
wrong benchmark --active nan
wrong monitor --strategy sideways
wrong monitor --cache --no-cache
wrong monitor --pool-size 0
wrong benchmark --agents 0
wrong benchmark --size tiny
wrong benchmark --size 1x1
wrong record
wrong explain
wrong rules
wrong rules test
wrong status -L
# What was meant is named.
wrong statu
err_has '"statu" is no command; did you mean `status`\?'
wrong monitor strat
err_has 'no command of `monitor`; did you mean `start`'
wrong status --detaled
err_has '`status` has no option --detaled; did you mean `--detailed`'
wrong perf
err_has '^  watch '
wrong benchmark --agents many
err_has '--agents: must be a whole number from 1 to 5000, not many'
# Global options go in front of a command and behind it, and are refused where they mean nothing.
wrong -L x config show
err_has 'looks at no tmux server'
wrong config show -L x
run "$ORC" demo start --json
exit_is 2
out_has '^\{"error":\{"message":".*no --json","exit_code":2\}\}$'
run "$ORC" help perf watch
exit_is 0
same "$OUT" "$("$ORC" perf watch --help)"
wrong help statsu
err_has '"statsu" is no command; did you mean `status`'
wrong help monitor strat
err_has 'no command of `monitor`; did you mean `start`'
run "$ORC" help
exit_is 0
run "$ORC" -V
same "$OUT" "$("$ORC" --version)"
# Flags that promise to change nothing do not go with commands that change something.
wrong monitor start --dry-run
err_has 'does not go with `monitor start`'
wrong monitor --dry-run start
wrong monitor start --once
wrong monitor restart --dry-run
wrong monitor stop --dry-run
run "$ORC" monitor status
exit_is 3
# On a narrow terminal errors are wrapped at blanks: each word stands whole in a row of its 60 columns.
for words in "config set monitoring.check_intervall 5" "-L x config show" "monitor start --once" "perf"; do
  # shellcheck disable=SC2086
  run "$ORC" $words
  exit_is 2
  message=$ERR
  [ "$(tr '\n' ' ' <<<"$message" | wc -c)" -gt 60 ] || fail "'$words' says too little to be wrapped"
  tmux -L narrow -f /dev/null new-session -d -x 60 -y 30 "$ORC $words; echo ended; exec sleep 1000" || fail "no terminal"
  ended() { tmux -L narrow capture-pane -p | grep -q '^ended'; }
  wait_for 10 ended || fail "'$words' does not end"
  OUT=$(tmux -L narrow capture-pane -p)
  for word in $message; do grep -qF -- "$word" <<<"$OUT" || fail "'$word' of '$words' is cut"; done
  stop_server narrow
done
