#!/usr/bin/env bash
# Installs what tmux-orc needs on Debian 12, builds it, and shows it at work on a live demo of agents.
# Usage: scripts/install.sh [--deps-only] [--test-deps] [--package-deps] [--no-demo]
set -euo pipefail
cd "$(dirname "$0")/.."

deps_only=0 test_deps=0 package_deps=0 demo=1
for arg in "$@"; do
  case "$arg" in
    --deps-only) deps_only=1 ;;
    --test-deps) test_deps=1 ;;
    --package-deps) package_deps=1 ;;
    --no-demo) demo=0 ;;
    *) echo "usage: $0 [--deps-only] [--test-deps] [--package-deps] [--no-demo]" >&2; exit 2 ;;
  esac
done

packages=(g++ cmake ninja-build pkg-config git tmux
  libtbb-dev libconcurrentqueue-dev libcli11-dev libyaml-cpp-dev libre2-dev libfmt-dev
  nlohmann-json3-dev libexpected-dev libspdlog-dev libboost-dev libsystemd-dev libsqlite3-dev libncurses-dev
  libabsl-dev libcurl4-openssl-dev tzdata prometheus-cpp-dev)
# The tests drive the program with Python's standard library and real programs in panes.
test_packages=(libgtest-dev libgmock-dev libbenchmark-dev python3 vim-tiny less procps bc curl jq
  prometheus prometheus-alertmanager python3-jsonschema python3-yaml openssl openssh-client openssh-server lintian)
# CPack asks these what libraries the program needs.
package_packages=(dpkg-dev file)
[ "$test_deps" = 1 ] && packages+=("${test_packages[@]}")
[ "$test_deps$package_deps" = 00 ] || packages+=("${package_packages[@]}")

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  sudo=""
  [ "$(id -u)" = 0 ] || sudo="sudo"
  echo "Installing: ${missing[*]}"
  $sudo apt-get update -qq
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
[ "$deps_only" = 1 ] && exit 0

if [ "$test_deps" = 1 ]; then tests=ON; else tests=OFF; fi
cmake --preset default -DTMUX_ORC_BUILD_TESTS=$tests -DTMUX_ORC_BUILD_PERF=$tests >/dev/null
cmake --build --preset default
[ "$demo" = 1 ] || exit 0

orc=build/default/tmux-orc
"$orc" demo start
sleep 2  # the agents paint their first screens
echo
"$orc" -L orc-demo status
echo
echo "Watching what changes for 20 s (tmux-orc -L orc-demo monitor --interval 2):"
timeout --signal=INT 20 "$orc" -L orc-demo monitor --interval 2 || true
echo
echo "The program is $orc. The demo goes on; end it with: $orc demo stop"
