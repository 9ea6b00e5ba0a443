# make demo   set everything up and run the main job on the embedded lab
# make test   all quality gates and tests, the lab tests last
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.requirements

.PHONY: help setup demo lab test lint unit labtest bench docs lock wheel clean

help: ## show the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(STAMP): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; name it with: make PYTHON=/path/to/python3 $(MAKECMDGOALS)"; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "Python's venv module is missing; on Debian: apt-get install python3-venv"; exit 2; }
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

setup: $(STAMP) ## make .venv with the pinned requirements

demo: setup ## hub and three spokes: up, deploy, verify; writes build/demo/verify.json
	$(BIN)/dmvpn-auto demo --output build/demo $(DEMO)

lab: setup ## bring the lab up with the cloud deployed and leave it running
	$(BIN)/dmvpn-auto demo --output build/demo --keep

lint: setup ## ruff and mypy
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

unit: setup ## unit, golden and property tests
	$(BIN)/pytest -m "not lab" tests

labtest: setup ## tests on the lab's dataplane
	$(BIN)/pytest -m lab tests

test: lint unit labtest ## all gates, fast ones first

bench: setup ## timings as ratios within one run
	$(BIN)/python -m bench

docs: setup ## write docs/reference and the matrix of designs anew from the code
	$(BIN)/python -m dmvpn_auto.cli.reference
	$(BIN)/python -m tests.golden.matrix

LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml
lock: ## write both requirements files anew from pyproject.toml (needs uv)
	$(LOCK) --group dev -o requirements.txt
	$(LOCK) --group build --constraint requirements.txt -o requirements-runtime.txt

wheel: setup ## build dist/*.whl
	$(BIN)/python -m build --wheel --no-isolation

clean: ## remove what the build made (not the lab: dmvpn-auto lab down)
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
