#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the container image without a registry and tries it. The base image is made by debootstrap, from the mirror that
# this machine's apt uses. For root on Debian, with debootstrap and buildah. Usage: scripts/container.sh [--work FOLDER]
#   --work FOLDER   keep the images there, and reuse the base image; without it everything is removed in the end
set -euo pipefail
cd "$(dirname "$0")/.."

work=""
[ "${1:-}" = --work ] && work=$(mkdir -p "${2:?--work wants a folder}" && realpath "$2")
[ "$(id -u)" = 0 ] || { echo "$0: only root can make the base image" >&2; exit 1; }
for program in debootstrap buildah; do
  command -v "$program" >/dev/null || { echo "$0: $program is missing (apt install debootstrap buildah)" >&2; exit 1; }
done
if [ -z "$work" ]; then
  work=$(mktemp -d /var/tmp/orc-container-XXXXXX)
  trap 'rm -rf "$work"' EXIT
fi

# Layers save the installation of the compiler in the next run; each is a whole copy with vfs, so not for one run.
layers=--layers=false
[ "${1:-}" = --work ] && layers=--layers=true
export BUILDAH_ISOLATION=chroot
base=localhost/debian:bookworm-slim image=localhost/tmux-orc
# vfs works everywhere, also inside a container; overlay is faster where the kernel lets us.
orc_buildah() { buildah --storage-driver "${STORAGE_DRIVER:-vfs}" --root "$work/storage" --runroot "$work/run" "$@"; }

# "RELEASE COMPONENT URI" of each Debian source that apt knows here.
apt_sources() {
  apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
    grep -E '^bookworm(-updates|-security)? main ' | sort -u
}

# What debian:bookworm-slim leaves out: documentation and translations, now and in later installs.
slim_down() {
  local root=${1:?} folder
  for folder in doc man locale info lintian; do
    echo "path-exclude /usr/share/$folder/*"
    rm -rf "${root:?}/usr/share/$folder"/*
  done >"$root/etc/dpkg/dpkg.cfg.d/slim"
  rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/var/log/*.log "$root"/var/log/apt
}

make_base() {
  local root=$work/root mirror container
  mirror=$(apt_sources | awk '$1 == "bookworm" { print $3; exit }')
  [ -n "$mirror" ] || { echo "$0: apt has no source for Debian bookworm here" >&2; exit 1; }
  rm -rf "$root"
  debootstrap --variant=minbase bookworm "$root" "$mirror" >"$work/debootstrap.log" ||
    { tail "$work/debootstrap.log" >&2; exit 1; }
  apt_sources | awk '{ print "deb", $3, $1, $2 }' >"$root/etc/apt/sources.list"
  slim_down "$root"
  container=$(orc_buildah from scratch)
  orc_buildah add --quiet "$container" "$root" / >/dev/null
  orc_buildah config --cmd /bin/bash "$container"
  orc_buildah commit --quiet --rm "$container" "$base" >/dev/null
  rm -rf "$root"
}

# The image's own user in a root file system that is read-only, with HOME and /tmp as the image wants them.
try_read_only() {
  local root=$1
  shift
  unshare --mount --pid --ipc --fork --kill-child bash -euc '
    root=$1; shift
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
    mount -t tmpfs -o uid=1000,gid=1000,mode=0755 tmpfs "$root/home/orc"
    mount -o remount,bind,ro "$root"
    ! touch "$root/here" 2>/dev/null || { echo "the root file system is not read-only" >&2; exit 1; }
    exec chroot --userspec=1000:1000 "$root" env -i HOME=/home/orc LANG=C.UTF-8 TERM=xterm-256color PATH=/usr/bin:/bin "$@"
  ' try "$root" "$@"
}

seconds() { echo "$SECONDS s: $*"; }

orc_buildah inspect --type image "$base" >/dev/null 2>&1 || { make_base; seconds "base image made"; }
orc_buildah bud "$layers" --format docker --build-arg BASE="$base" --build-arg JOBS="$(nproc)" \
  --build-arg COMMIT="$(git rev-parse --short=12 HEAD 2>/dev/null || true)" -t "$image" . >"$work/bud.log" 2>&1 ||
  { tail -30 "$work/bud.log" >&2; exit 1; }
seconds "image built"

container=$(orc_buildah from "$image")
mounted=$(orc_buildah mount "$container")
echo "Image size: $(du -sm --one-file-system "$mounted" | cut -f1) MB"

try='set -e; cd
tmux-orc demo start
tmux-orc -L orc-demo monitor start
tmux-orc health
tmux-orc benchmark --agents 10 --quiet
tmux-orc monitor stop
tmux-orc demo stop'
orc_buildah run --isolation chroot "$container" -- tini -s -- sh -c "$try"
seconds "tried by buildah"
try_read_only "$mounted" tini -- sh -c "$try"
seconds "tried with a read-only root"

# What the image runs by itself, before anybody has started a tmux in it: well, and waiting.
try_read_only "$mounted" tini -- sh -c 'cd
tmux-orc monitor run --supervised &
for i in $(seq 50); do tmux-orc health >/dev/null 2>&1 && break; sleep 0.1; done
tmux-orc health && tmux-orc doctor; code=$?
kill $!; wait $! && exit $code'
seconds "tried the image's own command"
orc_buildah umount "$container" >/dev/null
orc_buildah rm "$container" >/dev/null
