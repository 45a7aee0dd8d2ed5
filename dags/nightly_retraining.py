"""
## The night

At 02:00 plant time, or by **Trigger**, the ratings since the last promoted night become pairs, pairs become a better
ranker (Tier 1) and a better language model (Tier 2), a gate compares that model with the one that is served, and the
API takes up what passed.

* A run that is **cleared** goes on with the same night: finished stages are known by their manifests and take no time.
* **Too few ratings**, or ratings that teach nothing, end the run as a success with the rest skipped; the reason is in
  the log of the task that stopped it and in the run's note.
* A **rejected** model is no failure: `publish` is skipped, with the gate's reason.
* Every training runs in the pool `training`, which has one slot, in a process of its own.

docs/explanation/learning.md tells the rest.
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
MOMENT: Final = r"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$"  # the format alone checks nothing
LOG: Final = logging.getLogger(__name__)

PARAMS: Final = {
    "start": Param(
        None,
        type=["null", "string"],
        format="date-time",
        pattern=MOMENT,
        description="Ratings from then on. Empty: from where the last promoted night ended.",
    ),
    "end": Param(
        None,
        type=["null", "string"],
        format="date-time",
        pattern=MOMENT,
        description="Ratings before then. Empty: now.",
    ),
    "strategy": Param("default", enum=["default", "product"], description="How pairs are made of ratings."),
    "minutes": Param(
        None,
        type=["null", "number"],
        exclusiveMinimum=0,
        maximum=480,
        description="Most minutes to train the language model. Empty: CC_TIER2_MINUTES.",
    ),
    "dry_run": Param(False, type="boolean", description="No further than the gate's verdict."),
    "force": Param(False, type="boolean", description="Although there are few new ratings."),
}


def name_of(run_id: str) -> str:
    """The night's name: the same for every try of a run, and short enough for a file's."""
    name = re.sub(r"[^a-z0-9._-]+", "-", run_id.lower()).lstrip("._-") or "run"
    if len(name) <= MAX_ID:
        return name
    return f"{name[: MAX_ID - 13]}-{hashlib.sha256(run_id.encode()).hexdigest()[:12]}"


def stage(name: str, dag_run: Any, *options: str) -> dict[str, Any]:
    """Runs one stage; its figures."""
    return dict(training("stage", "--run-id", name_of(dag_run.run_id), *options, name)["figures"])


def wishes(params: Any, *names: str) -> list[str]:
    """Parameters as options: those that are set."""
    given = [(f"--{name.replace('_', '-')}", params[name]) for name in names if params[name] not in (None, False)]
    return [word for option, value in given for word in ((option,) if value is True else (option, str(value)))]


@task(execution_timeout=timedelta(minutes=10), retries=1, retry_delay=timedelta(seconds=20))
def begin(params: Any = None, dag_run: Any = None) -> dict[str, Any]:
    """Opens the night, or goes on with it, with its window of ratings and the model it is to improve on."""
    options = wishes(params, "start", "end", "strategy", "minutes", "dry_run", "force")
    return training("begin", "--run-id", name_of(dag_run.run_id), *options)


@task.short_circuit
def enough(night: dict[str, Any]) -> bool:
    """Stops the run, as a success, where there are too few new ratings (CC_TIER2_MIN_RATINGS)."""
    if night["state"] != "running":
        LOG.warning("Nothing to do: %s", night["reason"])
    return bool(night["state"] == "running")


@task(execution_timeout=timedelta(hours=1), outlets=[RATINGS])
def pairs(params: Any = None, dag_run: Any = None, outlet_events: Any = None) -> dict[str, Any]:
    """The ratings become preference pairs and single thumbs, as JSONL and Parquet; each left out with its reason."""
    figures = stage("pairs", dag_run, *wishes(params, "strategy", "force"))
    outlet_events[RATINGS].extra = {"night": name_of(dag_run.run_id), "counts": figures["counts"]}
    return figures


@task(execution_timeout=timedelta(hours=1), pool=POOL)
def tier1(dag_run: Any = None) -> dict[str, Any]:
    """The ranker, learned anew from all ratings; the better of it and the online one is served."""
    return stage("tier1", dag_run)


@task.short_circuit
def learnable(dag_run: Any = None) -> bool:
    """Stops the run, as a success, where the pairs teach the language model nothing."""
    night = training("learnable", "--run-id", name_of(dag_run.run_id))
    if night["state"] != "running":
        LOG.warning("Nothing to learn: %s", night["reason"])
    return bool(night["state"] == "running")


# A day is the most that CC_TIER2_MINUTES allows; its own budget ends it long before.
@task(execution_timeout=timedelta(hours=26), pool=POOL, retries=1, retry_delay=timedelta(seconds=30))
def tier2(params: Any = None, dag_run: Any = None) -> dict[str, Any]:
    """The language model learns from pairs, then from thumbs, within its minutes; a retry goes on at its checkpoint."""
    return stage("tier2", dag_run, *wishes(params, "minutes"))


@task(execution_timeout=timedelta(hours=1), pool=POOL, retries=1, retry_delay=timedelta(seconds=30))
def gguf(dag_run: Any = None) -> dict[str, Any]:
    """The adapter is joined to the base, quantised, and proven to be what was trained."""
    return stage("gguf", dag_run)


@task(execution_timeout=timedelta(hours=2), pool=POOL)
def gate(dag_run: Any = None) -> dict[str, Any]:
    """The candidate against the served model, on questions and ratings that neither was trained on."""
    return stage("gate", dag_run)


@task.short_circuit
def in_earnest(verdict: dict[str, Any], params: Any = None, dag_run: Any = None) -> bool:
    """A dry run ends here, with the gate's verdict."""
    if params["dry_run"]:
        why = f"a dry run: {verdict['reason']}"
        training("abandon", "--run-id", name_of(dag_run.run_id), "--skipped", "--reason", why)
        LOG.warning("Ends here, %s", why)
    return not params["dry_run"]


@task(execution_timeout=timedelta(minutes=15), outlets=[MODEL])
def publish(dag_run: Any = None, outlet_events: Any = None) -> dict[str, Any]:
    """The model is served or, as the gate found, rejected: then this task is skipped, and no asset has changed."""
    figures = stage("publish", dag_run)
    if figures["state"] != "served":
        raise AirflowSkipException(f"{figures['id']} is rejected: {figures['reason']}")
    outlet_events[MODEL].extra = {"night": name_of(dag_run.run_id), "model": figures["id"]}
    return figures


@task(execution_timeout=timedelta(minutes=5), retries=1, retry_delay=timedelta(seconds=20))
def close(ti: Any = None, dag_run: Any = None) -> dict[str, Any]:
    """Ends the night as failed if a failure left it running; the night as it ended."""
    states = ti.get_task_states(dag_id=ti.dag_id, run_ids=[dag_run.run_id]).get(dag_run.run_id, {})
    failed = sorted(name for name, state in states.items() if state == "failed")
    why = f"failed in Airflow: {', '.join(failed)}" if failed else "its run in Airflow ended before it did"
    return training("abandon", "--run-id", name_of(dag_run.run_id), "--reason", why)


@task(execution_timeout=timedelta(minutes=5))
def tell(night: dict[str, Any], ti: Any = None, dag_run: Any = None) -> None:
    """The night in markdown: into this log, and into the note of the run where an API server runs."""
    LOG.info("%s", report(night))
    try:
        put_note(ti.dag_id, dag_run.run_id, note(night))
    except OSError as exc:
        LOG.warning("No note was written, for Airflow's API did not take it: %s", exc)


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
    """Ratings become a better served model."""

    @task_group(group_id="tier1", tooltip="The ranker")
    def first() -> Any:
        return tier1.override(task_id="tier1")()

    @task_group(group_id="tier2", tooltip="The language model")
    def second() -> Any:
        trained, exported, verdict = tier2(), gguf(), gate()
        trained >> exported >> verdict
        return verdict

    opened: Any = begin().as_setup()  # Any: Airflow types a task's result as a task, not as the value it becomes
    verdict: Any = second()
    closed: Any = close()
    made, served = pairs(), publish()
    told = tell.override(task_id="report")(closed)
    enough(opened) >> made >> first() >> learnable() >> verdict.operator.task_group
    in_earnest(verdict) >> served >> closed
    closed.as_teardown(setups=opened, on_failure_fail_dagrun=True)
    told.as_teardown(setups=opened)


nightly_retraining()
