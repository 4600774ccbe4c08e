# Docker, in namespaces of its own: mounts, processes, and a network with nothing in it but what Docker makes.
mkdir -p "$work/in/base" "$work/mem"
git clone -q "$repo" "$work/in/src"
cat >"$work/start" <<'START'
set -e
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount --make-rprivate /
ip link set lo up
mount -t tmpfs -o size=8g tmpfs "$3"
mkdir "$3"/upper "$3"/work "$3"/root "$3"/docker
r=$3/root
mount -t overlay overlay -o "lowerdir=$1/root,upperdir=$3/upper,workdir=$3/work" "$r"
mkdir -p "$r/in" "$r/var/lib/docker" "$r/.old"
mount -t proc proc "$r/proc"
mount --rbind /sys "$r/sys"
mount --rbind /dev "$r/dev"
mount -t tmpfs tmpfs "$r/run"
mount --bind "$2" "$r/in"
mount --bind "$3/docker" "$r/var/lib/docker"
cd "$r"
pivot_root . .old # with chroot, `docker exec` would land outside
cd /
umount -l /.old
echo 1 >/proc/sys/net/ipv4/ip_forward
exec dockerd --host unix:///run/docker.sock --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent /compose-check --storage-driver overlay2
START
setsid unshare --mount --net --pid --fork bash "$work/start" "$cache" "$work/in" "$work/mem" >"$work/dockerd.log" 2>&1 </dev/null &
unshare=$!
# Runs a command beside that Docker, in the checkout.
inside() { nsenter -t "$(cat "$work/pid")" -m -n -p -- env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root bash -c 'cd /in/src && "$@"' bash "$@"; }
for _ in $(seq 120); do
  pgrep -P "$unshare" >"$work/pid" && inside docker info >/dev/null 2>&1 && break
  sleep 0.5
done
inside docker info --format 'Docker {{.ServerVersion}}, {{.Driver}}, cgroup v{{.CgroupVersion}}' || { tail -n 5 "$work/dockerd.log"; exit 1; }
inside docker compose version
step 'Docker is up'
