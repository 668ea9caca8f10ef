# Each target does its own set-up: Python 3.11+, make and a package index are enough.
PYTHON ?= python3
BIN := .venv/bin

SECONDS ?= 600

.PHONY: demo test test-slow test-extras check fuzz bench-% clean

demo: .venv/.stamp-run ## Replay a real campaign and write demo/report.html
	$(BIN)/loopwright demo --out demo

test: .venv/.stamp-dev ## The bar: format, lint, types, floors, tests with docs
	scripts/check

test-slow: .venv/.stamp-dev ## Tests that take more than ten seconds each
	$(BIN)/pytest -q -n 2 --dist loadfile -m slow

test-extras: .venv/.stamp-dev ## What needs ray, torch, chemprop or transformers; some GB
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt torch
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[cluster,deep,language]'
	$(BIN)/pytest -q tests/cli/test_cluster.py tests/models/test_chemprop.py tests/models/test_cnn.py \
		tests/modalities/test_language.py tests/api/test_explaining.py

fuzz: .venv/.stamp-dev ## Every reader for SECONDS in all; what is found lies in fuzz/found
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[fuzz]'
	$(BIN)/python fuzz/run.py --seconds $(SECONDS)

bench-%: .venv/.stamp-run ## One benchmark (ARGS='--seeds 2'); appends a line to bench/results/
	$(BIN)/python bench/$(subst -,_,$*).py $(ARGS)

.venv/.stamp-run: pyproject.toml constraints.txt
	test -d .venv || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[instruments]'
	touch $@

.venv/.stamp-dev: .venv/.stamp-run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,instruments]'
	touch $@

clean:
	rm -rf .venv demo build dist .*_cache
