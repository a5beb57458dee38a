# Everything a developer or CI does. CI calls only these.
.PHONY: help run build check test generate histories fuzz release
SHELL := /bin/bash

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/'

run: build ## build everything and start the whole stack (ARGS="--fresh" starts over)
	@exec bin/parley dev $(ARGS)

build: ## build the programs into bin/
	@tools/build.sh

check: ## formatting, vet, linters, determinism of workflows, floors, known vulnerabilities
	@tools/check.sh

test: ## all tests, on a real PostgreSQL and a real Temporal server
	@tools/test.sh

generate: ## generated files, other than histories
	go generate -skip histories ./...

histories: build ## the committed workflow histories, exported again from a real server
	go generate -run histories ./workflows/...

fuzz: ## every fuzz target, FUZZTIME each (default 30s)
	@tools/fuzz.sh

release: ## static programs for this platform into dist/
	@OUT=dist TRIM=1 tools/build.sh
