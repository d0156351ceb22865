# make run    set up, deliver the demo exports night by night, run each night, show the result
# make test   set up and run all tests
# make soak   what was planted in a company is looked for in one of another seed too
# make look   pictures of the report: every section at three widths, in the dark and on paper, in target/report-screens
# make check  style, types, house rules, SQL layout
# make clients  the published file opened by older DuckDB clients
# make peer    the same random questions to MetricFlow and to kgi (KGI_CONFORMANCE: the folder of the conformance runner)
# make peer-manifest  MetricFlow itself answers from the manifest we write
# make bench  measure, with the figures of benchmarks/RESULTS.md; make bench-metrics: metric questions, RESULTS_METRICS.md;
#             make bench-goals: the scoring of a night by part, RESULTS_GOALS.md; make bench-report: the report, RESULTS_REPORT.md
# make lock   pin the dependencies anew

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# The demo company's nights. Fixed dates, so that everybody sees the same numbers.
NIGHTS := 2026-10-31 2026-11-13 2026-11-19 2026-11-20
LAST := $(lastword $(NIGHTS))
comma := ,
empty :=
space := $(empty) $(empty)
NIGHT_LIST := $(subst $(space),$(comma),$(NIGHTS))
DONE := $(NIGHTS:%=target/nights/%)

.PHONY: run test soak look check clients peer peer-manifest bench bench-goals bench-report lock clean

run: $(READY) $(DONE)
	@$(BIN)/kgi run --as-of $(LAST)

# One night: the exports that the systems would have written by then are delivered, then the run. Nights follow each other.
target/nights/%: | $(READY)
	@mkdir -p target/nights
	@$(BIN)/python -m data.demo --out inbox --nights $(NIGHT_LIST) --write $*
	@echo "== night of $*"
	@$(BIN)/kgi run --as-of $* > target/nights/$*.log || { cat target/nights/$*.log; exit 1; }
	@grep -c ' done ' target/nights/$*.log | sed 's/$$/ steps done, log in target\/nights\/$*.log/'
	@touch $@

.NOTPARALLEL:

test: $(READY)
	$(BIN)/pytest -n auto --dist loadfile -rs

# What was planted in a company is found in one of another seed too.
soak: $(READY)
	KGI_SOAK=1 $(BIN)/pytest -n auto --dist loadfile -rs tests/test_demo_gap.py tests/test_demo_guardrails_found.py

# In the system's Chromium; where there is none, or no Japanese font, it says so.
look: $(READY)
	KGI_SCREENS=target/report-screens $(BIN)/pytest -rs tests/report/test_by_eye.py -k pictured

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sqlfmt --check models tests/real

# The published file opened by older clients, each in an environment of its own.
clients: $(READY)
	$(BIN)/python -m tests.check_clients 1.5.6 1.4.5 1.2.2

# MetricFlow in an environment of its own; the questions follow from the seed.
PEER_SEED ?= 1
target/peer/.ready:
	@$(PYTHON) -m venv --clear target/peer/venv
	@target/peer/venv/bin/python -m pip install --quiet --disable-pip-version-check metricflow==0.213.0 duckdb
	@touch $@

peer: $(READY) target/peer/.ready
	$(BIN)/python -m tests.peer target/peer/venv/bin/python --seed $(PEER_SEED) --count 300 --work target/peer/work
	$(BIN)/python -m tests.peer target/peer/venv/bin/python --seed $(PEER_SEED) --count 100 --define 40 --only simple_manifest --work target/peer/work

# MetricFlow answers the conformance questions from the semantic_manifest.json that we write. PEER: a Python with metricflow and
# duckdb (pip install metricflow duckdb), KGI_CONFORMANCE: the folder of the runner.
peer-manifest: $(READY)
	$(BIN)/python -m tests.peer.check_manifest --peer $(PEER) --runner $(KGI_CONFORMANCE)

bench: $(READY)
	$(BIN)/python -m benchmarks

# Beside MetricFlow: make bench-metrics WITH="--metricflow /path/to/python" with a Python in which metricflow is installed.
bench-metrics: $(READY)
	$(BIN)/python -m benchmarks.metrics $(WITH)

# Seconds of processor time by part of the score, for the demo and for 540 cells more.
bench-goals: $(READY)
	$(BIN)/python -m benchmarks.goals

# Writing the report in both languages: it does not grow with the activities.
bench-report: $(READY)
	$(BIN)/python -m benchmarks.report

lock: $(READY)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --generate-hashes --no-emit-index-url --no-header \
	    --python-version 3.11 --quiet --output-file requirements.lock

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("kgi needs Python 3.11 or newer, this is " + sys.version) if sys.version_info < (3, 11) else None'
	@echo "setting up $(VENV)"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

clean:
	rm -rf target inbox
