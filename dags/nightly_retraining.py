"""
## The night

At 02:00 plant time, or on **Trigger**: makes preference pairs from the ratings since the last promoted night, trains
the ranker (Tier 1) and the language model (Tier 2), compares that model with the served one in a gate, and publishes or
rejects it.

* A run that is **cleared** resumes the same night: stages with a valid manifest are skipped.
* **Too few ratings**, or ratings without a preference, end the run as a success with the rest skipped; the reason is in
  the log of the task that stopped it and in the run's note.
* A **rejected** model is not a failure: `publish` is skipped, with the gate's reason.
* Every training runs in a process of its own, in the pool `training`, which has one slot.

See docs/explanation/learning.md.
"""

from __future__ import annotations

import hashlib
import logging
import re
from datetime import timedelta
from typing import Any, Final

from airflow.sdk import Asset, Param, dag, task, task_group
from airflow.sdk.exceptions import AirflowSkipException
from command_center import daily, tell_failure, training
from night_report import note, put_note, report

POOL: Final = "training"
RATINGS: Final = Asset("ratings export")
MODEL: Final = Asset("served model")
MAX_ID: Final = 60
MOMENT: Final = r"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$"  # `format` alone is not validated
LOG: Final = logging.getLogger(__name__)

PARAMS: Final = {
    "start": Param(
        None,
        type=["null", "string"],
        format="date-time",
        pattern=MOMENT,
        description="Start of the ratings. Empty: the end of the last promoted night.",
    ),
    "end": Param(
        None,
        type=["null", "string"],
        format="date-time",
        pattern=MOMENT,
        description="End of the ratings, exclusive. Empty: now.",
    ),
    "strategy": Param("default", enum=["default", "product"], description="How pairs are made from ratings."),
    "minutes": Param(
        None,
        type=["null", "number"],
        exclusiveMinimum=0,
        maximum=480,
        description="Time limit of the language model's training, in minutes. Empty: CC_TIER2_MINUTES.",
    ),
    "dry_run": Param(False, type="boolean", description="Stop after the gate's verdict."),
    "force": Param(False, type="boolean", description="Run even with few new ratings."),
}


def name_of(run_id: str) -> str:
    """The id of the night: the same for every try of a run, and short enough for a file name."""
    name = re.sub(r"[^a-z0-9._-]+", "-", run_id.lower()).lstrip("._-") or "run"
    if len(name) <= MAX_ID:
        return name
    return f"{name[: MAX_ID - 13]}-{hashlib.sha256(run_id.encode()).hexdigest()[:12]}"


def stage(name: str, dag_run: Any, *options: str) -> dict[str, Any]:
    """Runs one stage and returns its figures."""
    return dict(training("stage", "--run-id", name_of(dag_run.run_id), *options, name)["figures"])


def wishes(params: Any, *names: str) -> list[str]:
    """The parameters that are set, as command-line options."""
    given = [(f"--{name.replace('_', '-')}", params[name]) for name in names if params[name] not in (None, False)]
    return [word for option, value in given for word in ((option,) if value is True else (option, str(value)))]


@task(execution_timeout=timedelta(minutes=10), retries=1, retry_delay=timedelta(seconds=20))
def begin(params: Any = None, dag_run: Any = None) -> dict[str, Any]:
    """Opens or resumes the night, with its window of ratings and its parent model."""
    options = wishes(params, "start", "end", "strategy", "minutes", "dry_run", "force")
    return training("begin", "--run-id", name_of(dag_run.run_id), *options)


@task.short_circuit
def enough(night: dict[str, Any]) -> bool:
    """Stops the run, as a success, when there are too few new ratings (CC_TIER2_MIN_RATINGS)."""
    if night["state"] != "running":
        LOG.warning("Nothing to do: %s", night["reason"])
    return bool(night["state"] == "running")


@task(execution_timeout=timedelta(hours=1), outlets=[RATINGS])
def pairs(params: Any = None, dag_run: Any = None, outlet_events: Any = None) -> dict[str, Any]:
    """Makes preference pairs and unpaired examples from ratings, as JSONL and Parquet; reports exclusions by reason."""
    figures = stage("pairs", dag_run, *wishes(params, "strategy", "force"))
    outlet_events[RATINGS].extra = {"night": name_of(dag_run.run_id), "counts": figures["counts"]}
    return figures


@task(execution_timeout=timedelta(hours=1), pool=POOL)
def tier1(dag_run: Any = None) -> dict[str, Any]:
    """Retrains the ranker on all ratings and serves the better of it and the online one."""
    return stage("tier1", dag_run)


@task.short_circuit
def learnable(dag_run: Any = None) -> bool:
    """Stops the run, as a success, when the pairs contain nothing for the language model to learn."""
    night = training("learnable", "--run-id", name_of(dag_run.run_id))
    if night["state"] != "running":
        LOG.warning("Nothing to learn: %s", night["reason"])
    return bool(night["state"] == "running")


# The upper limit of CC_TIER2_MINUTES is a day; the training's own budget normally ends it long before.
@task(execution_timeout=timedelta(hours=26), pool=POOL, retries=1, retry_delay=timedelta(seconds=30))
def tier2(params: Any = None, dag_run: Any = None) -> dict[str, Any]:
    """Trains the language model on pairs, then on unpaired examples, within its minutes; a retry resumes."""
    return stage("tier2", dag_run, *wishes(params, "minutes"))


@task(execution_timeout=timedelta(hours=1), pool=POOL, retries=1, retry_delay=timedelta(seconds=30))
def gguf(dag_run: Any = None) -> dict[str, Any]:
    """Merges the adapter into the base, quantises, and checks that the GGUF matches the trained model."""
    return stage("gguf", dag_run)


@task(execution_timeout=timedelta(hours=2), pool=POOL)
def gate(dag_run: Any = None) -> dict[str, Any]:
    """Compares the candidate with the served model on held-out questions and ratings."""
    return stage("gate", dag_run)


@task.short_circuit
def in_earnest(verdict: dict[str, Any], params: Any = None, dag_run: Any = None) -> bool:
    """Ends a dry run, with the gate's verdict."""
    if params["dry_run"]:
        why = f"a dry run: {verdict['reason']}"
        training("abandon", "--run-id", name_of(dag_run.run_id), "--skipped", "--reason", why)
        LOG.warning("Stopped: %s", why)
    return not params["dry_run"]


@task(execution_timeout=timedelta(minutes=15), outlets=[MODEL])
def publish(dag_run: Any = None, outlet_events: Any = None) -> dict[str, Any]:
    """Serves or rejects the model by the gate's verdict; a rejection skips this task and updates no asset."""
    figures = stage("publish", dag_run)
    if figures["state"] != "served":
        raise AirflowSkipException(f"{figures['id']} is rejected: {figures['reason']}")
    outlet_events[MODEL].extra = {"night": name_of(dag_run.run_id), "model": figures["id"]}
    return figures


@task(execution_timeout=timedelta(minutes=5), retries=1, retry_delay=timedelta(seconds=20))
def close(ti: Any = None, dag_run: Any = None) -> dict[str, Any]:
    """Ends the night as failed if a failure left it running; returns its final state."""
    states = ti.get_task_states(dag_id=ti.dag_id, run_ids=[dag_run.run_id]).get(dag_run.run_id, {})
    failed = sorted(name for name, state in states.items() if state == "failed")
    why = f"failed in Airflow: {', '.join(failed)}" if failed else "its run in Airflow ended before it did"
    return training("abandon", "--run-id", name_of(dag_run.run_id), "--reason", why)


@task(execution_timeout=timedelta(minutes=5))
def tell(night: dict[str, Any], ti: Any = None, dag_run: Any = None) -> None:
    """Writes the night's report to this log, and to the run's note where an API server runs."""
    LOG.info("%s", report(night))
    try:
        put_note(ti.dag_id, dag_run.run_id, note(night))
    except OSError as exc:
        LOG.warning("The run's note could not be written through Airflow's API: %s", exc)


@dag(
    dag_id="nightly_retraining",
    schedule=daily("0 2 * * *"),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    params=PARAMS,
    default_args={"on_failure_callback": tell_failure},
    doc_md=__doc__,
    tags=["training"],
)
def nightly_retraining() -> None:
    """Retrains and publishes the models from ratings."""

    @task_group(group_id="tier1", tooltip="The ranker")
    def first() -> Any:
        return tier1.override(task_id="tier1")()

    @task_group(group_id="tier2", tooltip="The language model")
    def second() -> Any:
        trained, exported, verdict = tier2(), gguf(), gate()
        trained >> exported >> verdict
        return verdict

    opened: Any = begin().as_setup()  # Any: Airflow types a task's result as a task, not as its value
    verdict: Any = second()
    closed: Any = close()
    made, served = pairs(), publish()
    told = tell.override(task_id="report")(closed)
    enough(opened) >> made >> first() >> learnable() >> verdict.operator.task_group
    in_earnest(verdict) >> served >> closed
    closed.as_teardown(setups=opened, on_failure_fail_dagrun=True)
    told.as_teardown(setups=opened)


nightly_retraining()
