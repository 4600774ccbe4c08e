#!/usr/bin/env bash
# Builds the image and runs docker-compose.yml with a real Docker, on a machine that reaches no registry of images:
# Debian's packages stand in for the base images. Docker runs in namespaces of its own, so no port, bridge, firewall rule
# or file of the machine is touched. Needs root, apt, and an `npm ci` of this checkout (for Node and the packages).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
repo=$(cd "$here/../.." && pwd)
cache=${COMPOSE_CACHE:-/var/cache/compose-check}
work=$(mktemp -d) # only what goes in: what Docker makes is in memory, and ends with its namespaces
began=$SECONDS
step() { printf '%4ds  %s\n' "$((SECONDS - began))" "$*"; }

cleanup() {
  [ -s "$work/pid" ] && kill -KILL "$(cat "$work/pid")" 2>/dev/null # its pid namespace goes with it
  rm -rf "$work"
  find /sys/fs/cgroup -mindepth 1 -depth -path '*/compose-check*' -type d -exec rmdir {} + 2>/dev/null || true
}
trap cleanup EXIT

[ "$(id -u)" -eq 0 ] || { echo 'The compose checks need root: they start a Docker of their own.' >&2; exit 1; }

. "$here/debian.sh"
. "$here/docker.sh"
. "$here/images.sh"
. "$here/checks.sh"

step 'done'
printf '\n%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
