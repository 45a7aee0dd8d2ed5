"""
## A model for each machine

At 03:30 plant time each machine gets a new version of its model, trained up to midnight and backtested on the newest
days, which are held out. A version that is worse than the one before it is kept but not served.

* **A batch is a type**, in a process of its own, because machines are predicted from neighbours of their type. Each run
  reads the types at its start, so that a new type needs no change here.
* A batch that was killed, or a run that is **cleared**, resumes: machines already judged on that night are skipped.
* The run's **note** counts the machines adopted, rejected, or with too little history.

`python -m cc_common models rollback chiller_001` serves the previous version of one machine.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

from airflow.sdk import dag, task
from command_center import daily, program, tell_failure
from night_report import put_note

LOG: Final = logging.getLogger(__name__)
COUNTS: Final = ("machines", "adopted", "rejected", "short")


def summed(batches: Iterable[dict[str, Any]]) -> dict[str, int]:
    """The counts of all batches, added up."""
    found = list(batches)
    return {name: sum(int(batch[name]) for batch in found) for name in COUNTS}


def told(counts: dict[str, int], batches: int) -> str:
    """The run's note: the counts in one line."""
    return (
        f"**{counts['adopted']} of {counts['machines']} machines have a new model**; {counts['rejected']} rejected by "
        f"their backtest, {counts['short']} with too little history; {batches} batches"
    )


@task(execution_timeout=timedelta(minutes=5), retries=1, retry_delay=timedelta(seconds=20))
def batches() -> list[str]:
    """The types of the plant."""
    return list(json.loads(program("cc_common", "models", "batches")))


@task(
    execution_timeout=timedelta(minutes=30),
    retries=1,
    retry_delay=timedelta(minutes=1),
    max_active_tis_per_dagrun=1,
    map_index_template="{{ batch }}",
    doc_md="Fits new versions for the machines of one type, each backtested before it is served.",
)
def fit(batch: str) -> dict[str, Any]:
    """Fits new versions for the machines of one type, each backtested before it is served."""
    from airflow.sdk import get_current_context

    get_current_context()["batch"] = batch  # type: ignore[typeddict-unknown-key]  # names the mapped task
    return dict(json.loads(program("cc_common", "models", "fit", "--type", batch)))


@task(execution_timeout=timedelta(minutes=5), trigger_rule="all_done")
def report(fitted: Any = None, dag_run: Any = None) -> str:
    """Reports how many machines have a new model, in the log and the run's note; failed batches are not counted."""
    done = [batch for batch in fitted or [] if batch]
    text = told(summed(done), len(done))
    LOG.info("%s", text)
    try:
        put_note("equipment_models", dag_run.run_id, text)
    except OSError as exc:
        LOG.warning("The run's note could not be written: %s", exc)
    return text


@dag(
    dag_id="equipment_models",
    schedule=daily("30 3 * * *"),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    default_args={"on_failure_callback": tell_failure},
    doc_md=__doc__,
    tags=["upkeep"],
)
def equipment_models() -> None:
    """Fits one model per machine, in one mapped task per type."""
    report(fit.expand(batch=batches()))


equipment_models()
