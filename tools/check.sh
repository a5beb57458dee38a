#!/usr/bin/env bash
# `make check`: what can be known without running the product. Every step fails the whole.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$PWD/bin/tools
mkdir -p "$bin"
step() { echo "check: $*"; }

step building the tools
# Trimmed, so that the linter is the same file in every checkout and its results are kept.
go build -C tools -trimpath -o "$bin/" tool ./lint

step gofumpt
unformatted=$(git ls-files -co --exclude-standard '*.go' | xargs "$bin/gofumpt" -l)
if [ -n "$unformatted" ]; then
	echo "not formatted; run bin/tools/gofumpt -w on:"
	echo "$unformatted"
	exit 1
fi

for module in . tools cmd/temporald; do
	step "vet and lint $module"
	go vet -C "$module" ./...
	go vet -C "$module" -vettool="$bin/lint" ./...
done

step workflowcheck
"$bin/workflowcheck" -config workflowcheck.config.yaml ./workflows/...

step floors
go test ./internal/house/...

# vulnerable MODULE ARGUMENTS...: findings fail; a database out of reach is said in a line.
vulnerable() {
	local module=$1 said failed=0
	shift
	step "govulncheck $module"
	said=$("$bin/govulncheck" -C "$module" "$@" 2>&1) || failed=$?
	if [ "$failed" = 0 ]; then return; fi
	if [ "$failed" != 3 ] && grep -q 'fetching vulnerabilities' <<<"$said"; then
		echo "govulncheck: its database cannot be reached from here; $module was not checked"
		return
	fi
	echo "$said"
	return 1
}
vulnerable . ./...
# By module only: a call graph of the Temporal server takes longer than all other checks.
vulnerable cmd/temporald -scan module
