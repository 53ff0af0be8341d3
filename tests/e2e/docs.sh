#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every command of README.md and docs/ is run: those in sh and bash blocks document by document, in a fresh home with a
# daemon on a real tmux server; those in lines and tables once each; and every configuration that is shown is checked.
# What is not run stands in docs.exceptions with its reason.
. "$(dirname "$0")/lib.sh"
needs curl jq promtool amtool openssl
HELPER=$SOURCE/tests/e2e/docs_commands.py
mkdir -p "$WORK/bin" "$WORK/etc/prometheus"
# What runs until Ctrl-C is ended after some seconds, as a reader would; it must end well.
cat >"$WORK/bin/tmux-orc" <<B
#!/bin/sh
case "\$1 \$2" in "monitor --"* | "monitor run") seconds=3 ;; *) seconds=30 ;; esac
exec timeout --foreground --preserve-status -s INT \$seconds "$ORC" "\$@"
B
# Without root, and with the system's folders below the test's own.
cat >"$WORK/bin/sudo" <<'B'
#!/bin/bash
if [ "$1" = install ]; then
  words=()
  while [ $# -gt 0 ]; do
    case "$1" in -o | -g) shift 2 ;; *) words+=("$1"); shift ;; esac
  done
  set -- "${words[@]}"
fi
exec "$@"
B
cat >"$WORK/bin/systemctl" <<'B'
#!/bin/sh
[ "$1" = reload ] && [ -f "/lib/systemd/system/$2.service" ]
B
chmod +x "$WORK/bin"/*
export PATH=$WORK/bin:$PATH
start_server default "$ORC" __replay claude waiting still 0
new_window default codex "$ORC" __replay codex idle still 0 >/dev/null
wait_for 10 has_state default %1 idle || fail "codex is not recognised"
tmux new-session -d -s backend -x 120 -y 40 "$ORC" __replay gemini idle still 0
cd "$SOURCE" || exit 1
documents=$(find README.md docs -name '*.md' | sort)
cd "$WORK/files" || exit 1
ln -s "$SOURCE"/{config,tests,scripts} .
# What a reader's home has, and a daemon unless the commands start it, of which something is recorded.
recorded() { "$ORC" perf report --day >/dev/null 2>&1; }
fresh_home() {
  rm -rf "$HOME/.tmux-orchestrator"
  mkdir -p "$HOME/.tmux-orchestrator"
  printf '%s\n' 'monitoring: {check_interval: 1}' \
    'notifications: {channels: [{name: hook, type: command, command: ["true"]}]}' >"$HOME/.tmux-orchestrator/config.yaml"
  grep -q 'monitor start' "$1" && return
  "$ORC" monitor start >/dev/null || fail "no start for $1"
  wait_for 20 recorded || fail "nothing is recorded for $1"
}
stop_all() { for environment in blue green; do "$ORC" monitor stop --environment $environment >/dev/null; done; }

for document in $documents; do
  "$PYTHON" "$HELPER" script "$SOURCE/$document" script.sh || fail "the blocks of $document"
  sed -i "s|/etc/prometheus|$WORK/etc/prometheus|g" script.sh
  grep -q '[^[:space:]]' script.sh || continue
  fresh_home script.sh
  run timeout 200 bash -e -x -o pipefail script.sh
  [ "$RC" -eq 0 ] || fail "$document: exit code $RC at: $(grep '^+' <<<"$ERR" | tail -1)"
  stop_all
  echo "$document: $(grep -c '^+ ' <<<"$ERR") commands"
done

# Commands in lines and tables. Names in capitals stand for the reader's own.
"$PYTHON" "$HELPER" spans $(printf "$SOURCE/%s " $documents) |
  sed -E "s/ (PANE|%12)( |$)/ %0\2/; s/\bCHANNEL\b/hook/; s/\bNAME\b/blue/; s/\b(DIR|FOLDER)\b/screens/
          s|check FILE|check config/agents/claude.yaml|; s|\bSOCKET\b|$(socket_of default)|" >spans || fail "the spans"
mkdir screens
cp "$(find tests/screens/ -name '*.json' | sort | head -1)" screens/ || fail "no screen"
"$ORC" record %0 -o wrong.json >/dev/null || fail "no record"
fresh_home /dev/null
count=0
while IFS= read -r command; do
  case "$command" in
    "tmux-orc monitor start" | "tmux-orc monitor run") stop_all ;;
    *) "$ORC" monitor status >/dev/null || "$ORC" monitor start >/dev/null ;;
  esac
  run timeout 60 bash -c "$command"
  [ "$RC" -eq 0 ] || fail "$command: exit code $RC"
  count=$((count + 1))
done <spans
stop_all
echo "in lines and tables: $count commands"
[ "$count" -ge 25 ] || fail "only $count commands are found there"

# The table of commands: each exists and has the options that are shown.
count=0
while IFS=$'\t' read -r name options; do
  run "$ORC" $name --help
  [ "$RC" -eq 0 ] || fail "the README shows a command '$name'"
  for option in $options; do grep -qE -- "$option( |,|$)" <<<"$OUT" || fail "$name has no option $option"; done
  count=$((count + 1))
done < <("$PYTHON" "$HELPER" table "$SOURCE/README.md")
echo "the table of commands: $count"
[ "$count" -ge 40 ] || fail "only $count commands are found in the table"

# Configurations: of tmux-orc, of Prometheus, rules.
echo 0123456789abcdef-token >token
for document in $documents; do
  mkdir -p shown
  rm -f shown/*
  "$PYTHON" "$HELPER" files "$SOURCE/$document" shown || fail "the yaml blocks of $document"
  for file in shown/*.yaml; do
    [ -f "$file" ] || continue
    case "$file" in
      *config-*) run "$ORC" config validate "$file" ;;
      *prometheus-*) run promtool check config --syntax-only "$file" ;;
      *rules-*) run "$ORC" rules check "$file" ;;
      *) fail "$document shows a yaml block of an unknown kind: $(cat "$file")" ;;
    esac
    [ "$RC" -eq 0 ] || fail "$document: $file is not right: $(cat "$file")"
  done
done

# The notifications' guide has every key.
for key in $("$ORC" config show --effective | grep -oE '^(notifications|actions)\.\S+' | tr . '\n' | sort -u); do
  grep -qE "\b$key\b" "$SOURCE/docs/notifications.md" || fail "docs/notifications.md does not say $key"
done

same "$("$PYTHON" "$HELPER" unused)" "" "exceptions that no document needs"
