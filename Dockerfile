FROM node:24.22.3-trixie-slim AS build
WORKDIR /build
COPY . .
# The script "prepare" builds dist/, which holds all that the program needs.
RUN npm ci

FROM node:24.22.3-trixie-slim
COPY --from=build /build/dist /usr/local/lib/close-opportunity-mcp
COPY LICENSE /usr/local/lib/close-opportunity-mcp/
# Locks, plans and undos, and the audit file if one is asked for: the program writes nowhere else.
RUN install --directory --owner=node --group=node --mode=700 /data
VOLUME /data
ENV CLOSE_STATE_DIR=/data/state NODE_DISABLE_COMPILE_CACHE=1
USER node
ENTRYPOINT ["node", "/usr/local/lib/close-opportunity-mcp/index.js"]
