#!/usr/bin/env bash
# Makes the secrets of docker-compose.yml in secrets/, once. Losing keys or secret loses
# the cases: keep a copy elsewhere. Containers read the files under a user of their own,
# so they are readable, in a folder that nobody else can enter.
set -euo pipefail
cd "${1:-$(dirname "$0")/..}"
if [ -e secrets ]; then
	echo "secrets/ is there already, and stays as it is"
	exit 0
fi
umask 022
new=$(mktemp -d secrets.XXXXXX) # 0700
random() { head -c 32 /dev/urandom | "$@" | tr -d ' \n'; }
password=$(random od -An -v -tx1)
printf '%s' "$password" >"$new/postgres_password"
printf 'postgres://postgres:%s@postgres:5432/parley?sslmode=disable\n' "$password" >"$new/database_url"
printf 'postgres://postgres:%s@postgres:5432/postgres?sslmode=disable\n' "$password" >"$new/temporal_postgres_url"
printf 'current: k1\nkeys:\n  k1: %s\n' "$(random base64)" >"$new/keys"
printf '%s\n' "$(random od -An -v -tx1)" >"$new/secret"
mv "$new" secrets
echo "made secrets/"
