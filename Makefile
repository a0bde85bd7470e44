# Everything that people and CI run. `make` alone lists the targets.

PYTHON ?= python3
VENV ?= .venv
ARGS ?=

BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help demo test test-real bench check fix docs

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(INSTALLED)  ## the whole job on cells that Buffycoat draws itself
	$(BIN)/buffycoat demo $(ARGS)

test: $(INSTALLED)  ## the tests, on two processes; ARGS="-k split" chooses some
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadscope $(ARGS)

test-real: $(INSTALLED)  ## the tests on real images, where they are ($BUFFYCOAT_DATA or ../shared/data)
	$(BIN)/python -m pytest -rs tests/real $(ARGS)

bench: $(INSTALLED)  ## the figures of benchmarks/results.csv; ARGS="start_up memory" chooses some
	$(BIN)/python -m benchmarks $(ARGS)

check: $(INSTALLED)  ## lint, format, types, import order, generated reference
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	test ! -f docs/generate_reference.py || $(BIN)/python docs/generate_reference.py --check

fix: $(INSTALLED)  ## mend what ruff can mend
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(INSTALLED)  ## write docs/reference anew from the code
	$(BIN)/python docs/generate_reference.py

# pip 25.1 is the first that knows --group. The stamp makes a second call cost nothing.
$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit(\
	  "Buffycoat needs Python 3.11 or newer, for example: make PYTHON=python3.12")'
	@echo "installing into $(VENV): about two minutes and 6 GB the first time"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable . --group dev
	@touch $@
