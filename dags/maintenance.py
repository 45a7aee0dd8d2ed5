"""
## Upkeep

At 04:30 plant time: learns every machine's baseline up to midnight, compares readings with roll-ups, reports data
quality in one line, and removes files of old nights. The tasks are independent: one that fails does not stop the
others.
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
    "keep_days": Param(30, type="integer", minimum=1, maximum=3650, description="Days to keep a night's folder."),
    "hours": Param(24, type="integer", minimum=1, maximum=168, description="Hours covered by the data quality report."),
}


@task(execution_timeout=timedelta(hours=1), retries=1, retry_delay=timedelta(minutes=5))
def baselines() -> None:
    """Learns each machine's baseline by hour of the week, against which anomalies are detected."""
    program("cc_common", "anomalies", "fit")


@task(execution_timeout=timedelta(minutes=30))
def readings_and_rollups() -> None:
    """Runs the time-series checks, one of which compares roll-ups with their rows; fails when any check fails."""
    program("cc_common", "check", "timeseries")


@task(execution_timeout=timedelta(minutes=15), retries=1, retry_delay=timedelta(minutes=1))
def data_quality(params: Any = None) -> dict[str, Any]:
    """Reports completeness, silent machines, stuck sensors and readings outside limits of the last hours."""
    found = dict(json.loads(program("cc_common", "quality", "--hours", str(params["hours"]))))
    LOG.info("%d machines, complete to %s", found["machines"], found["completeness"])
    return found


@task(execution_timeout=timedelta(minutes=15))
def retention(params: Any = None) -> dict[str, Any]:
    """Removes model files beyond CC_MODELS_KEPT, and old nights' folders; keeps adapters and served models."""
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
    """Runs four independent tasks."""
    baselines()
    readings_and_rollups()
    data_quality()
    retention()


maintenance()
