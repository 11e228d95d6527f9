# All that is needed is Python 3.11 or newer and make; the rest is set up here, in .venv.
#
#     make demo      the example of the lecture: its log in the terminal, its animation in output/
#     make gallery   every format of every example, in output/gallery/
#     make test      everything that is checked: style, types, architecture, tests
#     make format    put the code into shape
#     make clean     remove what the others made, .venv included
#
# With another Python: make clean, then make PYTHON=python3.13 test

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input

# An environment that works is kept; a half-made or broken one is made anew.
define ENVIRONMENT
@$(BIN)/python -m pip --version >/dev/null 2>&1 || { \
    $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "tracer needs Python 3.11 or newer: name one, make PYTHON=python3.13")' \
    && $(PYTHON) -m venv --clear $(VENV); }
endef

# The stamps stand for what is installed: an interrupted set-up leaves none, and a broken environment loses its own.
READY := $(VENV)/ready
READY_FOR_TESTS := $(VENV)/ready-for-tests
IGNORED := $(shell $(BIN)/python -c "" >/dev/null 2>&1 || rm -f $(READY) $(READY_FOR_TESTS))

.PHONY: help demo gallery test format clean
.NOTPARALLEL:

help:
	@sed -n 's/^#     //p' Makefile

demo: $(READY)
	$(BIN)/tracer demo

gallery: $(READY_FOR_TESTS)
	$(BIN)/python examples/gallery.py

test: $(READY_FOR_TESTS)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache --no-logo
	$(BIN)/pytest -n auto

format: $(READY_FOR_TESTS)
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml
	@echo "Installing tracer into $(VENV) ..."
	$(ENVIRONMENT)
	@$(INSTALL) --editable .
	@touch $@

$(READY_FOR_TESTS): pyproject.toml
	@echo "Installing tracer and what its tests need into $(VENV) ..."
	$(ENVIRONMENT)
	@$(INSTALL) --editable '.[dev]'
	@touch $(READY) $@
