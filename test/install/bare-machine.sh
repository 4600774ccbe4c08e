#!/usr/bin/env bash
# Proves the README's commands on a bare machine: Debian 12 with nodejs and npm (Node 18, npm 9) and nothing else. No make,
# Python, git, curl or ps is there. Runs the committed state as an unprivileged user, in a root folder and a process
# namespace of its own. Needs root, debootstrap (installed if missing) and a package registry.
set -euo pipefail
repo=$(cd "$(dirname "$0")/../.." && pwd)
cache=${BARE_MACHINE_CACHE:-/var/cache/bare-machine}
work=$(mktemp -d)
passed=0
pass() {
  passed=$((passed + 1))
  printf '%4ds  %s\n' "$SECONDS" "$*"
}
fail() {
  printf '%4ds  FAILED: %s\n' "$SECONDS" "$1" >&2
  [ -n "${2:-}" ] && tail -n 40 "$2" >&2
  printf '%s passed, 1 failed\n' "$passed"
  exit 1
}

# 1. The machine; its packages are kept between runs.
if [ ! -e "$cache/ready" ]; then
  rm -rf "$cache"
  mkdir -p "$cache"
  command -v debootstrap >/dev/null ||
    { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends debootstrap >/dev/null; }
  mirror=$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | head -n 1 | tr -d ' ' || true)
  debootstrap --variant=minbase --include=ca-certificates bookworm "$cache/root" "$mirror" >"$work/log" 2>&1 ||
    fail 'a bare Debian is made' "$work/log"
  chroot "$cache/root" sh -c 'apt-get -qq update &&
    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends nodejs npm && apt-get clean' \
    >"$work/log" 2>&1 || fail 'nodejs and npm are installed' "$work/log"
  # Debian's npm depends on it; other ways to install npm do not bring it.
  rm -f "$cache"/root/usr/bin/python3*
  chroot "$cache/root" useradd --create-home someone
  touch "$cache/ready"
fi

# 2. This run's own copy of it: what is written lies in memory or in the work folder, and goes with the run.
root=$work/root
mkdir "$root" "$work/layer"
mount -t tmpfs -o size=6g tmpfs "$work/layer"
mkdir "$work/layer/upper" "$work/layer/work"
mount -t overlay overlay -o "lowerdir=$cache/root,upperdir=$work/layer/upper,workdir=$work/layer/work" "$root"
cleanup() {
  umount -R -l "$root" 2>/dev/null || true
  umount -l "$work/layer" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
mount --rbind /dev "$root/dev"
mount --make-rslave "$root/dev"
cp /etc/resolv.conf /etc/hosts "$root/etc/"
# A network with certificates of its own is reached by npm as on this machine.
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
mkdir "$root/home/someone/gateway"
git -C "$repo" archive HEAD | tar -x -C "$root/home/someone/gateway"
chroot "$root" chown -R someone: /home/someone

# Runs a line as that user. Whatever it leaves running ends with it.
someone() {
  unshare --pid --fork --kill-child --mount sh -c "mount -t proc proc '$root/proc' && exec \"\$@\"" sh \
    chroot --userspec=someone "$root" env -i PATH=/usr/bin:/bin HOME=/home/someone CI=true NO_COLOR=1 \
    NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt npm_config_cafile=/etc/ssl/certs/ca-certificates.crt \
    sh -c "cd ~/gateway && $1"
}

for command in make python3 git curl ps gcc; do
  ! someone "command -v $command" >/dev/null || fail "the machine has no $command"
done
pass "a machine with Node $(someone 'node --version'), npm $(someone 'npm --version') and nothing else"

someone 'npm ci' >"$work/log" 2>&1 || fail 'npm ci' "$work/log"
pass 'npm ci'

# npm start, until it answers; the client is the machine's own Node. The port is one that no service of this machine has.
port=$((20000 + RANDOM % 10000))
cat >"$root/home/someone/until-healthy.cjs" <<JS
const deadline = Date.now() + 120_000;
const ask = () =>
  fetch('http://127.0.0.1:$port/health')
    .then(({ ok }) => process.exit(ok ? 0 : 1))
    .catch(() => (Date.now() < deadline ? setTimeout(ask, 250) : process.exit(1)));
ask();
JS
someone "(PORT=$port npm start >/tmp/start.log 2>&1 &) && node ../until-healthy.cjs" >"$work/log" 2>&1 ||
  fail 'npm start' "$root/tmp/start.log"
pass 'npm start serves'

# What differs here is the machine, not the code: lint and types as a whole, and tests of what npm has to bring or the
# system would have to have. SQLite, bcrypt, bundler and processes; accounts through a gateway. All the others run on a
# machine of the suite.
units='libs/persistence libs/auth/src/accounts libs/mcp/src/transports build'
someone "npm run check -- $units" >"$work/log" 2>&1 || fail 'npm run check' "$work/log"
pass "npm run check$(sed -n 's/^ *Tests *\(.*\)/: \1/p' "$work/log" | tail -n 1) ($units)"

someone 'npm test -- test/e2e/accounts.e2e-spec.ts' >"$work/log" 2>&1 || fail 'npm test' "$work/log"
pass "npm test$(sed -n 's/^ *Tests *\(.*\)/: \1/p' "$work/log" | tail -n 1) (accounts)"

printf '%s passed, 0 failed\n' "$passed"
