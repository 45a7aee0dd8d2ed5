"""The ranker's table keeps what it learned when an intent or a widget is new, and reads files of the first format."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cc_common import ranking
from cc_common.core.errors import InvalidInput
from cc_common.feedback import Judgement, lesson_of
from cc_common.feedback.ratings import carry_experience
from cc_common.planning import INTENTS, WIDGETS
from cc_common.ranking import QuestionContext, Scorer, features
from cc_common.ranking.features import COLUMNS
from cc_common.ranking.layout import (
    CURRENT,
    FIRST,
    KNOWN,
    Layout,
    build_layout,
    carry_context,
    carry_widget,
    layout_from_json,
)
from cc_common.ranking.scorer import _HEADER, carry_table, initial_table
from tests.support.rated_answers import answered

OLD_FILE = Path(__file__).parent / "data" / "ranker_of_format_1.cct1"  # 400 lessons, written by the first layout
WIDGETS_OF = {name: intent.widgets for name, intent in INTENTS.items()}
WIDER = build_layout({"throw_away": ("kpi", "table"), **WIDGETS_OF}, (*WIDGETS, "heatmap"))


def old_table() -> np.ndarray:
    data = OLD_FILE.read_bytes()
    return np.frombuffer(data[_HEADER.size + 4 :], "<f4").reshape(-1, COLUMNS)


def row(layout: Layout, name: str) -> int:
    return layout.names.index(name)


def test_the_rows_of_today_are_those_that_the_features_use() -> None:
    context = ranking.context_features(QuestionContext(question="power", intent="rank", kind="gauge"))
    assert [CURRENT.context[r] for r in context[:4]][1::2] == ["intent rank", "kind gauge"]
    names = [CURRENT.widget[r] for r in ranking.widget_features(context, "table", 1)]
    assert names == ["widget table", "place 1", "widget table in rank", "widget table for gauge"]
    elsewhere = [CURRENT.widget[r] for r in ranking.widget_features(context, "gauge", 0)]
    assert elsewhere[2] == "widget gauge in an intent that does not list it"
    assert len(CURRENT.names) == features.ROWS


def test_a_file_of_the_first_format_keeps_what_it_learned() -> None:
    ranker, old = ranking.from_bytes(OLD_FILE.read_bytes()), old_table()
    shared = [name for name in FIRST.names if name in CURRENT.names]
    assert ranker.version == 400
    assert len(shared) > 680
    for name in shared:
        assert np.array_equal(ranker.table[row(CURRENT, name)], old[row(FIRST, name)]), name
    assert np.any(old != 0)


@pytest.mark.parametrize(
    "intent", [name for name in INTENTS if f"intent {name}" in FIRST.names and INTENTS[name].widgets]
)
def test_a_file_of_the_first_format_scores_as_it_did(intent: str) -> None:
    ranker, old = ranking.from_bytes(OLD_FILE.read_bytes()), old_table()
    context = ranking.context_features(QuestionContext(question="show the power", intent=intent, kind="gauge"))
    shown = [ranking.widget_features(context, widget, n) for n, widget in enumerate(INTENTS[intent].widgets)]
    scene = old[[row(FIRST, CURRENT.context[r]) for r in context]].sum(0)
    scores = ranker.score(ranking.feature_rows(context), ranking.feature_rows(shown))
    for widget, score in zip(shown, scores, strict=True):
        rows = old[[row(FIRST, CURRENT.widget[r]) for r in widget]].sum(0)
        assert score == pytest.approx(scene[:8] @ rows[:8] + scene[8] + rows[8], rel=1e-3, abs=1e-5)


def test_a_new_intent_and_a_new_widget_keep_what_was_learned_and_begin_untaught() -> None:
    taught = ranking.from_bytes(OLD_FILE.read_bytes()).table
    wider = carry_table(taught, CURRENT, WIDER)
    for name in CURRENT.names:
        assert np.array_equal(wider[row(WIDER, name)], taught[row(CURRENT, name)]), name
    new, fresh = set(WIDER.names) - set(CURRENT.names), initial_table(WIDER)
    assert {"intent throw_away", "widget kpi in throw_away", "widget heatmap", "widget heatmap for gauge"} <= new
    for name in new:
        assert np.array_equal(wider[row(WIDER, name)], fresh[row(WIDER, name)]), name
    assert np.array_equal(carry_table(wider, WIDER, CURRENT), taught)


def test_rows_of_an_experience_are_carried_both_ways() -> None:
    context = ranking.context_features(QuestionContext(question="show the power", intent="summary", machines=2))
    wider = carry_context(context, CURRENT, WIDER)
    assert wider is not None
    assert wider != context
    assert carry_context(wider, WIDER, CURRENT) == context
    assert carry_context([row(WIDER, "intent throw_away")], WIDER, CURRENT) is None
    assert carry_widget([WIDER.widget.index("widget heatmap")], WIDER, CURRENT) is None


def test_an_experience_of_an_older_layout_teaches_the_same() -> None:
    today = answered("Show chiller 1 power", "latest 1 a: kpi trend")
    older = replace(
        today,
        tier1_layout=FIRST.number,
        context=carry_context(today.context, CURRENT, FIRST),
        widgets=tuple(replace(w, features=carry_widget(w.features, CURRENT, FIRST)) for w in today.widgets),
    )
    assert older.widgets != today.widgets
    assert carry_experience(older, KNOWN) == today
    assert lesson_of(older, Judgement(rating="up")) == lesson_of(today, Judgement(rating="up"))


def test_names_travel_as_json() -> None:
    assert layout_from_json(WIDER.to_json()) == WIDER
    assert WIDER.number not in KNOWN
    with pytest.raises(InvalidInput, match="alike"):
        layout_from_json('{"context": ["always"], "widget": ["always"]}')
    with pytest.raises(InvalidInput, match="cannot be read"):
        layout_from_json("[]")


def test_a_file_of_another_layout_is_read_by_its_names(monkeypatch: pytest.MonkeyPatch) -> None:
    taught = ranking.from_bytes(OLD_FILE.read_bytes())
    monkeypatch.setattr("cc_common.ranking.scorer._NAMES", WIDER.to_json())
    monkeypatch.setattr("cc_common.ranking.scorer.ROWS", len(WIDER.names))
    wider = Scorer(carry_table(taught.table, CURRENT, WIDER), version=taught.version)
    data = ranking.to_bytes(wider)  # as a program with one intent and one widget more writes it
    monkeypatch.undo()
    back = ranking.from_bytes(data)
    assert back.version == 400
    assert np.array_equal(back.table, taught.table)
