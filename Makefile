# Both commands need git, make and Python >= 3.11 only; everything else is found or fetched.
.DEFAULT_GOAL := help
.PHONY: help up down plan access rights cluster-objects unlock test e2e check format golden benchmark schema sync

STACK ?= local
CONTEXT ?=
MANIFESTS ?=
QUOTA ?=
SUBJECT ?=
BY ?=
WHO ?=
CHANGES ?=
STORAGE_CLASS ?=
KUBELET_RESTART ?=
ARGS ?=
TOOLS := .airspace/tools
# uv where it is missing: installed by pip into a folder of this checkout.
UV := $(shell command -v uv 2>/dev/null || echo $(TOOLS)/bin/uv)
RUN := $(UV) run --frozen --quiet
AIRSPACE := $(RUN) python -m console
# What a user gives is one word to the shell, whatever is in it.
quoted = '$(subst ','\'',$(1))'

help: ## Show what there is to make
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 18

up: sync ## Bring an environment up (STACK=local, CONTEXT=<kubeconfig context>)
	@$(AIRSPACE) up --stack $(call quoted,$(STACK)) $(if $(CONTEXT),--context $(call quoted,$(CONTEXT)))

down: sync ## Remove it with everything in it
	@$(AIRSPACE) down --stack $(call quoted,$(STACK)) $(if $(CONTEXT),--context $(call quoted,$(CONTEXT)))

plan: sync ## Show what an environment would consist of; needs no engine (MANIFESTS=<folder> writes them, QUOTA=1 adds up each quota)
	@$(AIRSPACE) plan --stack $(call quoted,$(STACK)) $(if $(CONTEXT),--context $(call quoted,$(CONTEXT))) $(if $(MANIFESTS),--manifests $(call quoted,$(MANIFESTS))) $(if $(QUOTA),--quota)

access: sync ## Show who may do what (BY=person|deployment|role, WHO=ada@example.com, CHANGES=1: against what stands)
	@$(AIRSPACE) access --stack $(STACK) $(if $(CONTEXT),--context $(CONTEXT)) $(if $(BY),--by $(BY)) $(if $(WHO),--who $(WHO)) $(if $(CHANGES),--changes)

rights: sync ## Print the smallest roles that whoever runs it needs (SUBJECT=User:ci@example.com)
	@$(AIRSPACE) rights --stack $(call quoted,$(STACK)) $(if $(CONTEXT),--context $(call quoted,$(CONTEXT))) $(if $(SUBJECT),--subject $(call quoted,$(SUBJECT)))

cluster-objects: sync ## Print what an administrator makes where the stack file says `provided`
	@$(AIRSPACE) cluster-objects --stack $(call quoted,$(STACK)) $(if $(CONTEXT),--context $(call quoted,$(CONTEXT)))

unlock: sync ## Release the lock that a killed run has left
	@$(AIRSPACE) unlock --stack $(call quoted,$(STACK))

test: check ## Format check, lint, types, unit tests, tests on real components
	@$(RUN) pytest

e2e: sync ## Run Airflow itself on a real cluster (CONTEXT=<kubeconfig context>, STORAGE_CLASS=<class of volumes>, ARGS=<of pytest>)
	@test -n $(call quoted,$(CONTEXT)) || { echo "Name a cluster: make e2e CONTEXT=<kubeconfig context>"; exit 1; }
	@AIRSPACE_E2E_CONTEXT=$(call quoted,$(CONTEXT)) AIRSPACE_E2E_STORAGE_CLASS=$(call quoted,$(STORAGE_CLASS)) \
		AIRSPACE_E2E_KUBELET_RESTART=$(call quoted,$(KUBELET_RESTART)) $(RUN) pytest -v tests/e2e $(ARGS)

check: sync ## Format check, lint and types
	@$(RUN) ruff format --check --quiet .
	@$(RUN) ruff check --quiet .
	@$(RUN) mypy

format: sync ## Format the code
	@$(RUN) ruff format .
	@$(RUN) ruff check --fix .

benchmark: sync ## Measure planning side by side: seconds and memory
	@$(RUN) python -m tests.benchmarks.planning

golden: sync ## Renew the golden resource lists
	@$(RUN) pytest --quiet tests/stacks/test_golden.py --renew-golden

schema: sync ## Renew stacks/schema.json
	@$(RUN) python -m stacks.schema

sync: $(UV)
	@test -d .venv || echo "installing the locked dependencies into .venv ..." >&2
	@$(UV) sync --frozen --quiet

# Some Pythons come without pip, others without venv.
$(TOOLS)/bin/uv:
	@python3 -m pip install --quiet --target $(TOOLS) uv || { python3 -m venv $(TOOLS) && $(TOOLS)/bin/pip install --quiet uv; }
