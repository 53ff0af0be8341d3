#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the Debian package and the tarball for other systems into build/package/, and checks the package with lintian where
# that is installed. One commit, built with the same compiler and libraries, gives the same files.
# The tarball works wherever it is unpacked: bin/tmux-orc with the libraries that not every system has in lib/tmux-orc, manual
# page, completions, systemd user unit, tmux plugin, guides and configurations.
set -euo pipefail

usage="usage: $0 [--no-build] [--build FOLDER] [--to FOLDER] [--only deb|tarball]
  --no-build      package what stands in the build folder
  --build FOLDER  the build folder (default: build/default); with --no-build
  --to FOLDER     where the packages go (default: build/package)"
build=build/default to=build/package only="" make=1
while [ $# -gt 0 ]; do
  case "$1" in
    --no-build) make=0 ;;
    --build | --to | --only)
      [ $# -gt 1 ] || { echo "$usage" >&2; exit 2; }
      declare "${1#--}=$(case "$1" in --only) echo "$2" ;; *) realpath -m "$2" ;; esac)"
      shift ;;
    -h | --help) echo "$usage"; exit 0 ;;
    *) echo "$usage" >&2; exit 2 ;;
  esac
  shift
done
case "$only" in "" | deb | tarball) ;; *) echo "$usage" >&2; exit 2 ;; esac
cd "$(dirname "$0")/.."
umask 022  # folders in the package have the mode that they are made with here
[ "$make" = 0 ] || scripts/install.sh --package-deps --no-demo
mkdir -p "$to"
build=$(realpath "$build") to=$(realpath "$to")

make_deb() {
  rm -f "$to"/tmux-orc_*.deb
  cpack --config "$build/CPackConfig.cmake" -B "$to"
  rm -rf "$to/_CPack_Packages"
  local deb
  deb=$(echo "$to"/tmux-orc_*.deb)
  if command -v lintian >/dev/null; then
    lintian --allow-root --fail-on error "$deb"
  else
    echo "lintian is not installed: the package was not checked (apt install lintian)"
  fi
  echo "$deb: $(($(stat -c %s "$deb") / 1024)) KB. Install it: sudo apt install $deb"
}

# Every system that the program can run on has these, and its own are the ones that fit.
base='^(linux-vdso|ld-linux.*|libc|libm|libstdc[+][+]|libgcc_s|libpthread|libdl|librt|libresolv)[.]so'

make_tarball() {
  local stage name root file date
  stage=$(mktemp -d)
  trap 'rm -rf "$stage"' RETURN
  name=tmux-orc-$("$build/tmux-orc" --version | sed -n '1s/tmux-orc \([^ ]*\).*/\1/p')-$(uname -s | tr '[:upper:]' '[:lower:]')-$(uname -m)
  root=$stage/$name
  cmake --install "$build" --prefix "$root" --strip >/dev/null
  cp config/tmux-orc.service "$root/lib/systemd/user/"  # without the path of a folder that is gone tomorrow
  mkdir -p "$root/lib/tmux-orc"
  ldd "$build/tmux-orc" | while read -r library _ file _; do
    [[ $library =~ $base ]] || [[ $library = /* ]] || cp -L "$file" "$root/lib/tmux-orc/$library"
  done
  chmod 644 "$root"/lib/tmux-orc/*
  date=$(git log -1 --format=%ct 2>/dev/null) || date=$(stat -c %Y "$build/tmux-orc")
  rm -f "$to"/tmux-orc-*.tar.gz
  tar -C "$stage" --sort=name --mtime="@$date" --owner=0 --group=0 --numeric-owner -c "$name" | gzip -9n >"$to/$name.tar.gz"
  echo "$to/$name.tar.gz: $(($(stat -c %s "$to/$name.tar.gz") / 1024)) KB. Unpack it anywhere; the program is $name/bin/tmux-orc"
}

[ "$only" = tarball ] || make_deb
[ "$only" = deb ] || make_tarball
