#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The tarball: unpacked in a folder of any name, the program works with an empty environment, with the libraries that it
# brings along, and what lies beside it is what the program itself says.
. "$(dirname "$0")/lib.sh"
build=$(dirname "$ORC")

pack() {
  run bash "$SOURCE/scripts/package.sh" --no-build --build "$build" --to "$1" --only tarball
  exit_is 0
}
pack "$WORK/package"
tarball=$(echo "$WORK"/package/tmux-orc-*.tar.gz)
[ -f "$tarball" ] || fail "no tarball: $tarball"
if git -C "$SOURCE" rev-parse HEAD >/dev/null 2>&1; then
  pack "$WORK/again"
  cmp "$tarball" "$WORK/again/${tarball##*/}" || fail "packed again, it is another file"
fi

place="$WORK/any where"
mkdir "$place"
tar -xzf "$tarball" -C "$place" || fail "it cannot be unpacked"
root=$(echo "$place"/tmux-orc-*)
program=$root/bin/tmux-orc
for file in share/man/man1/tmux-orc.1.gz share/bash-completion/completions/tmux-orc share/zsh/vendor-completions/_tmux-orc \
            share/fish/vendor_completions.d/tmux-orc.fish lib/systemd/user/tmux-orc.service share/tmux-orc/tmux-orc.tmux \
            share/doc/tmux-orc/README.md share/doc/tmux-orc/config/production-config.yaml; do
  [ -f "$root/$file" ] || fail "$file is missing"
done
! grep -rlIF "$build" "$root" --include='*.service' --include='*.tmux' --include='tmux-orc*' ||
  fail "it names the folder that it was built in"
[ -x "$root/share/tmux-orc/tmux-orc.tmux" ] || fail "the plugin cannot be run"
same "$(gzip -dc "$root/share/man/man1/tmux-orc.1.gz")" "$("$ORC" man)" "the manual page"

# What it needs is either its own or on every system, and it takes its own.
base='^(linux-vdso|/lib.*/ld-linux|ld-linux|libc|libm|libstdc[+][+]|libgcc_s|libpthread|libdl|librt|libresolv)[-.]'
others=$(ldd "$program" | sed 's/^[[:space:]]*//' | grep -vE "$base" | grep -vF " => $root/bin/../lib/tmux-orc/")
same "$others" "" "what is neither its own nor everybody's"

bare() { run env -i "$@"; }
bare "$program" --version
exit_is 0
same "$OUT" "$("$ORC" --version)"
bare "$program" --version --json
json "d['version'] and d['commit']"
# Without a HOME it is the user's own, where this test has no business.
bare HOME="$HOME" TMUX_TMPDIR="$TMUX_TMPDIR" "$program" status
exit_is 3
err_has 'no tmux server'
start_server default "$program" __replay claude waiting still 0
seen() {
  bare HOME="$HOME" TMUX_TMPDIR="$TMUX_TMPDIR" "$program" status
  grep -qE ' waiting/command .* claude ' <<<"$OUT"
}
wait_for 10 seen || fail "it recognises no agent"
exit_is 0
bare HOME="$HOME" TMUX_TMPDIR="$TMUX_TMPDIR" "$program" monitor --once
exit_is 0
out_has 'waiting'
bare HOME="$HOME" TMUX_TMPDIR="$TMUX_TMPDIR" "$program" monitor start
exit_is 0
bare HOME="$HOME" "$program" health
exit_is 0
bare HOME="$HOME" "$program" monitor stop
exit_is 0
out_has '^Monitor stopped'
