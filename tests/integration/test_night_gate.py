"""The gate on real models: a planted worse one is rejected, a planted better one accepted."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from cc_common.feedback.pairs import bucket
from tests.integration.preferences import planted
from training.evaluate import read_questions
from training.gate import Verdict, compare
from training.gate.model_comparison import QUESTIONS, HeldOut
from training.gate.stage import held_out
from training.identity_check import Identity

IDENTITY = Identity(kl=0.001, kl_worst=0.1, same_plans=1.0, arrived=1.0, questions=24, tokens=208).figures()


@pytest.fixture(scope="module")
def models(gguf: Path, starter_gguf: Path) -> dict[str, Path]:
    """The base, which does not know the plan language, and the starter, which does."""
    return {"base": gguf, "starter": starter_gguf}


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tenth of the frozen questions, some about machines that are not there."""
    lines = random.Random(1).sample(QUESTIONS.read_text().splitlines(), 20)
    out = tmp_path_factory.mktemp("gate") / "few.jsonl"
    out.write_text("\n".join(lines))
    return out


def judged(models: dict[str, Path], few: Path, candidate: str, served: str, **identity: Any) -> Verdict:
    """The verdict; the operators like what the starter says, and not the other way round."""
    ratings = [HeldOut(messages=[*p.prompt], liked=p.rejected, disliked=p.chosen) for p in planted(10).pairs]
    given = IDENTITY | identity
    return compare((candidate, models[candidate]), (served, models[served]), ratings, given, questions=few)


def held(verdict: Verdict) -> dict[str, bool]:
    return {check.name: check.held for check in verdict.checks}


def test_a_worse_model_is_rejected(models: dict[str, Path], few: Path) -> None:
    verdict = judged(models, few, "base", "starter")
    assert not verdict.accepted
    assert not held(verdict)["held-out questions"] and not held(verdict)["held-out ratings"]
    assert verdict.questions.high < -0.2
    assert "held-out questions" in verdict.reason and "**no**" in verdict.table()


def test_a_better_model_is_accepted(models: dict[str, Path], few: Path) -> None:
    verdict = judged(models, few, "starter", "base")
    assert verdict.accepted, verdict.table()
    assert verdict.questions.low > 0.2 and verdict.ratings.difference > 0
    assert json.loads(json.dumps(verdict.to_json()))["accepted"] is True


def test_one_that_is_not_what_was_trained_is_rejected(models: dict[str, Path], few: Path, tmp_path: Path) -> None:
    fewer = tmp_path / "fewer.jsonl"
    fewer.write_text("\n".join(few.read_text().splitlines()[:4]))
    verdict = judged(models, fewer, "starter", "starter", holds=False)
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
    known = read_questions(Path(__file__).parents[1] / "questions" / "handwritten.jsonl")
    assert len(frozen) == len(set(frozen)) == 200
    assert not set(frozen) & {q["question"].lower() for q in known}
    assert not any("widgets" in q for q in read_questions(QUESTIONS))
