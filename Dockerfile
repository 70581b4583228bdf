# One image for both services and their migrations; the command chooses. Not built by us: there is no Docker where this
# repository is made.

FROM node:20-bookworm-slim AS build
WORKDIR /halfway
COPY package.json package-lock.json .npmrc ./
# Before the sources, so that the layer is kept while only code changes.
RUN npm ci --no-audit
COPY tsconfig.json nest-cli.json ./
COPY apps apps
COPY libs libs
RUN npx nest build order inventory
RUN npm prune --omit=dev --no-audit

FROM node:20-bookworm-slim
ENV NODE_ENV=production
WORKDIR /halfway
COPY --from=build /halfway/package.json ./
COPY --from=build /halfway/node_modules node_modules
COPY --from=build /halfway/dist dist
USER node
EXPOSE 3000 3001
CMD ["node", "dist/apps/order/src/main.js"]
