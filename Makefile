# `make help` lists the targets.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

BIN := .venv/bin
STAMP := .venv/.setup-done
LOCKED := requirements/bootstrap.txt requirements/dev.txt

# The stamp names the folder that it was made in: scripts inside .venv hold absolute paths, so a
# moved or copied folder is set up again.
ifneq ($(shell cat $(STAMP) 2>/dev/null),$(CURDIR))
$(STAMP): FORCE
endif

.PHONY: help setup up test test-slow lint format bench docs db lock local clean FORCE

help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## make .venv from the hashed locks, with the neonhub command in it
	@:

$(STAMP): pyproject.toml $(LOCKED) scripts/setup.sh
	@./scripts/setup.sh

up: setup ## start everything: embedded server, migrations, baseline, API
	@$(BIN)/neonhub up

test: setup ## run the tests, but for the slow ones (ARGS="-k name" narrows)
	@$(BIN)/python -m pytest -n auto --dist loadfile -m "not slow" $(ARGS)

test-slow: setup ## run the slow tests
	@$(BIN)/python -m pytest -m slow $(ARGS)

lint: setup ## check style, types and the architecture's import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup ## put the code into the project's style
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup ## run the benchmarks (ARGS=... is passed on)
	@$(BIN)/python -m benchmarks $(ARGS)

docs: setup ## check the documentation's links and the make targets that it names
	@$(BIN)/python scripts/check_docs.py

db: setup ## open psql on the database
	@$(BIN)/neonhub db psql

lock: setup ## resolve the dependencies again and write requirements/*.txt
	@./scripts/lock.sh $(ARGS)

local: setup ## add the local embedding model to .venv (downloads PyTorch)
	$(BIN)/python -I -m pip install --constraint <(grep -E '^[a-z0-9]' requirements/dev.txt | sed 's/ *\\$$//') ".[local]"

clean: ## remove .venv, caches and build output (never a database)
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
