"""The gate on real models: a planted worse one is rejected, a planted better one accepted."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cc_common.catalog.store import Catalog, install_catalog
from cc_common.connectors.mapped_catalog import build_catalog
from cc_common.connectors.mapping import read_mapping
from cc_common.core.settings import PROJECT, Settings
from cc_common.db import Database, Databases
from cc_common.feedback.pairs import bucket
from cc_common.model_registry import versions
from cc_common.simulator import PLANT
from tests.support.preference_rows import planted
from training import pairs
from training.evaluate import read_questions
from training.gate import Verdict, compare
from training.gate import held_out_questions as held_out_questions_module
from training.gate.held_out_questions import QUESTIONS, held_out_questions
from training.gate.model_comparison import HeldOut
from training.gate.stage import held_out, run
from training.identity_check import Identity
from training.manifest import write_manifest

Questions = list[dict[str, Any]]
IDENTITY = Identity(kl=0.001, kl_worst=0.1, same_plans=1.0, arrived=1.0, questions=24, tokens=208).figures()


@pytest.fixture(scope="module")
def models(gguf: Path, starter_gguf: Path) -> dict[str, Path]:
    """The base, which does not know the plan language, and the starter, which does."""
    return {"base": gguf, "starter": starter_gguf}


@pytest.fixture(scope="module")
def few() -> Questions:
    """A tenth of the frozen questions, some about machines that are not there."""
    return random.Random(1).sample(read_questions(QUESTIONS), 20)


def judged(models: dict[str, Path], few: Questions, candidate: str, served: str, **identity: Any) -> Verdict:
    """The verdict; the operators like what the starter says, and not the other way round."""
    ratings = [HeldOut(messages=[*p.prompt], liked=p.rejected, disliked=p.chosen) for p in planted(10).pairs]
    given = IDENTITY | identity
    return compare(
        (candidate, models[candidate]), (served, models[served]), ratings, given, catalog=PLANT, questions=few
    )


def held(verdict: Verdict) -> dict[str, bool]:
    return {check.name: check.held for check in verdict.checks}


def test_a_worse_model_is_rejected(models: dict[str, Path], few: Questions) -> None:
    verdict = judged(models, few, "base", "starter")
    assert not verdict.accepted
    assert not held(verdict)["held-out questions"] and not held(verdict)["held-out ratings"]
    assert verdict.questions.high < -0.2
    assert "held-out questions" in verdict.reason and "**no**" in verdict.table()


def test_a_better_model_is_accepted(models: dict[str, Path], few: Questions) -> None:
    verdict = judged(models, few, "starter", "base")
    assert verdict.accepted, verdict.table()
    assert verdict.questions.low > 0.2 and verdict.ratings.difference > 0
    assert json.loads(json.dumps(verdict.to_json()))["accepted"] is True


def test_one_that_is_not_what_was_trained_is_rejected(models: dict[str, Path], few: Questions) -> None:
    verdict = judged(models, few[:4], "starter", "starter", holds=False)
    assert [name for name, ok in held(verdict).items() if not ok] == ["identity"]
    assert verdict.questions.difference == verdict.ratings.difference == 0


def test_held_out_are_the_questions_no_night_trains_on() -> None:
    found = planted(60, 40)
    kept = held_out(found)
    assert 0 < len(kept) < 40 and all(bucket(rating.messages) == 0 for rating in kept)
    both = [rating for rating in kept if rating.liked and rating.disliked]
    assert len(both) == sum(bucket(p.prompt) == 0 for p in found.pairs)
    assert all(rating.liked or rating.disliked for rating in kept)


def test_the_frozen_questions_are_nobody_elses() -> None:
    frozen = [q["question"].lower() for q in read_questions(QUESTIONS)]
    known = read_questions(PROJECT / "tests" / "questions" / "handwritten.jsonl")
    assert len(frozen) == len(set(frozen)) == 200
    assert not set(frozen) & {q["question"].lower() for q in known}
    assert not any("widgets" in q for q in read_questions(QUESTIONS))


@pytest.fixture(scope="module", params=["plant.toml", "wide/plant.toml"])
def hafenwerk(request: pytest.FixtureRequest) -> Catalog:
    """A plant of one's own: the catalogue of a mapping of docs/example."""
    return build_catalog(read_mapping(PROJECT / "docs" / "example" / request.param))


def test_the_simulated_plant_is_asked_the_frozen_questions() -> None:
    assert held_out_questions(PLANT) == read_questions(QUESTIONS)


def test_a_plant_of_ones_own_is_asked_about_its_own_machines(hafenwerk: Catalog) -> None:
    questions, machines = held_out_questions(hafenwerk), {machine.id for machine in hafenwerk.equipment}
    assert len({q["question"].lower() for q in questions}) == len(questions) == 200
    assert {name for q in questions for name in q.get("equipment", ())} == machines
    assert {q["intent"] for q in questions} >= {"latest", "trend", "statistics", "rank", "forecast", "out_of_scope"}
    for question in questions:
        for name in question.get("metrics", ()):
            kinds = [question["equipment_type"]] if "equipment_type" in question else []
            kinds += [hafenwerk.get(machine).type for machine in question.get("equipment", ())]
            assert all(hafenwerk.type(kind).metric(name) for kind in kinds)


def test_a_plant_is_asked_the_same_each_night_until_it_changes(hafenwerk: Catalog) -> None:
    assert held_out_questions(hafenwerk) == held_out_questions(hafenwerk)
    fewer = replace(hafenwerk, equipment=hafenwerk.equipment[:-1])
    assert held_out_questions(fewer) != held_out_questions(hafenwerk)


def test_one_machine_with_one_metric_is_enough_to_ask_about() -> None:
    pump = replace(PLANT.type("pump"), metrics=PLANT.type("pump").metrics[:1])
    assert len(held_out_questions(replace(PLANT, types=(pump,), equipment=PLANT.of_type("pump")[6:7]))) == 200


def test_a_night_compares_its_models_on_the_plant_that_is_installed(
    models: dict[str, Path], app_db: Database, timeseries_db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_out_questions_module, "KNOWN", 8)
    monkeypatch.setattr(held_out_questions_module, "UNKNOWN", 2)
    plant = build_catalog(read_mapping(PROJECT / "docs" / "example" / "plant.toml"))
    install_catalog(timeseries_db, plant)
    served = versions.register(app_db, id="starter", tier=2, path=str(models["starter"]), sha256="ab" * 32)
    exported = {"id": "night", "parent": served.id, "path": str(models["base"]), "identity": IDENTITY}
    write_manifest(tmp_path / "gguf", {}, [], exported)
    pairs.export(planted(10), tmp_path / "pairs")
    settings = Settings(_env_file=None, data_dir=tmp_path)  # type: ignore[call-arg]
    figures = run(settings, Databases(app=app_db, timeseries=timeseries_db), tmp_path)["figures"]
    asked = read_questions(tmp_path / "gate" / "questions.jsonl")
    assert asked == held_out_questions(plant) and figures["questions"]["count"] == len(asked) == 10
    assert not figures["accepted"] and figures["questions"]["candidate"] < figures["questions"]["served"]
    assert next(check for check in figures["checks"] if check["name"] == "unknown machines refused")["held"]
