# The front door: short names for what the presets and scripts do. `make` alone lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help
JOBS ?= $(shell nproc)

.PHONY: help run release dev test test-delivery check bench fuzz fuzz-api openapi format clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

run: ## a server with a sample fleet on https://127.0.0.1:8443, and this computer enrolled in it
	@tools/run.sh

release: ## build/release/reeve
	@tools/packages.sh run
	@tools/api_page.sh
	@test -e build/release/build.ninja || cmake --preset release
	@cmake --build build/release --target reeve check_layers -j $(JOBS)

dev: ## build/dev/reeve, with the unit tests
	@tools/packages.sh test
	@tools/api_page.sh
	@cmake --preset dev && cmake --build build/dev -j $(JOBS)

test: ## all tests, with sanitizers, on both stores
	@tests/run.sh

test-delivery: dev ## delivery to three targets through 20 kills, with 1,000 computers
	@DELIVERY_COMPUTERS=1000 DELIVERY_KILLS=20 /usr/bin/python3 -m pytest -c tests/pytest.ini --rootdir tests tests/delivery/kills_test.py -q -s

check: ## layers, style, guides, formatting
	@tools/packages.sh check
	@tools/check.sh

bench: release ## speed and memory, beside their limits
	@tools/packages.sh bench
	@bench/run

fuzz: ## every parser for a minute (FUZZ_SECONDS=60)
	@tools/packages.sh fuzz
	@tools/fuzz.sh

fuzz-api: release ## 136,000 requests made from the definitions, right and wrong (REEVE_GENERATED_REQUESTS a definition and store)
	@tools/packages.sh test
	@rm -f build/fuzz-api.txt
	@REEVE=$(CURDIR)/build/release/reeve REEVE_GENERATED_REQUESTS=$${REEVE_GENERATED_REQUESTS:-17000} \
		REEVE_GENERATED_REPORT=$(CURDIR)/build/fuzz-api.txt \
		/usr/bin/python3 -m pytest -q -c tests/pytest.ini --rootdir tests tests/api/generated_test.py
	@echo "the share of successes of each operation: build/fuzz-api.txt"

openapi: release ## api/openapi/*.yaml anew from the tables
	@tools/openapi.sh build/release/reeve api/openapi

format: ## reformats the sources
	@find src tests bench -name '*.[ch]' | xargs clang-format-14 -i

clean: ## drops build/
	@rm -rf build
