# Needs only make and a Python 3.12 or 3.13; everything else is installed into .venv by `setup`.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
# What a person's shell has set for another project must not leak into this one.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV

python := .venv/bin/python
pytest := $(python) -m pytest
lock := $(python) -m uv pip compile --quiet --system-certs --universal --python-version 3.12 \
	--generate-hashes --no-annotate --no-header

.PHONY: help setup demo test test-unit test-e2e lint format fuzz bench bench-check simulate kills schema lock audit image cluster cluster-down clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup: ## Make .venv from the locked dependencies (the other targets do this by themselves)
	@PYTHON='$(PYTHON)' sh scripts/setup.sh

demo: setup ## Trade real EURUSD bars on the mock broker for a minute and write a report
	@mkdir -p build/demo
	@$(python) -m tests.real_bars EURUSD-1H build/demo/EURUSD-1H.csv
	@.venv/bin/tradingbot run configs/demo.json --workdir build/demo --fresh

test: lint ## Check everything: lint, all tests, and those on a Kubernetes node (skipped where there can be none)
	$(if $(filter true,$(CI)),$(python) -m tests.e2e.cluster tools && $(python) -m tests.web.browser.provide)
	$(pytest) -n auto --dist worksteal --ignore=tests/e2e tests
	$(pytest) tests/e2e

test-unit: setup ## The inner loop: unit tests that take milliseconds
	$(pytest) -n auto --dist worksteal -m 'not slow' tests/unit

test-e2e: setup ## Only the tests on a Kubernetes node, quicker between `make cluster` and `make cluster-down` (long runs: tests/e2e/conftest.py)
	$(pytest) tests/e2e

lint: setup ## ruff (rules and format) and mypy
	$(python) -m ruff check .
	$(python) -m ruff format --check .
	$(python) -m mypy

format: setup ## Let ruff put the code into shape
	$(python) -m ruff check --fix .
	$(python) -m ruff format .

simulate: setup ## Kill and fault a simulated bot by SEEDS=1000 seeds FROM=0, and check that nothing is lost or doubled
	$(python) -m tests.simulation --from $(or $(FROM),0) --seeds $(or $(SEEDS),1000) --jobs $(or $(JOBS),2)

kills: setup ## Kill real bots at the venues' doubles by SEEDS=200 seeds FROM=0, and hold what is left against the venue
	$(python) -m tests.kills --from $(or $(FROM),0) --seeds $(or $(SEEDS),200) --jobs $(or $(JOBS),2)

fuzz: setup ## Let what comes from outside be nonsense, each target for SECONDS=120, every time another
	FUZZ_SECONDS=$(or $(SECONDS),120) $(pytest) -n auto --dist loadfile tests/fuzz

bench: setup ## Measure everything beside what people would use instead, and write docs/benchmarks.md (ONE=backtest: only that)
	$(python) -m tests.bench $(ONE)

bench-check: setup ## Measure, and fail where a ratio has grown by more than its margin
	$(python) -m tests.bench --check $(ONE)

schema: setup ## Write what is made from the models: the schema, the CRD, the references, the manifests of configs/
	@mkdir -p build
	.venv/bin/tradingbot schema > build/made && mv build/made configs/schema/tradingbot.schema.json
	.venv/bin/tradingbot schema --crd > build/made && mv build/made charts/tradingbot-operator/files/crd.yaml
	$(python) -m bots.config.reference > build/made && mv build/made docs/document.md
	$(python) -m bots.resource.reference > build/made && mv build/made docs/resource.md
	$(python) -m charts.dashboards
	@for file in configs/0*.json; do \
		.venv/bin/tradingbot manifest $$file > build/made 2>/dev/null || exit 1; \
		mv build/made configs/bot-$$(basename $$file .json).yaml; done

lock: setup ## Solve the dependencies anew, within what pyproject.toml allows (UPGRADE=1: to the newest)
	$(lock) $(if $(UPGRADE),--upgrade) pyproject.toml --extra postgres -o locks/run.lock
	$(lock) $(if $(UPGRADE),--upgrade) pyproject.toml --extra postgres --group dev -c locks/run.lock -o locks/dev.lock
	$(lock) $(if $(UPGRADE),--upgrade) --group build -c locks/dev.lock -o locks/build.lock
	@if grep -nE 'https?://|^-' locks/*.lock; then echo 'A lock must name no host and no index.' >&2; exit 1; fi

audit: setup ## Look the locked dependencies up among known vulnerabilities, by an index that knows them
	$(python) -m uv tool run --quiet --system-certs pip-audit@2.10.1 --strict --disable-pip --require-hashes \
		--progress-spinner off -r locks/run.lock

image: setup ## Build the image with Docker, Podman or buildah, into build/image
	$(python) scripts/image.py

cluster: setup ## Bring up a Kubernetes node here (root; installs what it lacks: containerd, etcd, Go builds the rest)
	$(python) -m tests.e2e.cluster up --provide
	@$(python) -m tests.e2e.cluster env

cluster-down: setup ## End that node and leave nothing behind
	$(python) -m tests.e2e.cluster down

clean: ## Remove .venv and all that was built
	rm -rf .venv build .pytest_cache .mypy_cache .ruff_cache .hypothesis tradingbot.egg-info
