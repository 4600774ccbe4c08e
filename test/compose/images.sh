# The base images, by the names that the Dockerfile and docker-compose.yml give.
node_image=$(sed -n 's/^ARG NODE_IMAGE=//p' "$repo/Dockerfile")
image_of() { sed -n "s/^ *image: \${[A-Z]*_IMAGE:-\([a-z]*\/\{0,1\}$1:.*\)}$/\1/p" "$repo/docker-compose.yml" | head -n 1; }
tar -C "$cache/root" --exclude='./usr/bin/docker*' --exclude='./usr/sbin/dockerd' --exclude='./usr/bin/containerd*' \
  --exclude='./usr/libexec/docker' --exclude='./usr/bin/runc' -c . | inside docker import - standin >/dev/null
cp "$repo/node_modules/node/bin/node" "$work/in/base/node"
cp -rL "$(npm root --global)/npm" "$work/in/base/npm"
cp -r "$(npm config get cache)/_cacache" "$work/in/base/cache" # `npm ci` works without a network then
printf '#!/bin/sh\nexec "$@"\n' >"$work/in/base/run"
cp "$here/postgres-entry.sh" "$work/in/base/postgres"
chmod 755 "$work/in/base/"{node,run,postgres}
cp "$here/Dockerfile.images" "$work/in/base/Dockerfile"
inside docker build -q --target node -t "$node_image" /in/base >/dev/null
for name in postgres redis caddy prometheus; do
  inside docker build -q --target "$name" -t "$(image_of "$name")" /in/base >/dev/null
done
step 'base images are there'
