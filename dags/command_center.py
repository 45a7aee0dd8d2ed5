"""What both DAGs share: plant time, and programs of the project, each in a process of its own.

torch never lives in Airflow's processes, and what a program needs it imports itself.
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
    """A timetable in plant time. A DAG that never ran waits for its hour; one that missed it makes up for it.

    That holds only for a DAG without a start date: with one, the first start of Airflow would run it at once.
    """
    return CronTriggerTimetable(cron, timezone=PLANT_TZ, run_immediately=timedelta(minutes=5))


def program(*words: str) -> str:
    """Runs `python -m WORDS` in the project's folder, its messages into the task's log; the last line it printed.

    It ends with the task, however that ends: tethered, a killed task leaves no training behind.
    """
    command = [sys.executable, "-m", "cc_common.operations.die_with_parent", str(os.getpid()), *words]
    quiet = {"OMP_WAIT_POLICY": "PASSIVE", "PYTHONUNBUFFERED": "1"}  # threads that spin slow everybody on few cores
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
        why = said or (lines[-1] if lines else "it said nothing")
        raise AirflowException(f"python -m {' '.join(words)} ended with status {process.returncode}: {why}")
    return lines[-1] if lines else ""


def training(*words: str) -> dict[str, Any]:
    """What `python -m training WORDS` says: one line of JSON."""
    return dict(json.loads(program("training", *words)))


def tell_failure(context: Any) -> None:
    """A line that says which task of which run failed, and of what."""
    ti, why = context["ti"], context.get("exception")
    LOG.error("FAILED: task %s of %s, try %s: %s", ti.task_id, context["dag_run"].run_id, ti.try_number, why)


def _told(process: subprocess.Popen[str]) -> str:
    """Its messages, each as it comes; the last of them."""
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
