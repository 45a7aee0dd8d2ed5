"""Pairs: valid inside one prompt, the same whenever made, every rating either used or left out with its reason."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from cc_common.core.errors import InvalidInput
from cc_common.feedback import RatedExperience
from cc_common.feedback.pairs import LineGrammar, Pair, PairSet, bucket, build_pairs, free_token_mask
from cc_common.feedback.pairs.cross_prompt_pairs import NO_PLAN_HERE, SAME_LINE
from cc_common.feedback.pairs.opinions import DISAGREE, NO_CHANGE, NO_WIDGET_LEFT, NOT_SAID, OUTVOTED, SAID_AGAIN
from cc_common.feedback.pairs.pair_builder import CONTRADICTED, OTHER_CATALOG
from cc_common.feedback.pairs.replay import (
    NO_MODEL,
    NO_PLAN,
    NOT_SHOWN,
    OTHER_FORM,
    OTHER_PLAN,
    OTHER_PROMPT,
    with_widgets,
)
from cc_common.planning import build_grammar, plan_of
from cc_common.simulator.plant import PLANT
from tests.support.rated_answers import DOWN, RESOLVER, UP, Thumb, answered, rated

POWER = "Show chiller 1 power"
LINE = "latest 1 a: kpi trend alerts"
ORDERS = list(itertools.permutations(("kpi", "trend", "alerts")))


def made(*of: RatedExperience, **changes: Any) -> PairSet:
    return build_pairs(of, PLANT, **{"cap": 4, "seed": 1} | changes)


def lines(found: PairSet) -> list[tuple[str, str, str]]:
    return [(p.how, p.chosen, p.rejected) for p in found.pairs]


def accounted(found: PairSet) -> int:
    """Ratings used in pairs, unpaired or left out."""
    used = {i for p in found.pairs for i in p.rating_ids} | {u.rating_id for u in found.unpaired}
    return len(used) + sum(found.left_out.values())


def test_liked_over_disliked_line_of_the_same_prompt() -> None:
    up = rated(answered(POWER, LINE, shown=ORDERS[2]), UP)
    down = rated(answered(POWER, LINE, shown=ORDERS[4]), Thumb(rating="down", rater="ravi"))
    found = made(up, down)
    assert lines(found) == [("same_prompt", "latest 1 a: trend kpi alerts", "latest 1 a: alerts kpi trend")]
    assert set(found.pairs[0].sources) == {up.experience.id, down.experience.id}
    assert found.unpaired == () and found.left_out == {}


def test_correction_is_better_than_what_was_shown() -> None:
    thumb = Thumb(rating="down", correction={"intent": "trend", "widgets": ["trend"]})
    assert lines(made(rated(answered(POWER, LINE), thumb))) == [("correction", "trend 1 a avg: trend", LINE)]


@pytest.mark.parametrize(
    ("question", "line", "correction", "expected"),
    [
        (POWER, LINE, {"widgets": ["gauge", "kpi"]}, "latest 1 a: gauge kpi"),
        (
            "chiller 1 power today",
            "trend 1 a avg: trend",
            {"intent": "statistics", "aggregation": "max", "widgets": ["kpi"]},
            "statistics 1 a max: kpi",
        ),
        ("start showing chiller 1 power", "out_of_scope topic", {"intent": "latest"}, "latest 1 a: kpi"),
        ("start showing chiller 1 power", LINE, {"intent": "out_of_scope"}, "out_of_scope topic"),
        ("power of chillers 1 and 2", "latest 1 a: kpi", {"equipment": ["chiller_002"]}, "latest 2 a: kpi"),
        (
            "rank chillers by power",
            "rank chiller a last desc: ranking",
            {"order": "asc"},
            "rank chiller a last asc: ranking",
        ),
        (
            "trend of ahu 1 yesterday and today",
            "trend 1 a avg w1: trend",
            {"window": {"label": "today"}},
            "trend 1 a avg w2: trend",
        ),
    ],
)  # fmt: skip
def test_corrections_become_the_line_that_says_them(
    question: str, line: str, correction: dict[str, Any], expected: str
) -> None:
    found = made(rated(answered(question, line), Thumb(rating="down", correction=correction)))
    assert [p.chosen for p in found.pairs] == [expected], found.left_out


@pytest.mark.parametrize(
    ("correction", "reason"),
    [
        ({"equipment": ["chiller_009"]}, NOT_SAID),
        ({"equipment": ["no_such_machine"]}, NOT_SAID),
        ({"metrics": ["fan_power_kw"]}, NOT_SAID),
        ({"window": {"label": "P7D"}}, NOT_SAID),
        ({"intent": "rank", "equipment_type": "spaceship"}, NOT_SAID),
        ({"widgets": ["kpi", "trend", "alerts", "table", "gauge"]}, NOT_SAID),
        ({"widgets": ["ranking"]}, NOT_SAID),
        ({"step": "PT1H"}, NO_CHANGE),
        ({"widgets": ["kpi", "trend", "alerts"]}, NO_CHANGE),
    ],
)
def test_correction_the_model_could_not_have_said_is_left_out(correction: dict[str, Any], reason: str) -> None:
    found = made(rated(answered(POWER, LINE), Thumb(rating="down", correction=correction)))
    assert (found.pairs, found.unpaired, found.left_out) == ((), (), {reason: 1})


def test_widgets_thumbs_drop_and_move_them() -> None:
    thumbs = Thumb(rating="down", widget_id="w1"), Thumb(widget_id="w3")
    found = made(rated(answered(POWER, LINE), *thumbs))
    assert lines(found) == [("correction", "latest 1 a: alerts trend", LINE)]
    assert len(found.pairs[0].rating_ids) == 2


def test_widgets_thumbs_without_effect_are_left_out() -> None:
    leads = rated(answered(POWER, LINE), Thumb(widget_id="w1"))
    none_left = rated(answered(POWER, "latest 1 a: kpi"), Thumb(rating="down", widget_id="w1"))
    assert made(leads, none_left).left_out == {NO_CHANGE: 1, NO_WIDGET_LEFT: 1}


def test_raters_who_disagree_cancel_out_and_majorities_win() -> None:
    asha, ravi, mina = UP, Thumb(rating="down", rater="ravi"), Thumb(rater="mina")
    assert made(rated(answered(POWER, LINE), asha, ravi)).left_out == {DISAGREE: 2}
    found = made(rated(answered(POWER, LINE), asha, ravi, mina))
    assert found.left_out == {OUTVOTED: 1}
    assert [u.up for u in found.unpaired] == [True, True]


def test_newest_of_one_rater_counts_across_answers() -> None:
    found = made(rated(answered(POWER, LINE), UP), rated(answered(POWER, LINE), DOWN))
    assert found.left_out == {SAID_AGAIN: 1}
    assert [u.up for u in found.unpaired] == [False]


def test_opposite_corrections_cancel_out() -> None:
    one = Thumb(rating="down", correction={"widgets": ["trend", "kpi"]})
    other = Thumb(rating="down", rater="ravi", correction={"widgets": ["kpi", "trend"]})
    found = made(
        rated(answered(POWER, "latest 1 a: kpi trend"), one), rated(answered(POWER, "latest 1 a: trend kpi"), other)
    )
    assert (found.pairs, found.left_out) == ((), {CONTRADICTED: 2})


def test_shapes_are_transplanted_to_a_prompts_own_machines() -> None:
    up = rated(answered("power of pump 2", "latest 1 a: kpi trend"), UP)
    down = rated(answered(POWER, "latest 1 a: alerts trend"), DOWN)
    found = made(up, down)
    assert {(p.how, p.prompt[1]["content"].partition("\n")[0]) for p in found.pairs} == {
        ("transplant", "power of pump 2"),
        ("transplant", POWER),
    }
    assert {(p.chosen, p.rejected) for p in found.pairs} == {("latest 1 a: kpi trend", "latest 1 a: alerts trend")}


def test_shapes_of_other_intents_and_statistics_never_meet() -> None:
    up = rated(answered("average power of pump 2 today", "statistics 1 a avg: statistics trend"), UP)
    down = rated(answered("max power of chiller 1 today", "statistics 1 a max: trend"), DOWN)
    other = rated(answered(POWER, "latest 1 a: trend"), DOWN)
    found = made(up, down, other)
    assert found.pairs == ()
    assert found.counts == {"unpaired_up": 1, "unpaired_down": 2}


def test_transplants_are_capped_and_do_not_contradict_their_prompt() -> None:
    liked = [rated(answered(f"power of pump {n}", LINE, shown=ORDERS[n % 3]), UP) for n in range(1, 10)]
    disliked = [rated(answered(f"power of ahu {n}", LINE, shown=ORDERS[3 + n % 3]), DOWN) for n in range(1, 10)]
    for cap in (0, 1, 3):
        found = made(*liked, *disliked, cap=cap)
        assert all(p.how == "transplant" for p in found.pairs) and len(found.pairs) == 18 * cap
    said = {one.experience.messages[1]["content"]: " ".join(w.type for w in one.experience.widgets) for one in liked}
    assert not any(p.rejected.endswith(said.get(p.prompt[1]["content"], "?")) for p in found.pairs)


def test_one_sided_ratings_are_unpaired() -> None:
    found = made(*[rated(answered(f"power of pump {n}", LINE), UP) for n in range(1, 5)])
    assert found.pairs == () and found.counts == {"unpaired_up": 4}


def test_no_ratings_are_no_pairs() -> None:
    assert made() == PairSet()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"messages": [], "plan_text": None, "model_id": None}, NO_MODEL),
        ({"messages": [{"role": "system", "content": "Old."}, {"role": "user", "content": POWER}]}, OTHER_FORM),
        ({"question": "Show chiller 2 power"}, OTHER_PROMPT),
        ({"plan_text": "latest 7 a: kpi"}, NO_PLAN),
        ({"plan_text": "said nothing"}, NO_PLAN),
        ({"plan": {"intent": "latest", "equipment": ["chiller_002"]}}, OTHER_PLAN),
        ({"widgets": ()}, NOT_SHOWN),
    ],
)
def test_what_reads_otherwise_today_is_left_out(changes: dict[str, Any], reason: str) -> None:
    found = made(rated(replace(answered(POWER, LINE), **changes), UP, Thumb(widget_id="w2")))
    assert (found.pairs, found.unpaired, found.left_out) == ((), (), {reason: 2})


def test_other_catalogues_and_models_are_used_and_counted() -> None:
    found = made(rated(answered(POWER, LINE, catalog_version="0" * 16, model_id="retired"), UP))
    assert found.remarks == {"answers of retired": 1, OTHER_CATALOG: 1}
    assert len(found.unpaired) == 1


def test_follow_up_is_understood_by_the_plan_before_it() -> None:
    first = answered(POWER, LINE)
    asked = rated(answered("and its vibration?", "latest 1 a: kpi", before=plan_of(first.plan), session_id="s"), UP)
    assert made(asked).left_out == {OTHER_PROMPT: 1}
    assert len(made(asked, before={asked.experience.id: first.plan}).unpaired) == 1


def loaded() -> list[RatedExperience]:
    """343 up and 22 down over four kinds of question."""
    rng = random.Random(7)
    kinds = [
        ("power of {}", "latest 1 a: ", ("kpi", "trend", "alerts", "gauge")),
        ("trend of {} power today", "trend 1 a avg: ", ("trend", "statistics", "kpi")),
        ("compare power of {0} and {1}", "compare 1 2 a avg: ", ("comparison", "trend", "table")),
    ]
    found = []
    for n in range(365):
        question, head, widgets = kinds[n % 3]
        kind, numbers = rng.choice(("chiller", "pump", "transformer")), rng.sample(range(1, 13), 2)
        machines = [f"{kind} {number}" for number in numbers]
        line = head + " ".join(rng.sample(widgets, rng.randint(1, len(widgets))))
        thumb = Thumb(rating="down" if n % 16 == 5 and n // 16 < 22 else "up", rater=f"r{n % 5}")
        found.append(rated(answered(question.format(*machines), line), thumb))
    assert sum(one.ratings[0].rating == "up" for one in found) == 343
    return found


def test_product_of_343_and_22_is_7546() -> None:
    found = build_pairs(loaded(), PLANT, strategy="product", cap=4, seed=1)
    assert found.counts == {"product": 7546}
    assert 0 < found.remarks[NO_PLAN_HERE] < 7546 and found.remarks[SAME_LINE] > 0


def test_default_gives_valid_pairs_only_and_loses_no_rating() -> None:
    answers = loaded()
    found = made(*answers)
    assert {"same_prompt", "transplant"} <= set(found.counts) and accounted(found) == 365
    for pair in found.pairs:
        assert_valid(pair)
    assert made(*reversed(answers)) == found != made(*answers, seed=2)


def assert_valid(pair: Pair) -> None:
    question = pair.prompt[1]["content"].partition("\n")[0]
    rules = LineGrammar(build_grammar(RESOLVER.resolve(question, now=answered(POWER, LINE).asked_at), PLANT))
    assert pair.chosen != pair.rejected
    assert rules.admits(pair.chosen) and rules.admits(pair.rejected)
    assert pair.chosen_free == rules.free_spans(pair.chosen)


def test_product_is_bounded_and_strategies_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cc_common.feedback.pairs.cross_prompt_pairs.MAX_PAIRS", 0)
    with pytest.raises(InvalidInput, match="shorter window"):
        made(rated(answered(POWER, LINE), UP), rated(answered(POWER, LINE), DOWN), strategy="product")
    with pytest.raises(InvalidInput, match="default or product"):
        made(strategy="best")


def test_free_spans_are_the_models_choices() -> None:
    rules = LineGrammar(build_grammar(RESOLVER.resolve(POWER, now=answered(POWER, LINE).asked_at), PLANT))
    spans = rules.free_spans("latest 1 a: kpi trend")
    marks = "".join("^" if _at(n, spans) else "." for n in range(22))
    assert marks == "^...........^..^^^...^"  # l|t|a..., k|g|t|s..., " " or the end, t|..., tr|ta, and the end
    assert free_token_mask([(0, 6), (6, 8), (10, 11), (11, 15), (21, 22)], spans) == [True, False, False, True, True]
    with pytest.raises(InvalidInput):
        rules.free_spans("latest 2 a: kpi")


def _at(n: int, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= n < end for start, end in spans)


def test_bucket_is_the_questions_own() -> None:
    def prompt(content: str) -> list[dict[str, str]]:
        return [{"role": "system", "content": "x"}, {"role": "user", "content": content}]

    assert bucket(prompt("Show  chiller 1 Power\n1 Chiller 1")) == bucket(prompt("show chiller 1 power\n1 Kühler 1"))
    shares = [bucket(prompt(f"question {n}")) for n in range(2000)]
    assert 120 < shares.count(0) < 280


def test_forecasts_of_several_machines_are_one_word_of_the_line() -> None:
    line = with_widgets("forecast 1 2 a: trend", ["forecast", "forecast", "trend", "forecast"])
    assert line == "forecast 1 2 a: forecast trend"
