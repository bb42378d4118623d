# Every target sets up what it needs by itself (lab/setup.sh). ARGS goes to ansible-playbook or pytest.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup tools lab-tools lab lab-down lab-status rehearse test test-all faults lint bench-search bench-ecs test-cold clean

python := .venv/bin/python
SIZE ?= small

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## system packages (apt, as root), .venv, components of the lab in the cache folder
	@lab/setup.sh

tools:
	@lab/setup.sh --tools

lab-tools:
	@lab/setup.sh --lab

lab: lab-tools ## start the source application and the pretend AWS, with data (SIZE=small|large)
	@$(python) -m lab up --size $(SIZE)

lab-down: ## stop what the lab started; data stays
	@if [ -x $(python) ]; then $(python) -m lab down; fi

lab-status: ## one line per piece of the lab
	@if [ -x $(python) ]; then $(python) -m lab status; else echo "  not set up: make setup"; fi

rehearse: lab ## move the source to the pretend AWS and prove that nothing was lost (ARGS='-e @my-stack.yml')
	@$(python) -m lab run --profile deploy -- ansible-playbook playbooks/rehearse.yml $(ARGS)

lint: tools ## ruff, mypy, ansible-lint, ansible-test sanity
	@tests/lint.sh

test: setup lint lab ## the gate: the linters, the unit tests, the real stores, the rehearsal
	@tests/run.sh -m "not thorough" $(ARGS)

test-all: setup lint lab ## the gate and what is too long for it
	@tests/run.sh $(ARGS)

faults: ## docs/faults*.md, from what the tests found since they were last run
	@$(python) -m pytest --quiet --collect-only --faults=write tests/integration >/dev/null && git diff --stat docs

bench-search: setup ## the copy of a search index beside the tools that people use (ARGS='--docs 300000 --growth')
	@PYTHONPATH=.ansible/collections $(python) -m tests.benchmarks.search $(ARGS)

bench-ecs: lab ## rendering a large compose project, and a converge that finds nothing to do (ARGS='--services 50')
	@PYTHONPATH=.ansible/collections $(python) -m tests.benchmarks.ecs $(ARGS)

test-cold: ## make test from a clean clone with an empty HOME and an empty cache, and its time
	@lab/test-cold.sh

clean: ## stop the lab and remove its data, secrets and state; what was built stays in the cache folder
	@if [ -x $(python) ]; then $(python) -m lab clean; fi
