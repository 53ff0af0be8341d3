#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The Debian package: made from this build tree, sound for lintian, and what it installs works.
. "$(dirname "$0")/lib.sh"
needs cpack dpkg-deb dpkg-shlibdeps file lintian
build=$(dirname "$ORC")

umask 022
run cpack --config "$build/CPackConfig.cmake" -B "$WORK/package"
exit_is 0
deb=$(echo "$WORK"/package/tmux-orc_*.deb)
[ -f "$deb" ] || fail "no package: $deb"

run dpkg-deb --info "$deb"
exit_is 0
out_has '^ Package: tmux-orc$'
out_has '^ Section: utils$'
out_has '^ Depends: (.*, )?tmux \(>= 3\.2\)'
out_has '^ Depends: (.*, )?libcurl4'
out_has '^ Depends: (.*, )?libtbb12'
run dpkg-deb --contents "$deb"
for file in usr/bin/tmux-orc usr/share/man/man1/tmux-orc.1.gz usr/share/bash-completion/completions/tmux-orc \
            usr/share/zsh/vendor-completions/_tmux-orc usr/share/fish/vendor_completions.d/tmux-orc.fish \
            usr/lib/systemd/user/tmux-orc.service usr/share/doc/tmux-orc/copyright usr/share/doc/tmux-orc/changelog.gz \
            usr/share/doc/tmux-orc/README.md usr/share/doc/tmux-orc/docs/openapi.yaml \
            usr/share/doc/tmux-orc/docs/support/technical-support-guide.md \
            usr/share/doc/tmux-orc/examples/{production-config.yaml,container.yaml,tmux-orc.service} \
            usr/share/doc/tmux-orc/examples/agents/claude.yaml \
            usr/share/doc/tmux-orc/examples/prometheus/{prometheus.yml,tmux-orc.rules.yml,alertmanager.yml,grafana-dashboard.json}; do
  out_has "^-rw[-x]r-[-x]r-[-x] root/root .* \./$file$"
done
! grep '^d' <<<"$OUT" | grep -qv '^drwxr-xr-x root/root ' || fail "a folder is not for everybody"
run lintian --allow-root --fail-on error "$deb"
exit_is 0
out_lacks '^E:'

dpkg-deb -x "$deb" "$WORK/root" || fail "it cannot be unpacked"
installed=$WORK/root/usr/bin/tmux-orc
run "$installed" --version
exit_is 0
same "$OUT" "$("$ORC" --version)"
file "$installed" | grep -q ', stripped' || fail "it is not stripped"
same "$(gzip -dc "$WORK/root/usr/share/man/man1/tmux-orc.1.gz")" "$("$ORC" man)" "the manual page"
same "$(cat "$WORK/root/usr/share/bash-completion/completions/tmux-orc")" "$("$ORC" completion bash)" "bash completion"
same "$(cat "$WORK/root/usr/share/zsh/vendor-completions/_tmux-orc")" "$("$ORC" completion zsh)" "zsh completion"
same "$(cat "$WORK/root/usr/share/fish/vendor_completions.d/tmux-orc.fish")" "$("$ORC" completion fish)" "fish completion"
grep -q '^ExecStart=/usr/bin/tmux-orc monitor run' "$WORK/root/usr/lib/systemd/user/tmux-orc.service" ||
  fail "the unit does not start what is installed"
docs=$WORK/root/usr/share/doc/tmux-orc
run "$installed" config validate "$docs/examples/production-config.yaml"
exit_is 0
run "$installed" rules check "$docs/examples/agents/claude.yaml"
exit_is 0
# The guides' links lead to what is installed with them.
while IFS=: read -r page link; do
  [ -e "$(dirname "$page")/${link%%#*}" ] || fail "${page#"$docs/"} links to $link, which is not installed"
done < <(grep -roP '\]\(\K(?!https?:|#)[^)]+' "$docs" --include '*.md')
start_server p "$installed" __replay claude waiting still 0
seen() { "$installed" -L p status 2>/dev/null | grep -qE '^[^ ]+ +waiting/command .* claude '; }
wait_for 10 seen || fail "what is installed recognises no agent"
# The installed unit and program for another prefix.
run cmake --install "$build" --prefix "$WORK/opt"
exit_is 0
grep -q "^ExecStart=$WORK/opt/bin/tmux-orc " "$WORK/opt/lib/systemd/user/tmux-orc.service" || fail "the unit ignores the prefix"
run cmake --install "$build" --prefix "$WORK/opt 1%"
exit_is 0
grep -qF "ExecStart=\"$WORK/opt 1%%/bin/tmux-orc\" " "$WORK/opt 1%/lib/systemd/user/tmux-orc.service" || fail "the unit's path is not as systemd reads it"
