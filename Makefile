# Sluice: everything a developer runs. `make` alone lists it.
# Nothing here needs an AWS account or Docker; nothing listens beyond 127.0.0.1.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

export SAM_CLI_TELEMETRY := 0
export PYTHONUNBUFFERED := 1
# sam finds the Python 3.13 it builds for, and the layers' Makefiles their uv, on the path.
export PATH := $(CURDIR)/.venv/bin:$(PATH)

is_313 = import sys; sys.exit(sys.version_info[:2] != (3, 13))
PYTHON ?= $(firstword $(foreach name,python3.13 python3 python,$(shell \
	$(name) -c '$(is_313)' 2>/dev/null && echo $(name))))

.PHONY: help setup browser build demo down login test check fmt invoke proof bench cost scale screenshots openapi access pins redrive
.PHONY: watch leftovers uninstall released
.PHONY: check-types check-template check-style

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 10

setup: .venv/.made .local/ministack-venv/.made ## make both Python environments (once; later runs take no time)
	@:

# uv installs in seconds what takes pip minutes; where it cannot reach the index that pip's own
# configuration names, pip does it.
define environment
	@test -n "$(PYTHON)" || { echo "Python 3.13 is missing: install python3.13 (or: pyenv install 3.13) and run make again" >&2; exit 1; }
	@echo "setup: $(@D) from $<"
	@test -x $(@D)/bin/python || $(PYTHON) -m venv --clear $(@D)
	@test -x .venv/bin/uv || .venv/bin/pip install --quiet $$(grep '^uv==' requirements/dev.txt)
	@.venv/bin/uv pip sync --quiet --python $(@D)/bin/python $< \
		|| { echo "setup: uv could not, trying pip (some minutes)"; \
		$(@D)/bin/python -m pip install --quiet --no-deps --requirement $<; }
	@touch $@
endef

.venv/.made: requirements/dev.txt
	$(environment)

.local/ministack-venv/.made: requirements/ministack.txt | .venv/.made
	$(environment)

browser: setup ## find a Chromium for the tests of pages, install one on a bare machine
	@python -m infra.local.chromium

build: setup ## build every function and layer into .aws-sam/build
	@sam build

demo: setup ## start the embedded AWS, deploy the template, show Sluice at work
	@python -m infra.demo

down: setup ## stop the embedded AWS and what it started (its data stays in .local)
	@python -m infra.local.ministack stop

login: setup ## a new password and token of the local deployment: make login EMAIL=admin@sluice.example
	@test -n "$(EMAIL)" || { echo "Say whose: make login EMAIL=admin@sluice.example" >&2; exit 1; }
	@python -m infra.demo.login "$(EMAIL)"

test: setup browser ## every test but the long proofs (under ten minutes on two cores)
	@# One worker more than cores: the one with the flows mostly waits for the deployment.
	@pytest -m "not proof" --numprocesses $$(($$(getconf _NPROCESSORS_ONLN) + 1)) --dist loadgroup

check: setup ## style, types, architecture, template, known flaws (reads only)
	@$(MAKE) --jobs=2 check-types check-template check-style

check-types: # the longest, so it begins
	@mypy

check-template:
	@AWS_DEFAULT_REGION=us-east-1 sam validate --lint
	@cfn-lint infra/deployer.yaml infra/network.yaml
	@cfn-lint --regions us-east-1 -- infra/edge.yaml

check-style:
	@ruff check
	@ruff format --check
	@PYTHONPATH=layers/sluice:. lint-imports
	@bandit --quiet --recursive layers functions
	@python -m infra.audit

fmt: setup ## format and repair what ruff can
	@ruff check --fix-only
	@ruff format

invoke: setup ## run one built function on its event.json: make invoke FN=codes/issue_code
	@test -n "$(FN)" || { echo "Say which: make invoke FN=codes/issue_code" >&2; exit 1; }
	@python -m infra.local.invoke $(FN)

proof: setup browser ## the long proofs: races on DynamoDB Local (needs Java), every fault, model and fuzz
	@pytest -m proof tests/load --capture=no
	@pytest -m proof --ignore=tests/load --numprocesses auto --dist loadgroup

bench: setup ## measure what it costs against floors, into docs/bench.md (six minutes)
	@python -m infra.bench

cost: setup ## write what it costs in money, from list prices, into docs/cost.md
	@python -m infra.cost

scale: setup ## simulate joins from a shop to a live show, into docs/scale.md (a minute)
	@python -m infra.scale

screenshots: setup browser ## open every page and save pictures of them, for docs/pages.md
	@PYTHONPATH=layers/sluice:. python -m tests.browser pictures | grep --invert-match '^{'

openapi: setup ## write the API document anew from the handlers
	@python -m infra.openapi

access: setup ## walk every route in every role and write who gets in to docs/access.md
	@SLUICE_ACCESS=write pytest tests/access

watch: setup ## take releases back on an alarm: make watch STAGE=prod MINUTES=15 (or off)
	@python -m infra.watch "$(STAGE)" "$(MINUTES)"

leftovers: setup ## list what a stage keeps when it is removed, and how to remove it: STAGE=dev
	@python -m infra.leftovers "$(STAGE)"

uninstall: setup ## remove a stage's stack, asking first; what holds data stays: STAGE=dev
	@python -m infra.leftovers "$(STAGE)"
	@sam delete --stack-name "$$(python -m infra.stages "$(STAGE)")"
	@python -m infra.leftovers "$(STAGE)"

released: setup ## write down that the present commit was released, for the next upgrade
	@python -m infra.released

redrive: setup ## bring failures back: make redrive [QUEUE=codes] [DRY=yes] [LIMIT=100] [STAGE=prod]
	@python -m infra.redrive --queue "$(QUEUE)" --stage "$(or $(STAGE),local)" \
		--limit "$(or $(LIMIT),100)" $(if $(DRY),--dry)

pins: setup ## resolve requirements/*.in into *.txt, keeping what is pinned where it still fits
	@for name in dev ministack; do \
		uv pip compile --quiet --python-version 3.13 --no-emit-index-url --no-annotate \
			--custom-compile-command "make pins" \
			--output-file requirements/$$name.txt requirements/$$name.in; done
