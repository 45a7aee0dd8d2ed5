"""The hand-written questions: well-formed, broad, and not the ones the starter model is trained on."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from typing import Any

import pytest

from cc_common.core.settings import PROJECT
from cc_common.planning import INTENTS
from cc_common.planning.plan import STATISTICS_OF_KIND
from cc_common.simulator import PLANT
from training.corpus import samples
from training.evaluate import read_questions

FILES = ("handwritten", "fresh", "follow_ups", "unknown")
QUESTIONS = [q for f in FILES for q in read_questions(PROJECT / "tests" / "questions" / f"{f}.jsonl")]
MAX_SHARED = 0.15  # of the word 4-grams; measured 0.10 to 0.12 over eighteen seeds
TYPE_OF = {machine.id: machine.type for machine in PLANT.equipment}
Words = tuple[str, ...]


def types_of(question: dict[str, Any]) -> set[str]:
    named = {TYPE_OF[machine] for machine in question.get("equipment", [])}
    return named | {name for name in [question.get("equipment_type")] if name}


def four_grams(text: str) -> set[Words]:
    words = re.findall(r"[a-z]+|#", re.sub(r"\d+", "#", text.lower()))
    return {tuple(words[i : i + 4]) for i in range(len(words) - 3)}


@pytest.fixture(scope="module")
def generated() -> list[str]:
    return [sample.question for sample in islice(samples(PLANT, 1), 5000)]


def test_there_are_enough_of_every_intent_offered() -> None:
    counts = Counter(question["intent"] for question in QUESTIONS)
    assert len(QUESTIONS) >= 900
    assert set(counts) == set(INTENTS.offered()) and min(counts.values()) >= 10, counts


def test_every_type_and_metric_is_asked_about() -> None:
    asked = {(name, m) for q in QUESTIONS for name in types_of(q) for m in q.get("metrics", [])}
    assert asked == {(t.name, m.name) for t in PLANT.types for m in t.metrics}


def test_no_question_comes_twice() -> None:
    counts = Counter((question.get("before"), question["question"].lower()) for question in QUESTIONS)
    assert [question for question, count in counts.items() if count > 1] == []


def test_what_is_expected_can_be_answered() -> None:
    for question in QUESTIONS:
        types = types_of(question)
        assert len(types) <= 1, question
        for metric in (PLANT.type(name).metric(m) for name in types for m in question.get("metrics", [])):
            assert metric is not None, question
            assert question.get("aggregation", "last") in (*STATISTICS_OF_KIND[metric.kind], "last"), question


def test_no_question_is_one_of_the_training_questions(generated: list[str]) -> None:
    trained_on = {question.strip().lower() for question in generated}
    alone = [q["question"] for q in QUESTIONS if "before" not in q]
    assert [question for question in alone if question.strip().lower() in trained_on] == []


def test_few_word_4_grams_are_those_of_the_training_questions(generated: list[str]) -> None:
    written = set[Words]().union(*(four_grams(q["question"]) for q in QUESTIONS))
    trained_on = set[Words]().union(*(four_grams(question) for question in generated))
    shared = len(written & trained_on) / len(written)
    print(f"{shared:.1%} of {len(written)} word 4-grams are also in {len(generated)} training questions")  # noqa: T201
    assert shared < MAX_SHARED
