# Everything is set up on first use, in .venv; the only requirement is Python 3.11, 3.12 or 3.13.
.DEFAULT_GOAL := install
.PHONY: install search test slow bench docs lint clean FORCE

PYTHON ?= $(firstword $(foreach p,python3.11 python3.12 python3.13,$(shell command -v $(p))))
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= $(shell getconf _NPROCESSORS_ONLN)
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt \
	--config-settings editable_mode=strict
export PYTHONSAFEPATH := 1
export PIP_USE_PEP517 := 1

install: $(VENV)/all.stamp ## install the package with everything a search needs

search: $(VENV)/all.stamp ## the main job: simulate, select, train, fit, report
	$(BIN)/dijethunt run workflows/search.toml --jobs $(JOBS) --output search

test: $(VENV)/dev.stamp ## what CI runs: style, types, fast tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile -o faulthandler_timeout=600 -o faulthandler_exit_on_timeout=true

slow: $(VENV)/dev.stamp ## physics acceptance (about two hours on 2 cores; its simulation is resumable)
	$(BIN)/python -m pytest -m slow --log-cli-level=INFO

bench: $(VENV)/dev.stamp ## speed against the named peers, written to bench.json
	$(BIN)/python -m pytest -m benchmark tests/benchmarks

docs: $(VENV)/docs.stamp ## the documentation, in docs/_build/html
	$(BIN)/python -m sphinx -W -b html docs docs/_build/html

clean: ## remove the environment and everything built; results stay
	rm -rf $(VENV) build docs/_build *.egg-info

# A strict editable install links files one by one: install again when a file comes or goes.
$(VENV)/files.txt: FORCE | $(VENV)/bin/python
	@printf '%s\n' $(sort $(wildcard */*.py */*.toml */*.j2)) > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(VENV)/%.stamp: pyproject.toml constraints.txt $(VENV)/files.txt
	rm -rf build
	@echo "installing dijethunt[$*] into $(VENV) (the first time takes a few minutes)"
	$(INSTALL) -e '.[$*]'
	@touch $@

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "no python3.11, 3.12 or 3.13 found: install one, or run 'make PYTHON=/path/to/python'"; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) lacks venv: on Debian and Ubuntu, 'apt install python3-venv'"; exit 1; }
	"$(PYTHON)" -m venv $(VENV)
