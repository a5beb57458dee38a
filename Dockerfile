# syntax=docker/dockerfile:1
# Three images from one build: parley, temporald and payersim. `docker compose build`
# picks them by target.
FROM golang:1.26.8-bookworm AS build
WORKDIR /src
# Modules first: they change less often than the code.
COPY go.mod go.sum ./
COPY cmd/temporald/go.mod cmd/temporald/go.sum cmd/temporald/
RUN --mount=type=cache,target=/go/pkg/mod go mod download && go mod download -C cmd/temporald
COPY . .
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    OUT=dist TRIM=1 tools/build.sh

FROM debian:12.11-slim AS base
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates tzdata \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --home-dir /var/lib/parley --create-home parley
USER parley
WORKDIR /var/lib/parley

FROM base AS temporald
COPY --from=build /src/dist/temporald /usr/local/bin/temporald
ENTRYPOINT ["temporald"]

FROM base AS payersim
COPY --from=build /src/dist/payersim /usr/local/bin/payersim
ENTRYPOINT ["payersim"]

FROM base AS parley
COPY --from=build /src/dist/parley /usr/local/bin/parley
ENTRYPOINT ["parley"]
CMD ["--help"]
