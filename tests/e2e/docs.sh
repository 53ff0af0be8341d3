#!/usr/bin/env bash
# Every bash block of the documentation is run, file by file, in a fresh home with a daemon on a real tmux server. Blocks
# that need the network, root or another machine carry another language tag (sh) and are not run.
. "$(dirname "$0")/lib.sh"
mkdir -p "$WORK/bin"
# What runs until Ctrl-C is ended after some seconds, as a reader would; it must end well.
cat >"$WORK/bin/tmux-orc" <<B
#!/bin/sh
exec timeout --foreground --preserve-status -s INT 20 "$ORC" "\$@"
B
chmod +x "$WORK/bin/tmux-orc"
export PATH=$WORK/bin:$PATH
command -v curl >/dev/null || { echo "curl is missing"; exit 1; }
start_server default "$ORC" __replay claude waiting still 0
new_window default codex "$ORC" __replay codex idle still 0 >/dev/null
wait_for 10 has_state default %1 idle || fail "codex is not recognised"
cat >"$WORK/files/blocks.py" <<'P'
import re, sys
text = open(sys.argv[1], encoding="utf-8").read()
print("\n".join(b for b in re.findall(r"^```bash\n(.*?)^```", text, re.M | re.S)))
P
cd "$SOURCE" || exit 1
documents=$(find README.md docs -name '*.md' | sort)
cd "$WORK/files" || exit 1
for document in $documents; do
  "$PYTHON" blocks.py "$SOURCE/$document" >script.sh
  grep -q '[^[:space:]]' script.sh || continue
  rm -rf "$HOME/.tmux-orchestrator"
  printf 'monitoring: {check_interval: 1}\n' >config.yaml
  mkdir -p "$HOME/.tmux-orchestrator" && mv config.yaml "$HOME/.tmux-orchestrator/"
  # A reader of a guide has a daemon running, unless the guide starts it. 3 s of it: something is recorded.
  grep -q 'monitor start' script.sh || "$ORC" monitor start >/dev/null || fail "no start for $document"
  sleep 3
  run timeout 100 bash -e -x -o pipefail script.sh
  [ "$RC" -eq 0 ] || fail "$document: exit code $RC at: $(grep '^+' <<<"$ERR" | tail -1)"
  for environment in blue green; do "$ORC" monitor stop --environment $environment >/dev/null; done
  echo "$document: $(grep -c '^+ ' <<<"$ERR") commands"
done
