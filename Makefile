# Two commands are enough: `make demo` shows it, `make test` checks it. Each sets up .venv by itself, from the
# locked requirements; a second run finds it done.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test lint bench chaos eval clean

VENV := .venv
# The folder of labelled outside data that `make eval` looks at.
DATA ?= ../shared/data
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --no-compile
# Any Python from 3.11 on; `make PYTHON=python3.12 test` chooses one.
PYTHON ?= $(shell for one in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$one -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$one && break; done)

help: ## show this
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/dev.stamp ## the environment for development, in .venv

demo: $(VENV)/runtime.stamp ## an attack in real log lines, through a real Kafka, to one alert
	@$(BIN)/seerflow demo

test: lint ## all tests: lint, types, rings, then everything up to the real broker
	@$(BIN)/python -m pytest -m "not broker and not long"
	@$(BIN)/python -m pytest -m "broker and not long"

lint: $(VENV)/dev.stamp ## style, types and import rings
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/runtime.stamp ## logs per second of each stage, each beside its limit
	@$(BIN)/seerflow bench parse --samples tests/golden/parsers
	@for stage in sigma correlate pipeline; do $(BIN)/seerflow bench $$stage || exit 1; done

chaos: $(VENV)/dev.stamp ## kill and pause workers; what is found must not change (minutes)
	@$(BIN)/python bench/chaos_pipeline.py --logs 200000 --pause correlate
	@$(BIN)/python bench/chaos_pipeline.py --logs 200000 --pause dispatch --lateness 300
	@$(BIN)/python -m pytest -m long tests/broker

eval: $(VENV)/dev.stamp ## what is found in labelled outside data: make eval DATA=../shared/data (minutes)
	@$(BIN)/python -m pytest tests/simulation
	@$(BIN)/python bench/evaluate.py $(DATA)
	@$(BIN)/python bench/eval_framing.py $(DATA)

clean: ## remove the environment and all caches; the state folder stays
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/made.stamp:
	@test -n "$(PYTHON)" || { echo "Seerflow needs Python 3.11 or newer, and found none; install it, or name it: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) has no venv module; install it (on Debian and Ubuntu: apt install python3-venv)" >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/runtime.stamp: requirements/runtime.lock requirements/build.lock pyproject.toml $(VENV)/made.stamp
	@echo "installing the locked packages into $(VENV), once" >&2
	@$(PIP) --require-hashes -r requirements/runtime.lock -r requirements/build.lock
	@$(PIP) --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(VENV)/dev.stamp: requirements/dev.lock pyproject.toml $(VENV)/made.stamp
	@echo "installing the locked packages and the tools of development into $(VENV), once" >&2
	@$(PIP) --require-hashes -r requirements/dev.lock
	@$(PIP) --no-deps --no-build-isolation --no-index --editable .
	@touch $(VENV)/runtime.stamp $@
