#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what tmux-orc needs on Debian 12, builds it, puts it on the PATH, and shows it at work on a live demo of agents.
set -euo pipefail
from=$PWD
cd "$(dirname "$0")/.."

usage="usage: $0 [--prefix FOLDER] [--deps-only] [--test-deps | --lite-test-deps] [--clang-deps] [--package-deps] [--no-demo]
  --prefix FOLDER  install there (program, manual page, completions, unit) instead of a link in ~/.local/bin
  --no-demo        build, and neither install nor show anything
  --deps-only      install the packages that the build needs, and stop
  --test-deps      and what the tests need, which are built; --lite-test-deps: but what only single ones need"
deps_only=0 test_deps=0 lite_test_deps=0 clang_deps=0 package_deps=0 demo=1 prefix=""
while [ $# -gt 0 ]; do
  case "$1" in
    --prefix) [ $# -gt 1 ] || { echo "$usage" >&2; exit 2; }; prefix=$2; shift ;;
    --prefix=*) prefix=${1#*=} ;;
    --deps-only) deps_only=1 ;;
    --test-deps) test_deps=1 lite_test_deps=1 ;;
    --lite-test-deps) lite_test_deps=1 ;;
    --clang-deps) clang_deps=1 ;;
    --package-deps) package_deps=1 ;;
    --no-demo) demo=0 ;;
    -h | --help) echo "$usage"; exit 0 ;;
    *) echo "$usage" >&2; exit 2 ;;
  esac
  shift
done
# As where it was typed means it.
case "$prefix" in
  "" | /*) ;;
  *) prefix=$from/$prefix ;;
esac

packages=(g++ cmake ninja-build pkg-config git tmux
  libtbb-dev libconcurrentqueue-dev libcli11-dev libyaml-cpp-dev libre2-dev libfmt-dev
  nlohmann-json3-dev libexpected-dev libspdlog-dev libboost-dev libsystemd-dev libsqlite3-dev libncurses-dev
  libabsl-dev libcurl4-openssl-dev libssl-dev libqrencode-dev tzdata prometheus-cpp-dev)
# The tests drive the program with Python's standard library and real programs in panes.
lite_test_packages=(libgtest-dev libgmock-dev libbenchmark-dev python3 procps)
test_packages=(vim-tiny less bc curl jq
  prometheus prometheus-alertmanager python3-jsonschema python3-yaml openssl chromium openssh-client openssh-server lintian faketime)
# The page's test drives a browser with a package from npm. Who has a Node.js of another make keeps it: Debian's npm does not
# go with it.
for program in node:nodejs npm:npm; do
  command -v "${program%:*}" >/dev/null || test_packages+=("${program#*:}")
done
# CPack asks these what libraries the program needs.
package_packages=(dpkg-dev file)
# clang only recommends the sanitizers and libFuzzer, which the fuzz preset links.
clang_packages=(clang-19 clang-tidy-19 libclang-rt-19-dev libfuzzer-19-dev)
[ "$lite_test_deps" = 1 ] && packages+=("${lite_test_packages[@]}")
[ "$test_deps" = 1 ] && packages+=("${test_packages[@]}")
[ "$clang_deps" = 1 ] && packages+=("${clang_packages[@]}")
[ "$test_deps$package_deps" = 00 ] || packages+=("${package_packages[@]}")

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  sudo=""
  if [ "$(id -u)" != 0 ]; then
    sudo=sudo
    if ! command -v sudo >/dev/null || ! { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
      echo "These packages are missing, and neither root nor sudo is at hand to install them. Have somebody run:" >&2
      echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
      exit 1
    fi
  fi
  echo "Installing: ${missing[*]}"
  $sudo apt-get update -qq
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
[ "$deps_only" = 1 ] && exit 0

if [ "$lite_test_deps" = 1 ]; then tests=ON; else tests=OFF; fi
cmake --preset default -DTMUX_ORC_BUILD_TESTS=$tests -DTMUX_ORC_BUILD_PERF=$tests \
  -DTMUX_ORC_WERROR="${TMUX_ORC_WERROR:-OFF}" >/dev/null
cmake --build --preset default
[ "$demo" = 1 ] || exit 0

# Where a configuration goes to.
mkdir -p -m 700 "$HOME/.tmux-orchestrator"

# On the PATH, so that the README's next lines work.
if [ -n "$prefix" ]; then
  cmake --install build/default --prefix "$prefix" >/dev/null
  bin=$prefix/bin
else
  bin=$HOME/.local/bin
  mkdir -p "$bin"
  ln -sfn "$PWD/build/default/tmux-orc" "$bin/tmux-orc"
fi
orc=$bin/tmux-orc

"$orc" demo start
sleep 2  # the agents paint their first screens
echo
"$orc" -L orc-demo status
echo
echo "Watching what changes for 20 s (tmux-orc -L orc-demo monitor --interval 2):"
timeout --signal=INT 20 "$orc" -L orc-demo monitor --interval 2 || true
echo
printf 'The program is %s. The demo goes on; end it with: %q demo stop\n' "$orc" "$orc"
case ":$PATH:" in
  *":$bin:"*) ;;
  *) echo "$bin is not on your PATH yet: export PATH=\"$bin:\$PATH\" (a new login shell of Debian's has ~/.local/bin)" ;;
esac
