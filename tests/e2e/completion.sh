#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Completions and the manual page come from the command line's definition.
. "$(dirname "$0")/lib.sh"
for shell in bash zsh fish; do
  run "$ORC" completion $shell
  exit_is 0
  out_has switch-environment
  out_has -- '--?interval|-l interval'
done
run "$ORC" completion csh
exit_is 2
"$ORC" completion bash >"$WORK/files/bash"
complete_words() {  # the words bash offers behind these
  bash -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tmux_orc; printf "%s\n" "${COMPREPLY[@]}"' x "$WORK/files/bash" "$@"
}
OUT=$(complete_words tmux-orc mon)
same "$OUT" monitor
OUT=$(complete_words tmux-orc monitor sta)
same "$OUT" $'start\nstatus'
OUT=$(complete_words tmux-orc config set --)
out_has '--config'
run "$ORC" man
exit_is 0
out_has '^\.TH TMUX'
out_has 'switch\\-environment'
if command -v man >/dev/null; then
  "$ORC" man >"$WORK/files/tmux-orc.1"
  run man --warnings -l "$WORK/files/tmux-orc.1"
  exit_is 0
  err_is_empty
fi
# zsh loads the file from fpath at the first Tab, which must complete already.
if command -v zsh >/dev/null; then
  mkdir "$WORK/files/zsh"
  "$ORC" completion zsh >"$WORK/files/zsh/_tmux-orc"
  cat >"$WORK/files/tab.py" <<'PY'
import os, pty, select, sys, time

pid, fd = pty.fork()
if pid == 0:
    os.execvp("zsh", ["zsh", "-f"])


def shows(text, patience=20):
    seen, until = b"", time.monotonic() + patience
    while text not in seen and time.monotonic() < until:
        if select.select([fd], [], [], 0.1)[0]:
            seen += os.read(fd, 65536)
    return text in seen


os.write(fd, f"fpath=({sys.argv[1]} $fpath); autoload -Uz compinit; compinit -u -D; echo 'rea''dy'\n".encode())
sys.exit(not (shows(b"\nready") and (os.write(fd, b"tmux-orc switch-env\t") and shows(b"switch-environment"))))
PY
  run timeout 60 "$PYTHON" "$WORK/files/tab.py" "$WORK/files/zsh"
  exit_is 0
fi
