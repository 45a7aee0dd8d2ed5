# The Command Center's commands. Each sets up what it needs; `make` alone lists them.
PYTHON ?= python3
RUN := .venv/bin/python

# Airflow writes its settings where it is first imported; not into anybody's home.
export AIRFLOW_HOME ?= $(CURDIR)/.venv/airflow

.DEFAULT_GOAL := help
.PHONY: help env run plant import test lint check bench bench-anomalies bench-forecasting bench-alarms bench-expected-behaviour eval starter bench-understanding bench-swaps bench-serve bench-replicas bench-night chaos airflow nightly reference taste test-nights

help: ## List these commands
	@sed -n 's/^\([a-z][a-z-]*\):.*## /  make \1\t/p' Makefile

env: ## Set up the environment in .venv (some minutes once, then at once)
	@$(PYTHON) -m cc_common.operations.environment

run: env ## Start everything in the foreground; Ctrl-C stops it
	@exec $(RUN) -m cc_common run

YEARS ?= 1
plant: env ## Build the simulated plant's past: YEARS=3 is the full size; killed, it goes on where it was
	@$(RUN) -m cc_common simulator history --years $(YEARS)

import: env ## Import a plant of your own: MAPPING=plant.toml; docs/howto/connect-a-plant.md
	@$(RUN) -m cc_common import $(MAPPING)

# A file's tests share what they set up, so a file stays with one worker.
WORKERS ?= 2
test: lint .venv/celery/ready ## Check everything: lint, then the whole test suite, WORKERS=2 files at a time
	$(RUN) -m pytest -n $(WORKERS) --dist loadfile

test-nights: env ## Two whole nights, by Airflow and by kill -9; some minutes each
	$(RUN) -m pytest -m night

# What a Celery worker of Airflow needs, in a folder of its own: the environment stays as requirements.txt pins it.
.venv/celery/ready: docker/requirements.txt | env
	@$(RUN) -m pip install --quiet --no-deps --upgrade --target .venv/celery -r $<
	@touch $@

lint: env ## Check style, format, types and who may import whom
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	$(RUN) -c "from importlinter.cli import lint_imports_command as lint; lint()"

bench: env ## Measure; each figure beside its floor
	$(RUN) -m benchmarks

bench-anomalies: env ## Measure the anomaly detector on labelled faults of a seed it was never tuned on
	@PYTHONPATH=. $(RUN) benchmarks/anomalies.py $(ARGS)

bench-forecasting: env ## Measure forecasts on a simulated year beside the seasonal naive, and how long one takes
	@PYTHONPATH=. $(RUN) benchmarks/forecasting.py $(ARGS)

bench-alarms: env ## The load of alarms on weeks of a simulated year (EEMUA 191), and whether every fault is told
	@PYTHONPATH=. $(RUN) benchmarks/alarms.py $(ARGS)

bench-expected-behaviour: env ## Models of single machines: faults found by their residuals beside a z-score and an isolation forest
	@PYTHONPATH=. $(RUN) benchmarks/expected_behaviour.py $(ARGS)

reference: env ## Write the generated pages of docs/reference anew
	$(RUN) -m cc_common.operations.reference
	$(RUN) -m api.reference
	$(RUN) -m training.reference

SUITE ?= all
check: env ## Check the running system, one line each: SUITE=timeseries, rag, rl or all
	$(RUN) -m cc_common check $(SUITE)

QUESTIONS ?= $(addprefix tests/questions/,handwritten.jsonl fresh.jsonl unseen.jsonl follow_ups.jsonl unknown.jsonl)
eval: env ## How well the model understands questions, by slot and intent; QUESTIONS='file ...' for your own
	$(RUN) -m training evaluate --questions $(QUESTIONS)

bench-understanding: env ## How well and fast questions are understood, beside rules, the untaught base and JSON schema
	PYTHONPATH=. $(RUN) benchmarks/understanding.py $(ARGS)

ARGS ?=
bench-swaps: env ## Swap the served model under load, two API processes on one database; ARGS='--other FILE.gguf'
	@PYTHONPATH=. $(RUN) benchmarks/swaps.py $(ARGS)

bench-serve: env ## Requests a second and latency at 1, 4 and 16 clients, beside llama-cpp-python under one lock
	$(RUN) -m benchmarks serving

bench-replicas: env ## Two API replicas behind nginx, as docker/compose.yaml runs them: cost, gain, and a kill -9 under load
	$(RUN) -m pytest -m figures -s tests/acceptance/test_replica_figures.py

bench-night: env ## Tier 2's pairs/s beside trl's trainer, GGUF, gate; ARGS=--whole for a night of 500 ratings
	@PYTHONPATH=. OMP_WAIT_POLICY=PASSIVE $(RUN) benchmarks/night.py $(ARGS)

chaos: env ## Kill every part in turn under load, in a system of its own; count what was acknowledged and stored
	$(RUN) -m pytest -m figures -s tests/acceptance/test_kills.py

airflow: env ## Airflow's scheduler, DAG processor and UI on loopback, until Ctrl-C
	@exec $(RUN) -m cc_common airflow

CONF ?= {}
nightly: env ## One night here and now; CONF='{"force": true}' for its parameters
	@exec $(RUN) -m cc_common nightly --conf '$(CONF)'

# Passive waiting: on few cores, spinning threads make a step many times slower as soon as anything else runs.
starter: env ## Train the starter adapter anew: two from the generated corpus, 40 minutes each, and their average
	for seed in 3 5; do OMP_WAIT_POLICY=PASSIVE $(RUN) -m training sft --examples 15000 --seed $$seed --out data/starter-$$seed || exit; done
	$(RUN) -m training soup data/starter-3 data/starter-5 --out training/starter_adapter

taste: env ## Does one night teach the model an operator's taste? 400 ratings, the real scheduler; half an hour
	$(RUN) -m pytest -m figures -s tests/acceptance/test_taste.py
