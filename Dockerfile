# Pin it by digest with --build-arg NODE_IMAGE=node:…@sha256:…
# The tag is the release that package.json names as its `node`; a test keeps the two equal.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

# Bundles. Nothing of this stage but dist reaches the image.
FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No install scripts: the one of `node` would download a second Node, and the native modules bring their binaries.
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY build ./build
COPY apps ./apps
COPY libs ./libs
RUN npm run build
# What the image is made of, for scanners: CycloneDX.
RUN npm run --silent sbom > dist/sbom.cdx.json

# What runs. bcrypt and better-sqlite3 carry binaries for linux x64 and arm64 (glibc 2.34 or later) in their packages;
# the last line fails the build on a platform for which they do not.
FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts \
  # A peer that is optional, and which nothing needs at run time.
  && rm -rf node_modules/typescript node_modules/.bin/tsc node_modules/.bin/tsserver \
  && node -e "require('bcrypt').hashSync('x', 4); new (require('better-sqlite3'))(':memory:')"

FROM ${NODE_IMAGE}
# Threads that share arenas keep less free memory: 510 MB instead of 650 MB at the most after 15,000 chats.
ENV MALLOC_ARENA_MAX=2 \
    NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000 \
    DATA_DIR=/app/data \
    MODELS_DIR=/app/apps/gateway/models \
    PROFILES_DIR=/app/apps/gateway/profiles
WORKDIR /app
# The files belong to root, so the process cannot change them. It may write to /app/data and /tmp only.
RUN install -d -o node -g node -m 0700 /app/data
COPY package.json ./
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY apps/gateway/models ./apps/gateway/models
COPY apps/gateway/profiles ./apps/gateway/profiles
# As a number: Kubernetes cannot tell that a name is not root (`runAsNonRoot`).
USER 1000:1000
VOLUME /app/data
EXPOSE 3000
# The check calls this process only, so the name in its certificate does not matter.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "--no-warnings", "-e", "const { PORT, TLS_CERT } = process.env; if (TLS_CERT) process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'; fetch(`http${TLS_CERT ? 's' : ''}://127.0.0.1:${PORT}/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node itself, without npm in between: signals reach it.
CMD ["node", "dist/apps/gateway/src/main.js"]
