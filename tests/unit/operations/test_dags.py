"""The DAGs: they import, hold what the night needs, refuse wrong parameters. In a process apart: Airflow warns much."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cc_common.core.settings import PROJECT

DAGS = PROJECT / "dags"
OURS = {path.stem for path in DAGS.glob("*.py")}
NIGHT = """begin enough pairs tier1.tier1 learnable tier2.tier2 tier2.gguf tier2.gate in_earnest publish close report"""
LOOK = """
import json, sys
from pathlib import Path
from airflow.dag_processing.dagbag import BundleDagBag
from airflow.sdk.exceptions import ParamValidationError

folder = Path(sys.argv[1])
found = BundleDagBag(str(folder), bundle_path=folder, bundle_name="dags")
night = found.dags["nightly_retraining"]

def refused(name, value):
    try:
        night.params.get_param(name).resolve(value)
    except ParamValidationError:
        return True
    return False

from night_report import note
from nightly_retraining import name_of
from equipment_models import summed, told
batches = [dict(machines=4, adopted=3, rejected=1, short=0), dict(machines=5, adopted=2, rejected=0, short=3)]
print(json.dumps({
    "errors": {str(k): v for k, v in found.import_errors.items()},
    "tasks": {d.dag_id: [t.task_id for t in d.topological_sort()] for d in found.dags.values()},
    "pools": {t.task_id: t.pool for t in night.tasks},
    "outlets": {t.task_id: [o.name for o in t.outlets] for t in night.tasks},
    "undocumented": [t.task_id for d in found.dags.values() for t in d.tasks if not t.doc_md],
    "teardowns": [t.task_id for t in night.tasks if t.is_teardown],
    "runs": night.max_active_runs, "catchup": night.catchup, "timezone": str(night.timetable.timezone),
    "heavy": sorted({"torch", "transformers", "trl", "training", "cc_common"} & set(sys.modules)),
    "refused": [refused(name, value) for name, value in json.loads(sys.argv[2])],
    "names": [name_of(name) for name in json.loads(sys.argv[3])],
    "mapped": [t.task_id for d in found.dags.values() for t in d.tasks if t.is_mapped],
    "models_note": told(summed(batches), 2),
    "note": note(json.loads(sys.argv[4])),
}))
"""
WRONG = [
    ("minutes", 0), ("minutes", 481), ("minutes", "ten"), ("strategy", "best"), ("start", "yesterday"), ("end", 5),
    ("start", "2026-03-04T00:00:00"), ("dry_run", "perhaps"), ("force", 1),
]  # fmt: skip
RIGHT = [("minutes", 0.5), ("minutes", None), ("start", "2026-03-04T00:00:00+05:30"), ("strategy", "product")]
NAMES = ["manual__2026-03-04T20:30:00.123456+00:00_aB3x", "_", "Long" * 40, "Long" * 40 + "er"]
TOLD = {
    "run_id": "a", "state": "failed", "stage": "tier2", "reason": "x" * 400, "start": "s", "end": "e", "parent": "p",
    "folder": "/nowhere", "figures": {"pairs": {"counts": {f"kind {n}": n for n in range(99)}, "left_out": {"why": 2}}},
}  # fmt: skip


@pytest.fixture(scope="module")
def dags(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a process of Airflow finds in the folder."""
    ours = {"AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")), "CC_PLANT_TZ": "Europe/Vienna"}
    words = [str(DAGS), *map(json.dumps, (WRONG + RIGHT, NAMES, TOLD))]
    done = subprocess.run(
        [sys.executable, "-c", LOOK, *words], env=os.environ | ours, cwd="/", capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def test_they_import_and_nothing_heavy_with_them(dags: dict[str, Any]) -> None:
    assert dags["errors"] == {}
    assert dags["heavy"] == []
    assert dags["undocumented"] == []


def test_each_dag_holds_its_tasks(dags: dict[str, Any]) -> None:
    assert dags["tasks"]["nightly_retraining"] == NIGHT.split()
    assert set(dags["tasks"]["maintenance"]) == {"baselines", "readings_and_rollups", "data_quality", "retention"}
    assert dags["tasks"]["equipment_models"] == ["batches", "fit", "report"] and dags["mapped"] == ["fit"]
    assert dags["models_note"].startswith("**5 of 9 machines")
    assert dags["teardowns"] == ["close", "report"]


def test_trainings_share_the_pool_and_one_night_runs(dags: dict[str, Any]) -> None:
    trainings = {task for task, pool in dags["pools"].items() if pool == "training"}
    assert trainings == {"tier1.tier1", "tier2.tier2", "tier2.gguf", "tier2.gate"}
    assert (dags["runs"], dags["catchup"], dags["timezone"]) == (1, False, "Europe/Vienna")


def test_assets_are_reported_by_whoever_makes_them(dags: dict[str, Any]) -> None:
    assert {task: names for task, names in dags["outlets"].items() if names} == {
        "pairs": ["ratings export"], "publish": ["served model"],
    }  # fmt: skip


def test_wrong_parameters_are_refused(dags: dict[str, Any]) -> None:
    assert dags["refused"] == [True] * len(WRONG) + [False] * len(RIGHT)


def test_a_run_names_a_night(dags: dict[str, Any]) -> None:
    from cc_common.model_registry.training_runs import check_run_id

    for name in dags["names"]:
        check_run_id(name)
    assert dags["names"][0] == "manual__2026-03-04t20-30-00.123456-00-00_ab3x"
    assert len(set(dags["names"])) == len(NAMES)


def test_a_note_is_cut_to_airflows_bound(dags: dict[str, Any]) -> None:
    assert len(dags["note"]) <= 1000
    assert dags["note"].startswith("**Night a: failed**")
    assert dags["note"].endswith("`report`")


@pytest.mark.parametrize("path", sorted(DAGS.glob("*.py")), ids=lambda path: path.name)
def test_only_airflow_and_the_standard_library_are_imported(path: Path) -> None:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= {"airflow", *OURS, *sys.stdlib_module_names}
