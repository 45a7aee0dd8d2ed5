"""The online ranker: its size, steps, sampled orders and file."""

from __future__ import annotations

import math
from collections import Counter
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cc_common import ranking
from cc_common.core.errors import InvalidInput
from cc_common.planning import INTENTS, WIDGETS
from cc_common.ranking import Example, Lesson, QuestionContext, Scorer
from cc_common.ranking import features as layout

QUESTIONS = ("show the power", "how hot is it", "compare the load of both", "what about vibration", "any trouble today")
TYPES = ("chiller", "pump", "ahu", "ups")


def scene(question: str = QUESTIONS[0], intent: str = "latest", **known: object) -> QuestionContext:
    return QuestionContext(question=question, intent=intent, **known)  # type: ignore[arg-type]


def features(widgets: tuple[str, ...], context: tuple[int, ...]) -> np.ndarray:
    return ranking.feature_rows([ranking.widget_features(context, w, place) for place, w in enumerate(widgets)])


def lesson(widget: str, liked: bool, where: QuestionContext | None = None) -> Lesson:
    context = ranking.context_features(where or scene())
    return Lesson(context=context, examples=(Example(widget=ranking.widget_features(context, widget, 0), liked=liked),))


def test_parameters_are_the_table_and_at_most_seven_thousand() -> None:
    assert Scorer().table.size == ranking.PARAMETERS == 6327 <= 7000
    assert ranking.RANK == 8


def test_layout_knows_every_intent_and_widget_there_is() -> None:
    assert set(INTENTS) <= set(layout.INTENTS)
    assert set(WIDGETS) <= set(layout.WIDGETS)


@given(
    st.text(max_size=300),
    st.sampled_from(tuple(INTENTS)),
    st.text(max_size=20),
    st.integers(0, 10_000),
    st.integers(0, 23),
)
def test_features_are_distinct_rows_of_the_table(
    question: str, intent: str, kind: str, machines: int, hour: int
) -> None:
    where = scene(question, intent, equipment_type=kind, unit=kind, machines=machines, hour=hour)
    context = ranking.context_features(where)
    assert len(set(context)) == len(context) <= 64
    assert all(0 <= row < layout.CONTEXT_ROWS for row in context)
    for widget in WIDGETS:
        rows = ranking.widget_features(context, widget, machines)
        assert len(set(rows)) == layout.WIDGET_FEATURES
        assert all(0 <= row < layout.WIDGET_ROWS for row in rows)


def test_unknown_widget_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput, match="'hologram'"):
        ranking.widget_features(ranking.context_features(scene()), "hologram", 0)


def test_untaught_scorer_keeps_the_models_order() -> None:
    context = ranking.context_features(scene())
    scores = Scorer().score(ranking.feature_rows(context), features(("table", "kpi", "gauge", "trend"), context))
    assert np.all(np.diff(scores) < 0)


def test_score_is_the_bilinear_form() -> None:
    ranker = Scorer(np.random.default_rng(3).normal(size=(layout.ROWS, layout.COLUMNS)).astype(np.float32))
    context = ranking.context_features(scene())
    rows = features(("kpi",), context)
    u, v = ranker.table[list(context)].sum(0), ranker.table[layout.CONTEXT_ROWS + rows[0]].sum(0)
    assert ranker.score(ranking.feature_rows(context), rows)[0] == pytest.approx(u[:8] @ v[:8] + u[8] + v[8], rel=1e-4)


@given(st.lists(st.tuples(st.sampled_from(WIDGETS), st.booleans()), max_size=40), st.floats(1e-4, 1), st.booleans())
def test_each_step_lowers_its_own_loss(past: list[tuple[str, bool]], rate: float, liked: bool) -> None:
    ranker = Scorer()
    for widget, thumb in past:
        ranker.teach(lesson(widget, thumb), rate)
    before = ranker.teach(lesson("kpi", liked), rate)
    assert ranker.teach(lesson("kpi", liked), rate) <= before + 1e-6
    assert np.isfinite(ranker.table).all()


def test_first_loss_is_that_of_the_prior() -> None:
    assert Scorer().teach(lesson("kpi", True), 0.05) == pytest.approx(math.log(1 + math.exp(-0.9)))


def test_same_lessons_give_the_same_bytes() -> None:
    one, other = Scorer(), Scorer()
    for ranker in (one, other):
        for widget in WIDGETS:
            ranker.teach(lesson(widget, widget == "trend"), 0.1)
    assert ranking.to_bytes(one) == ranking.to_bytes(other)
    assert one.version == len(WIDGETS)


def test_taste_is_learned_in_two_thousand_ratings() -> None:
    """Hidden taste: one liked widget for each intent and type; after 2,000 thumbs it comes first in over 90 %."""
    rng, ranker = np.random.default_rng(11), Scorer()
    scenes = [
        scene(q, intent, equipment_type=t)
        for q in QUESTIONS
        for intent in ("latest", "trend", "statistics", "compare")
        for t in TYPES
    ]
    keys = dict.fromkeys((s.intent, s.equipment_type) for s in scenes)
    taste = {
        (intent, kind): INTENTS[intent].widgets[rng.integers(len(INTENTS[intent].widgets))] for intent, kind in keys
    }
    for _ in range(2000):
        where = scenes[rng.integers(len(scenes))]
        shown = tuple(rng.permutation(INTENTS[where.intent].widgets))
        context = ranking.context_features(where)
        place = rng.integers(len(shown))
        rows = ranking.widget_features(context, shown[place], place)
        liked = bool(shown[place] == taste[where.intent, where.equipment_type])
        ranker.teach(Lesson(context=context, examples=(Example(widget=rows, liked=liked),)), 0.05)
    first = [_first(ranker, where, rng) == taste[where.intent, where.equipment_type] for where in scenes]
    assert np.mean(first) > 0.9


def _first(ranker: Scorer, where: QuestionContext, rng: np.random.Generator) -> str:
    shown, context = tuple(rng.permutation(INTENTS[where.intent].widgets)), ranking.context_features(where)
    return str(shown[int(np.argmax(ranker.score(ranking.feature_rows(context), features(shown, context))))])


@given(st.lists(st.floats(-20, 20, width=32), max_size=24), st.floats(0.05, 10))
def test_propensities_are_probabilities_and_the_last_is_certain(scores: list[float], temperature: float) -> None:
    placed = ranking.sample_order(np.array(scores, np.float32), temperature, np.random.default_rng(0))
    assert sorted(index for index, _ in placed) == list(range(len(scores)))
    assert all(p is not None and 0 <= p <= 1 for _, p in placed)
    assert not placed or placed[-1][1] == pytest.approx(1)


@given(st.lists(st.floats(-3, 3, width=32), min_size=1, max_size=4))
def test_probabilities_of_all_orders_sum_to_one(scores: list[float]) -> None:
    orders = [np.array(order) for order in permutations(scores)]
    assert sum(ranking.propensities(order).prod() for order in orders) == pytest.approx(1)


def test_orders_are_drawn_as_often_as_their_propensities_say() -> None:
    scores, rng = np.array([0.4, -0.3, 0.1], np.float32), np.random.default_rng(5)
    drawn = [ranking.sample_order(scores, 0.5, rng) for _ in range(20_000)]
    expected = {tuple(i for i, _ in o): math.prod(p or 0 for _, p in o) for o in drawn}
    counts = Counter(tuple(i for i, _ in o) for o in drawn)
    assert len(expected) == 6
    for placed, probability in expected.items():
        assert counts[placed] / 20_000 == pytest.approx(probability, abs=4 * math.sqrt(0.25 / 20_000))


def test_temperature_zero_sorts_and_has_no_propensity() -> None:
    placed = ranking.sample_order(np.array([0.1, 0.5, 0.1], np.float32), 0, np.random.default_rng(0))
    assert placed == [(1, None), (0, None), (2, None)]


def test_a_ranker_read_back_learns_as_the_written_one() -> None:
    ranker = Scorer()
    ranker.teach(lesson("trend", True), 0.1)
    back = ranking.from_bytes(ranking.to_bytes(ranker))
    assert back.version == 1
    assert np.array_equal(back.table, ranker.table)
    assert back.teach(lesson("kpi", True), 0.1) == ranker.teach(lesson("kpi", True), 0.1)


@given(st.integers(0, 33_000), st.integers(1, 255))
def test_any_damaged_byte_is_refused(position: int, change: int) -> None:
    data = bytearray(ranking.to_bytes(Scorer()))
    data[position] ^= change
    with pytest.raises(InvalidInput):
        ranking.from_bytes(bytes(data))


@pytest.mark.parametrize("length", [0, 3, 4, 20, 27, 28, 31, 32, 5000, 30_000])
def test_any_cut_file_is_refused(length: int) -> None:
    with pytest.raises(InvalidInput):
        ranking.from_bytes(ranking.to_bytes(Scorer())[:length])


def test_weights_that_are_no_numbers_are_refused() -> None:
    ranker = Scorer()
    ranker.table[5, 5] = np.nan
    with pytest.raises(InvalidInput, match="no numbers"):
        ranking.from_bytes(ranking.to_bytes(ranker))
