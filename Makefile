# Two commands do everything on a fresh machine: `make demo` and `make test`. `make help` lists the rest.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
RUN := runs
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# What a process has compiled, the next one reads: compiling takes half of the time that an import of vLLM or Ray takes.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo probe fmt quick check unit test long bench exploits contracts faults findings image docs hooks clean lock _demo _probe _fast _test _boxes _cluster _pages _long _exploits _faults

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: .venv/.ready ## make .venv, a Docker engine where none answers, and the sandbox image
	@.ci/engine start
	@$(MAKE) --no-print-directory image

.venv/.ready: lock/cpu.txt lock/torch-cpu.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "setup: installing the locked CPU set into .venv"
	@$(BIN)/python -m pip install -q uv
	@$(BIN)/python -m pip install -q --no-deps -r lock/torch-cpu.txt 2>/dev/null \
	  || $(BIN)/python -m pip install -q --no-deps --index-url $(TORCH_INDEX) -r lock/torch-cpu.txt
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps -r lock/cpu.txt
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

image: .venv/.ready ## build the sandbox image; ARGS="--packages judge pandas" also one with packages
	@command -v debootstrap >/dev/null || [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null \
	  || { apt-get update -qq && apt-get install -y -qq debootstrap >/dev/null; }
	@$(BIN)/python -m coderm.sandbox.containers.image $(ARGS)

demo: .venv/.ready ## run the main job on the embedded model, and a recorded run; writes runs/demo and runs/recorded
	@.ci/engine with $(MAKE) --no-print-directory _demo

_demo: image
	$(BIN)/coderm run examples/demo.toml --out $(RUN)/demo
	$(BIN)/coderm run examples/recorded.toml --out $(RUN)/recorded

probe: .venv/.ready ## sample the starter set with the embedded model and train the shipped difficulty probe on it
	@.ci/engine with $(MAKE) --no-print-directory _probe

_probe: image
	$(BIN)/coderm run examples/probe.toml --out $(RUN)/probe
	$(BIN)/coderm run examples/recorded.toml --set budget.per_problem=0 --out $(RUN)/probe-recorded
	$(BIN)/coderm probe train --from $(RUN)/probe --also $(RUN)/probe-recorded --model smollm2 --layers 15 --out coderm/probe/shipped

fmt: .venv/.ready ## format, and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

quick: .venv/.ready ## sound or not within two minutes: check, and the fast unit tests beside it; no Docker, no Ray
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target check _fast

_fast:
	$(BIN)/python -m pytest tests/unit -m "not slow and not long" -n auto --dist worksteal --hypothesis-profile=quick

check: .venv/.ready ## ruff, mypy strict, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: .venv/.ready ## all unit tests, with the floor of coverage; no Docker, no Ray
	$(BIN)/python -m pytest tests/unit -m "not long" --cov -n auto --dist worksteal

test: .venv/.ready ## everything CI runs
	@.ci/engine with $(MAKE) --no-print-directory _test

_test: image check
	$(BIN)/python -m pytest tests/unit -m "not long" --cov -n auto --dist worksteal
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target _boxes _cluster _pages

# Each starts Ray in its own process, which keeps the token of the first cluster that it met.
OWN_RAY := $(foreach name,bank_service ray_rewards scoring,tests/integration/test_$(name).py)

# Side by side: what needs a cluster mostly waits for actors to start.
_boxes:
	CODERM_REQUIRE_DOCKER=1 $(BIN)/python -m pytest tests/sandbox -m "not long"
	$(BIN)/python -m pytest tests/training -m "not long"

_cluster:
	CODERM_REQUIRE_DOCKER=1 $(BIN)/python -m pytest tests/integration -m "not long" $(foreach name,$(OWN_RAY),--ignore=$(name))
	for file in $(OWN_RAY); do CODERM_REQUIRE_DOCKER=1 $(BIN)/python -m pytest $$file || exit 1; done
	$(BIN)/python -m pytest tests/contracts

# A page is tested in a real browser: Debian's Chromium, which is installed where it is absent and apt-get can.
_pages:
	@command -v chromium >/dev/null || [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null \
	  || { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null; }
	@$(MAKE) --no-print-directory docs
	CODERM_REQUIRE_BROWSER=1 $(BIN)/python -m pytest tests/browser

long: .venv/.ready ## the tests that take minutes each, left out of `make test`
	@.ci/engine with $(MAKE) --no-print-directory _long

_long: image
	$(BIN)/python -m pytest tests/unit -m long
	CODERM_REQUIRE_DOCKER=1 $(BIN)/python -m pytest tests/integration tests/sandbox tests/training -m long

bench: .venv/.ready ## measure; figures as ratios within one run
	@.ci/engine with bash -c 'for file in benchmarks/*.py; do $(BIN)/python $$file; done'

exploits: .venv/.ready ## print the exploits' scoreboard; HARNESS=main.py adds a column for another harness
	@.ci/engine with $(MAKE) --no-print-directory _exploits

_exploits: image
	PYTHONPATH=.:tests/sandbox $(BIN)/python -m exploits $(if $(HARNESS),--harness $(HARNESS))

faults: .venv/.ready ## kill everything behind a reward service and under a run, and print tables; NAMES="scorer proxy" RUNS="driver" for some
	@.ci/engine with $(MAKE) --no-print-directory _faults

_faults: image
	PYTHONPATH=.:tests:tests/integration:benchmarks $(BIN)/python -m faults $(NAMES)
	PYTHONPATH=.:tests:tests/integration:benchmarks $(BIN)/python -m faults.run $(RUNS)

contracts: .venv/.ready ## test the adapters against the real trainers, in an environment of their own: downloads
	@bash tests/contracts/run.sh

findings: ## try again what surprised about outside libraries: downloads, and fails where a behaviour changed
	@for file in findings/*.sh; do echo "== $$file"; bash $$file || exit 1; done

docs: .venv/.ready ## build the documentation as a site, in build/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict -q

hooks: .venv/.ready ## run the same checks before each commit and push
	$(BIN)/pre-commit install

lock: ## renew lock/cpu.txt from pyproject.toml; ARGS=--upgrade takes new versions
	$(BIN)/python .ci/lock.py --find-links $(TORCH_INDEX)/torch/ $(ARGS)

clean: ## remove what make made here (not the image, not the model cache)
	rm -rf .venv runs build *.egg-info .pytest_cache .mypy_cache .ruff_cache .coverage .hypothesis .import_linter_cache
