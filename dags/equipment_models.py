"""
## A model for each machine

At 03:30 plant time the machines of each type get a new version of their own model, learned up to midnight and judged on
the newest days, which it has not seen. A version that is worse than the one before it is kept but not served.

* **A batch is a type**, a program of its own: machines are explained by their neighbours, which are of their type. What
  the plant has is asked for at the beginning of each run, so a new type needs nothing here.
* A batch that was killed, or a run that is **cleared**, goes on: a machine judged on that night before is left alone.
* The run's **note** says how many machines were adopted, rejected, or have too little history.

`python -m cc_common models rollback chiller_001` turns one machine back.
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
    """The counts of all batches."""
    found = list(batches)
    return {name: sum(int(batch[name]) for batch in found) for name in COUNTS}


def told(counts: dict[str, int], batches: int) -> str:
    """In one line, for the run's note."""
    return (
        f"**{counts['adopted']} of {counts['machines']} machines have a new model**; {counts['rejected']} rejected by "
        f"their backtest, {counts['short']} with too little history; {batches} batches"
    )


@task(execution_timeout=timedelta(minutes=5), retries=1, retry_delay=timedelta(seconds=20))
def batches() -> list[str]:
    """The types that the plant has."""
    return list(json.loads(program("cc_common", "models", "batches")))


@task(
    execution_timeout=timedelta(minutes=30),
    retries=1,
    retry_delay=timedelta(minutes=1),
    max_active_tis_per_dagrun=1,
    map_index_template="{{ batch }}",
    doc_md="New versions of the machines of one type, each judged before it is served.",
)
def fit(batch: str) -> dict[str, Any]:
    """New versions of the machines of one type, each judged before it is served."""
    from airflow.sdk import get_current_context

    get_current_context()["batch"] = batch  # type: ignore[typeddict-unknown-key]  # names the mapped task
    return dict(json.loads(program("cc_common", "models", "fit", "--type", batch)))


@task(execution_timeout=timedelta(minutes=5), trigger_rule="all_done")
def report(fitted: Any = None, dag_run: Any = None) -> str:
    """How many machines have a new model, in the log and as the run's note; batches that failed are not counted."""
    done = [batch for batch in fitted or [] if batch]
    text = told(summed(done), len(done))
    LOG.info("%s", text)
    try:
        put_note("equipment_models", dag_run.run_id, text)
    except OSError as exc:
        LOG.warning("No note was left with the run: %s", exc)
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
    """A mapped task a type."""
    report(fit.expand(batch=batches()))


equipment_models()
