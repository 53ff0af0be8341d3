#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The container image, built without a registry and tried. Takes minutes, root and a Debian mirror.
skip() { echo "SKIPPED: $*"; exit 77; }
[ "${TMUX_ORC_TEST_CONTAINER:-}" = 1 ] || skip "set TMUX_ORC_TEST_CONTAINER=1 to build the container image (minutes)"
[ "$(id -u)" = 0 ] || skip "only root can make the base image"
for program in debootstrap buildah; do
  command -v "$program" >/dev/null || skip "$program is not installed"
done
. "$(dirname "$0")/lib.sh"
run "$SOURCE/scripts/container.sh"
exit_is 0
size=$(grep -oP '^Image size: \K[0-9]+(?= MB$)' <<<"$OUT")
[ "${size:-999}" -lt 120 ] || fail "the image has $size MB"
same "$(grep -c '^Monitor started, pid ' <<<"$OUT")" 2 "monitors started"
same "$(grep -cE '^Health: (ok|warned)$' <<<"$OUT")" 3 "healthy monitors"
out_has '^ok +monitor: pid [0-9]+, environment blue, answers$'
grep -E '^([0-9]+ s: |Image size: )' <<<"$OUT"
