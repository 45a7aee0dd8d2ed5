"""Shared by the DAGs: timetables in plant time, and project programs run in processes of their own.

Airflow's processes never import torch; each program imports what it needs.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Final

from airflow.sdk import CronTriggerTimetable
from airflow.sdk.exceptions import AirflowException

PROJECT: Final = Path(__file__).resolve().parent.parent
PLANT_TZ: Final = os.environ.get("CC_PLANT_TZ", "Asia/Kolkata")
GRACE_S: Final = 10.0
LOG: Final = logging.getLogger(__name__)


def daily(cron: str) -> CronTriggerTimetable:
    """A timetable in plant time. A DAG that never ran waits for its hour; a missed run is caught up.

    This holds only for a DAG without a start date: with one, Airflow's first start would run it at once.
    """
    return CronTriggerTimetable(cron, timezone=PLANT_TZ, run_immediately=timedelta(minutes=5))


def program(*words: str) -> str:
    """Runs `python -m WORDS` in the project folder and returns its last line of output; logs its messages.

    The program ends with its task, however that ends, so that a killed task leaves no training running.
    """
    command = [sys.executable, "-m", "cc_common.operations.die_with_parent", str(os.getpid()), *words]
    quiet = {"OMP_WAIT_POLICY": "PASSIVE", "PYTHONUNBUFFERED": "1"}  # spinning threads slow other processes
    with TemporaryFile("w+", encoding="utf-8") as output:
        process = subprocess.Popen(
            command, cwd=PROJECT, env=os.environ | quiet, stdout=output, stderr=subprocess.PIPE, text=True
        )
        try:
            said = _told(process)
        finally:
            _end(process)
        output.seek(0)
        lines = output.read().strip().splitlines()
    for line in lines:
        LOG.info("%s", line)
    if process.returncode != 0:
        why = said or (lines[-1] if lines else "no output")
        raise AirflowException(f"python -m {' '.join(words)} ended with status {process.returncode}: {why}")
    return lines[-1] if lines else ""


def training(*words: str) -> dict[str, Any]:
    """Runs `python -m training WORDS` and returns its result, one line of JSON."""
    return dict(json.loads(program("training", *words)))


def tell_failure(context: Any) -> None:
    """Logs which task of which run failed, and why."""
    ti, why = context["ti"], context.get("exception")
    LOG.error("FAILED: task %s of %s, try %s: %s", ti.task_id, context["dag_run"].run_id, ti.try_number, why)


def _told(process: subprocess.Popen[str]) -> str:
    """Logs the program's messages as they come, and returns the last."""
    last = ""
    for line in process.stderr or ():
        if text := line.rstrip():
            LOG.info("%s", text)
            last = text
    process.wait()
    return last


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stderr:
        process.stderr.close()
