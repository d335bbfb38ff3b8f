# What can be done here, from a fresh clone, with git, make and Python 3.11 to 3.13.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
UV_VERSION := 0.13.9
export UV_PYTHON_DOWNLOADS := never

.DEFAULT_GOAL := help
.PHONY: help setup lint format messages test browser demo demo-once up bench bench-scale eval chaos clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## make .venv with everything uv.lock names

$(READY): pyproject.toml uv.lock deploy/make_venv.sh
	@sh deploy/make_venv.sh "$(PYTHON)" $(VENV) $(UV_VERSION)
	@$(BIN)/uv sync --quiet --frozen --all-extras --inexact --python $(BIN)/python
	@touch $@

lint: $(READY) ## format, style, types, import directions, dependencies, spelling
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/codespell

format: $(READY) ## put the code into form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

messages: $(READY) ## gather words to translate into templates/locale
	@$(BIN)/python -m tests.house_rules.catalogues

browser: ## look for Chromium, install it when we may
	@sh deploy/find_chromium.sh

test: lint browser ## lint, then every test, the short chaos suite among them
	$(BIN)/pytest --numprocesses 2 --dist loadfile

demo: $(READY) ## everything with sample content; mails land in its own inbox
	@$(BIN)/podbrief demo

demo-once: $(READY) ## the same, checked and ended; JSON on the last line
	@$(BIN)/podbrief demo --once

up: $(READY) ## run this installation
	@$(BIN)/podbrief up

bench: $(READY) ## measure each stage and the whole
	$(BIN)/python -m benchmarks.run

bench-scale: $(READY) ## the same for 10,000, 100,000 and 1,000,000 subscribers
	$(BIN)/python -m benchmarks.run --only-us --store postgresql --scale 10000,100000,1000000

eval: $(READY) ## measure the choosing on held-out data, and sixty days of made-up readers
	@$(BIN)/podbrief eval --pairs tests/data/story_pairs.txt \
		--threads tests/data/threads.txt --plots docs/images

chaos: $(READY) ## kill parts in mid-run and audit what arrived
	$(BIN)/python -m tests.chaos.run all

clean: ## remove what was made here, but not var/
	rm -rf $(VENV) dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
