# make demo    sets up and runs the main job; writes demo/report.html
# make test    sets up and runs the tests
# make test-cluster  sets up Slurm (Debian's packages; needs root) and Ray, and runs studies on them
# make bench   sets up and measures; writes benchmarks/results.json and docs/performance.md (25 minutes)
# make check   sets up and runs the linters, the type checker and the contract of the rooms

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --constraint constraints.txt
WORKERS ?= 2

# Where Python may not keep what it compiled, every process compiles all of torch again: 15 s of CPU.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test test-cluster check bench clean

demo: $(VENV)/core
	$(BIN)/shapespace demo --out demo

test: $(VENV)/test
	$(BIN)/python -m pytest -n $(WORKERS) --no-loadscope-reorder --cov --cov-report=term:skip-covered --cov-fail-under=90

test-cluster: $(VENV)/cluster
	$(BIN)/python -m pytest -q -m cluster tests/cluster

check: $(VENV)/lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports
	$(BIN)/deptry src
	$(BIN)/vulture src --min-confidence 80

bench: $(VENV)/bench
	$(BIN)/python -m pytest -q -m bench tests/benchmarks
	$(BIN)/python -m benchmarks $(BENCH)

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

$(VENV)/bench: $(VENV)/test
	@echo "Installing what the benchmark compares with into $(VENV) (TensorFlow is large)"
	@$(INSTALL) --editable '.[test,bench]'
	@touch $@

$(VENV)/cluster: $(VENV)/test
	@echo "Installing submitit and Ray into $(VENV)"
	@$(INSTALL) --editable '.[test,cluster]'
	@touch $@

clean:
	rm -rf $(VENV) demo
