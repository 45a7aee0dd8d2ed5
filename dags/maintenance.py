"""
## Upkeep

At 04:30 plant time: every machine's baseline is learned up to midnight, readings and roll-ups are checked against each
other, data quality is told in one line, and files of old nights go. The tasks are independent: one that fails stops
no other.
"""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Any, Final

from airflow.sdk import Param, dag, task
from command_center import daily, program, tell_failure, training

LOG: Final = logging.getLogger(__name__)
PARAMS: Final = {
    "keep_days": Param(30, type="integer", minimum=1, maximum=3650, description="Days a night's folder stays."),
    "hours": Param(24, type="integer", minimum=1, maximum=168, description="Hours whose data quality is told."),
}


@task(execution_timeout=timedelta(hours=1), retries=1, retry_delay=timedelta(minutes=5))
def baselines() -> None:
    """What is normal for every machine, by hour of the week; anomalies are judged by it."""
    program("cc_common", "anomalies", "fit")


@task(execution_timeout=timedelta(minutes=30))
def readings_and_rollups() -> None:
    """The time-series checks, of which one compares roll-ups with the rows below them; any that fails, fails this."""
    program("cc_common", "check", "timeseries")


@task(execution_timeout=timedelta(minutes=15), retries=1, retry_delay=timedelta(minutes=1))
def data_quality(params: Any = None) -> dict[str, Any]:
    """Completeness, silent machines, stuck sensors and readings past their limits, of the last hours."""
    found = dict(json.loads(program("cc_common", "quality", "--hours", str(params["hours"]))))
    LOG.info("%d machines, complete to %s", found["machines"], found["completeness"])
    return found


@task(execution_timeout=timedelta(minutes=15))
def retention(params: Any = None) -> dict[str, Any]:
    """Model files beyond CC_MODELS_KEPT, and folders of nights long over; adapters and what is served stay."""
    return training("prune", "--days", str(params["keep_days"]))


@dag(
    dag_id="maintenance",
    schedule=daily("30 4 * * *"),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    params=PARAMS,
    default_args={"on_failure_callback": tell_failure},
    doc_md=__doc__,
    tags=["upkeep"],
)
def maintenance() -> None:
    """Four independent tasks."""
    baselines()
    readings_and_rollups()
    data_quality()
    retention()


maintenance()
