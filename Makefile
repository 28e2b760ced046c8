# Everything a person or CI runs. Each target installs what it needs first (scripts/setup) and is quick when all is there.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

# The features the tests are compiled with; the lints see the same.
SERVER := --locked --features ssr
TESTED := --locked --features ssr,contract

.PHONY: help setup run dev site test e2e bench kill-import screenshots lint fmt image clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what building, running and testing need
	@scripts/setup test

run: ## Build and start the console; prints its address and, the first time, a set-up link
	@scripts/setup run
	@echo "Building the console (the first time usually 8 minutes on two cores, then seconds)"
	@scripts/site release
	@cargo build --quiet --release $(SERVER)
	@exec target/release/wami-console serve

dev: ## Build quickly, start, and rebuild and restart whenever a file changes
	@scripts/setup run
	@exec scripts/dev

site: ## Build the browser's half alone, into target/site
	@scripts/setup build
	@scripts/site release

test: ## Run every test, with a database and a browser of its own; nothing is skipped
	@scripts/test

e2e: ## Run the browser tests alone; arguments in ARGS, as in make e2e ARGS='--project hydrated sign-in'
	@scripts/setup test
	@scripts/site release
	@cargo build --quiet $(TESTED)
	@source scripts/env.sh; cd end2end; playwright test $(ARGS)

bench: ## Measure a release build against docs/performance.md; arguments in ARGS, as in make bench ARGS='--users 10000'
	@scripts/setup run
	@scripts/site release
	@cargo build --quiet --release $(SERVER)
	@node scripts/bench $(ARGS)

kill-import: ## Kill imports of 100,000 users and their database at 20 moments; USERS=N for another size
	@scripts/setup test
	@cargo build --quiet --release $(SERVER)
	@WAMI_TEST_PROGRAM=$(CURDIR)/target/release/wami-console WAMI_TEST_IMPORT_USERS=$(or $(USERS),100000) \
	cargo nextest run $(TESTED) --success-output final import::killed

screenshots: ## Check how every page looks, and take the pictures in docs/screenshots
	@scripts/setup test
	@scripts/site release
	@cargo build --quiet $(TESTED)
	@scripts/screenshots

lint: ## Check format, and both halves with clippy; warnings are errors
	@scripts/setup test
	@cargo fmt --check
	@cargo clippy --quiet $(TESTED) --all-targets -- -D warnings
	@source scripts/env.sh; use_browser_toolchain; \
	cargo clippy --quiet --locked --lib --features hydrate --target wasm32-unknown-unknown -- -D warnings
	@source scripts/env.sh; if command -v cargo-deny >/dev/null; then cargo deny --log-level error check bans licenses sources; \
	else echo "Licences and banned crates were not checked: cargo-deny is not installed."; fi
	@echo "lint: clean"

fmt: ## Format the Rust sources
	@cargo fmt

image: ## Build the container image wami-console:latest with buildah, podman or docker
	@scripts/image

clean: ## Remove what was built; data (.data) and installed tools stay
	rm -rf target end2end/test-results end2end/playwright-report end2end/node_modules
