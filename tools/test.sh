#!/usr/bin/env bash
# `make test`: installs a PostgreSQL when there is none and it may, builds the programs
# that stack tests start, and runs every test. TESTFLAGS are handed to go test.
set -euo pipefail
cd "$(dirname "$0")/.."

installed() {
	command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null ||
		{ command -v pg_config >/dev/null && [ -x "$(pg_config --bindir)/initdb" ]; }
}
if [ -z "${TEST_DATABASE_URL:-}${DATABASE_URL:-}" ] && ! installed; then
	if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
		echo "test: installing PostgreSQL"
		apt-get -qq update
		DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends postgresql </dev/null
	else
		echo "test: no PostgreSQL here: install it, or set TEST_DATABASE_URL" >&2
		exit 1
	fi
fi

tools/build.sh
go test -C cmd/temporald -timeout 15m ${TESTFLAGS:-} ./...
go test -timeout 40m ${TESTFLAGS:-} ./...
