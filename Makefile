# The words of this project; `make` alone prints them.
#
# Fresh Debian or Ubuntu needs git, make and Python 3.11+ with venv. Variables:
#   PYTHON=python3.12       the interpreter that .venv is made with
#   ARGS="..."              more words for what is run: make run ARGS="--config mine.toml"
#   TESTS="tests/unit ..."  which tests `make test` runs
#   WORKERS=2               how many processes the tests run in
# Read from the environment by the tests:
#   BARBELO_TEST_ALL=1            a missing chromium or postgresql-15 is a failure
#   BARBELO_TEST_POSTGRES=debian  test servers from /usr/lib/postgresql/15/bin, not from the wheel

PYTHON ?= python3
WORKERS ?= 2
TESTS ?= tests
ARGS ?=
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup develop clients run test check format bench lock upgrade sizes clean

help: ## print this page
	@echo "Barbelo, a social server for the fediverse. Words for make:"
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile
	@echo "Begin with: make run"

setup: ## make .venv and install the server into it; start nothing
	@$(PYTHON) tools/environment.py run

run: setup ## set up, then serve on http://localhost:4000 with its own PostgreSQL
	@exec $(BIN)/barbelo serve $(ARGS)

develop: ## like setup, with the tools for checks and tests
	@$(PYTHON) tools/environment.py dev

clients: ## make .venv-clients with the client programs that tests drive
	@$(PYTHON) tools/environment.py clients

test: ## set up what is needed and run the whole test suite
	@$(PYTHON) tools/environment.py dev clients
	@status=0; \
	$(BIN)/pytest -n $(WORKERS) --dist loadfile $(ARGS) $(TESTS) || status=$$?; \
	$(BIN)/python tools/apt_only.py || status=1; \
	exit $$status

check: develop ## format, lint, types, import contracts, sizes, docs: under a minute
	@$(BIN)/python tools/check.py

format: develop ## put every file into the one format
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix .

bench: develop ## measure a seeded server; prints the figures of docs/benchmarks.md
	@$(BIN)/python bench/run.py $(ARGS)

lock: develop ## write the lock files after a change of pyproject.toml
	@$(BIN)/python tools/lock.py

upgrade: develop ## write the lock files with the newest versions allowed
	@$(BIN)/python tools/lock.py --upgrade

sizes: ## the largest files, functions and folders
	@$(PYTHON) tools/check_sizes.py --report

clean: ## remove environments and caches; never data
	rm -rf .venv .venv-clients build dist tests/artefacts
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests tools bench examples -type d -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
