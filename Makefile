# make demo    sets up and runs the main job; writes demo/report.html
# make test    sets up and runs the tests
# make check   sets up and runs the linters, the type checker and the contract of the rooms

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --constraint constraints.txt
WORKERS ?= 2

.PHONY: demo test check clean

demo: $(VENV)/core
	$(BIN)/shapespace demo --out demo

test: $(VENV)/test
	$(BIN)/python -m pytest -n $(WORKERS) --cov --cov-report=term:skip-covered --cov-fail-under=90

check: $(VENV)/lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports
	$(BIN)/deptry src
	$(BIN)/vulture src --min-confidence 80

$(VENV)/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "shapespace needs Python 3.11 or newer; name one: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/core: $(VENV)/made pyproject.toml constraints.txt
	@echo "Installing shapespace into $(VENV) (about a minute, once)"
	@$(INSTALL) --editable .
	@touch $@

$(VENV)/test: $(VENV)/core
	@echo "Installing what the tests need into $(VENV)"
	@$(INSTALL) --editable '.[test]'
	@touch $@

$(VENV)/lint: $(VENV)/test
	@echo "Installing the linters into $(VENV)"
	@$(INSTALL) --editable '.[test,lint]'
	@touch $@

clean:
	rm -rf $(VENV) demo
