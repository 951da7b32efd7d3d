# Pointsman in a container: docs/deploy/containers.md. Both images are arguments, so that a registry of one's own can be named.
ARG BUILD_IMAGE=docker.io/library/node:26-bookworm-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/cc-debian12:nonroot

FROM ${BUILD_IMAGE} AS build
WORKDIR /pointsman
COPY package.json package-lock.json tsconfig.json tsconfig.browser.json ./
COPY packages ./packages
# The console is built here: the image has neither what builds it nor a folder that a build could write to.
RUN npm ci --workspace @pointsman/console --no-audit --no-fund \
  && node packages/console/build/main.ts packages/pointsman/src/serve/console && rm -rf node_modules
RUN npm ci --omit=dev --no-audit --no-fund
# The Node that the lockfile pins runs in the image, with the one library that it needs and the runtime image lacks.
RUN mkdir -p /out/data /out/lib \
  && cp node_modules/node-linux-*/bin/node /out/node && rm -rf node_modules/node-linux-* \
  && cp --parents --dereference /usr/lib/*/libatomic.so.1 /out/lib

# No shell and no package manager: the program, the C library, certificates.
FROM ${RUNTIME_IMAGE}
COPY --from=build /out/lib /
COPY --from=build /out/node /usr/local/bin/node
COPY --from=build /pointsman /pointsman
COPY supabase/migrations /pointsman/supabase/migrations
COPY catalogue /pointsman/catalogue
COPY LICENSE /pointsman/LICENSE
COPY --from=build --chown=65532:65532 /out/data /data
# The folder inside the volume is made by the program itself: one that an orchestrator mounts belongs to root.
ENV POINTSMAN_HOST=0.0.0.0 POINTSMAN_DATA_DIR=/data/pointsman
USER 65532:65532
VOLUME /data
EXPOSE 7070
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD ["/usr/local/bin/node", "-e", "fetch(`http://127.0.0.1:${process.env.POINTSMAN_PORT || 7070}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["/usr/local/bin/node", "/pointsman/packages/pointsman/src/main.ts"]
CMD ["serve"]
