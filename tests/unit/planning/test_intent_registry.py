"""The intent registry: every intent has all its parts, and one that is registered is seen everywhere."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from itertools import islice
from pathlib import Path

import pytest

from cc_common.answers.answer import Facts, Sources, answer_to, registered_answer
from cc_common.answers.composition import gather_facts
from cc_common.answers.text import answer_text
from cc_common.catalog.store import Catalog
from cc_common.core.errors import InvalidInput
from cc_common.core.settings import PROJECT, Settings
from cc_common.operations.reference import intent_reference
from cc_common.planning import (
    INTENTS,
    WIDGETS,
    Intent,
    Plan,
    build_grammar,
    build_messages,
    parse_plan,
    render_plan,
    understand,
)
from cc_common.planning.grammar_parts import Candidates, group, words_in_row
from cc_common.planning.possible_intents import possible_intents, unlikely_intents
from cc_common.planning.prompt import line_grammar
from cc_common.ranking.layout import CURRENT, build_layout
from cc_common.simulator import PLANT
from cc_common.understanding import Resolution, Resolver
from training.corpus import NOW, Sample, samples
from training.corpus.generate import line_of
from training.corpus.question_draft import Draw
from training.corpus.samplers import SAMPLERS, registered_sampler

RESOLVER = Resolver(PLANT)
QUESTION = "How many sensors does chiller 1 have?"


# A throw-away intent, whole: this is all that a new one needs.
def _asks_sensors(resolution: Resolution) -> bool:
    return "sensors" in resolution.question


def _machine(candidates: Candidates) -> str:
    return group(words_in_row(numbers) for numbers in candidates.machines())


def _fetch(plan: Plan, sources: Sources, *, now: datetime) -> Facts:
    return Facts(note=f"asked of {plan.equipment[0]}")


def _text(plan: Plan, facts: Facts, catalog: Catalog, now: datetime, *, spoken: bool) -> str:
    return f"{catalog.get(plan.equipment[0]).name} has its sensors."


def _sample(draw: Draw) -> Sample:
    machine = draw.machines[0]
    question = f"How many sensors does {machine.name} have?"
    return Sample(question=question, intent="sensors", equipment=(machine.id,), widgets=("table",))


SENSORS = Intent(
    name="sensors",
    label="sensors",
    description="How many sensors a machine has.",
    examples=(QUESTION, "Count the sensors of pump 3", "sensors of boiler 2"),
    about=("machines",),
    needs=("equipment",),
    widgets=("table", "kpi"),
    usual_widgets=("table",),
    subject=_machine,
    is_possible=_asks_sensors,
)


@pytest.fixture
def sensors() -> Iterator[None]:
    with ExitStack() as held:
        held.enter_context(INTENTS.registered(SENSORS))
        held.enter_context(registered_answer("sensors", fetch=_fetch, text=_text))
        held.enter_context(registered_sampler("sensors", _sample, share=10))
        yield


def resolved(question: str) -> Resolution:
    return understand(question, RESOLVER, PLANT, now=NOW)


def intents_over_http(tmp_path: Path) -> dict[str, dict[str, object]]:
    from api.app import create_app

    app = create_app(Settings(_env_file=None, data_dir=tmp_path))  # type: ignore[call-arg]
    reply = app.test_client().get("/api/v1/intents")
    assert reply.status_code == 200, reply.text
    assert reply.json["total"] == len(INTENTS)
    return {item["name"]: item for item in reply.json["items"]}


@pytest.mark.usefixtures("sensors")
def test_a_registered_intent_is_in_the_grammar_and_its_line_is_a_plan() -> None:
    resolution = resolved(QUESTION)
    assert 'sensors: "sensors " ("1") ":"' in build_grammar(resolution, PLANT)
    plan = parse_plan("sensors 1: table", resolution, PLANT, now=NOW)
    assert (plan.intent, plan.equipment, plan.widgets) == ("sensors", ("chiller_001",), ("table",))
    assert render_plan(plan, resolution) == "sensors 1: table"
    assert "sensors" not in build_grammar(resolved("Show chiller 1 power"), PLANT)


@pytest.mark.usefixtures("sensors")
def test_a_registered_intent_is_offered_with_the_question_as_it_is_prompted() -> None:
    resolution = resolved(QUESTION)
    assert "sensors" in possible_intents(resolution)
    assert build_messages(resolution)[-1]["content"].splitlines()[:2] == [QUESTION, "1 Chiller 1"]


@pytest.mark.usefixtures("sensors")
def test_a_registered_intent_is_fetched_and_worded() -> None:
    plan = Plan(intent="sensors", equipment=("chiller_001",))
    sources: Sources = None  # type: ignore[assignment]  # it reads nothing
    assert gather_facts(plan, sources, now=NOW).note == "asked of chiller_001"
    assert answer_text(plan, Facts(), PLANT, NOW, spoken=True) == "Chiller 1 has its sensors."


@pytest.mark.usefixtures("sensors")
def test_a_registered_intent_is_served_drawn_documented_and_ranked(tmp_path: Path) -> None:
    assert intents_over_http(tmp_path)["sensors"]["widgets"] == ["table", "kpi"]
    assert any(sample.intent == "sensors" for sample in islice(samples(PLANT, 1), 200))
    assert "## sensors" in intent_reference()
    layout = build_layout({name: intent.widgets for name, intent in INTENTS.items()}, WIDGETS)
    assert set(layout.names) - set(CURRENT.names) == {
        "intent sensors",
        "widget table in sensors",
        "widget kpi in sensors",
    }


def test_an_intent_is_gone_after_its_trial(tmp_path: Path) -> None:
    with INTENTS.registered(SENSORS):
        pass
    assert "sensors" not in INTENTS
    assert "sensors" not in SAMPLERS
    assert "sensors" not in build_grammar(resolved(QUESTION), PLANT)
    assert "sensors" not in intents_over_http(tmp_path)
    with pytest.raises(InvalidInput, match=r"cc_common/answers/composition\.py"):
        answer_to("sensors")


@pytest.mark.parametrize("name", INTENTS)
def test_every_intent_has_all_its_parts(name: str) -> None:
    intent = INTENTS[name]
    assert intent.name == name
    assert intent.label
    assert intent.description
    assert len(set(intent.examples)) >= 3
    assert set(intent.widgets) <= set(WIDGETS)
    assert bool(intent.widgets) == bool(intent.usual_widgets) == bool(intent.about) == (name != "out_of_scope")
    answer = answer_to(name)
    assert callable(answer.fetch)
    assert callable(answer.text)
    assert any(sampler.intent == name for sampler in SAMPLERS.values())


EXAMPLES = [(name, question) for name, intent in INTENTS.items() for question in intent.examples]


@pytest.mark.parametrize(("name", "question"), EXAMPLES)
def test_every_example_is_understood_to_offer_its_intent(name: str, question: str) -> None:
    resolution = resolved(question)
    assert not resolution.unknown
    assert name in possible_intents(resolution)
    assert name not in unlikely_intents(resolution)
    assert line_grammar(INTENTS[name], Candidates(resolution, PLANT))


@pytest.mark.parametrize("kind", SAMPLERS)
def test_every_sampler_draws_its_intent_with_a_line_for_it(kind: str) -> None:
    sampler, rng, lines = SAMPLERS[kind], random.Random(3), 0
    for _ in range(40):
        sample = sampler.draw(Draw(PLANT, rng))
        assert sample.intent == sampler.intent
        lines += line_of(sample, resolved(sample.question), PLANT, NOW) is not None
    assert lines >= 20


def test_an_intent_of_a_name_that_is_taken_is_refused() -> None:
    with pytest.raises(InvalidInput, match="'latest' already"):
        INTENTS.register(INTENTS["latest"])


def test_the_reference_page_is_up_to_date() -> None:
    page = (PROJECT / "docs" / "reference" / "intents.md").read_text("utf-8")
    assert page == intent_reference()
    assert max(map(len, page.splitlines())) <= 100
