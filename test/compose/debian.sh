# One Debian with Docker, Compose v2, PostgreSQL, Redis, Caddy and Prometheus; kept between runs.
packages='docker.io docker-cli docker-compose docker-buildx tini iptables iproute2 curl procps postgresql-17 redis-server caddy prometheus'

debian_mirror() {
  grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | head -n 1 | tr -d ' '
}

if [ "$(cat "$cache/ready" 2>/dev/null)" != "$packages" ]; then
  rm -rf "$cache"
  mkdir -p "$cache"
  command -v debootstrap >/dev/null || {
    apt-get -qq update
    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends debootstrap >/dev/null
  }
  debootstrap --variant=minbase --include=ca-certificates trixie "$cache/root" "$(debian_mirror)" >"$work/debootstrap.log" 2>&1 ||
    { tail -n 5 "$work/debootstrap.log"; exit 1; }
  # No package may start its service.
  printf '#!/bin/sh\nexit 101\n' >"$cache/root/usr/sbin/policy-rc.d"
  chmod +x "$cache/root/usr/sbin/policy-rc.d"
  mkdir -p "$cache/root/etc/postgresql-common"
  echo 'create_main_cluster = false' >"$cache/root/etc/postgresql-common/createcluster.conf"
  chroot "$cache/root" sh -c "apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \
    --no-install-recommends $packages && apt-get clean && rm -rf /var/lib/apt/lists/*" >"$work/apt.log" 2>&1 ||
    { tail -n 5 "$work/apt.log"; exit 1; }
  echo "$packages" >"$cache/ready"
fi
step 'Debian with Docker is there'
