#!/usr/bin/env bash
# Builds the programs into bin/, or $OUT; TRIM=1 builds static, stripped ones for others
# to run. Development builds are not trimmed, so that they share what vet and test compile.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$PWD/${OUT:-bin}
mkdir -p "$out"
flags=(-ldflags "-w")
if [ -n "${TRIM:-}" ]; then
	export CGO_ENABLED=0
	version=$(git describe --tags --always --dirty 2>/dev/null || echo unknown)
	flags=(-trimpath -ldflags "-s -w -X main.version=$version")
fi

# building WHAT COMMAND...: run it, and every 10 s say that it still goes on.
building() {
	local what=$1 began=$SECONDS beat
	shift
	(
		sleep 10 # a warm build is over by now
		echo "building $what: a first build takes minutes, later ones seconds"
		while sleep 10; do echo "building $what: $((SECONDS - began)) s"; done
	) &
	beat=$!
	local failed=0
	"$@" || failed=$?
	kill "$beat" 2>/dev/null || true
	wait "$beat" 2>/dev/null || true
	return "$failed"
}

building "parley and payersim" go build "${flags[@]}" -o "$out/" ./cmd/...
building "temporald (Temporal's server, 300 modules)" go build -C cmd/temporald "${flags[@]}" -o "$out/temporald" .
