"""Off-policy estimates against a simulated logger whose truth is known."""

from __future__ import annotations

from functools import cache
from itertools import permutations

import numpy as np
import pytest

from cc_common import ranking
from cc_common.ranking import QuestionContext, context_features, widget_features
from tests.support.rated_answers import Thumb, answered, rated
from training.off_policy import (
    CLIP,
    DETERMINISTIC,
    NO_CHOICE,
    NO_THUMB,
    OTHER_LAYOUT,
    Floats,
    Logged,
    OffPolicyEvaluation,
    evaluate,
    fold_of,
    is_certain,
    logged_placements,
)

RUNS = 120
INTENTS = {"latest": ("kpi", "trend", "alerts"), "trend": ("trend", "statistics", "kpi", "table")}
SCENES = [QuestionContext(question=f"q{n}", intent=intent, kind="gauge") for n in range(20) for intent in INTENTS]
CONTEXTS = [context_features(scene) for scene in SCENES]


@cache
def rows(scene: int) -> list[tuple[int, ...]]:
    return [widget_features(CONTEXTS[scene], w, n) for n, w in enumerate(INTENTS[SCENES[scene].intent])]


def liking(scene: int, order: tuple[int, ...]) -> float:
    """The hidden taste: the last of the model's widgets should lead, a little more so in some scenes."""
    last = len(order) - 1
    return 0.2 + 0.6 * (order[0] == last) + 0.1 * (order[1] == last) - 0.01 * (scene % 5)


@cache
def utilities(scene: int, taste: float) -> Floats:
    """The logging policy at taste 0: the model's own order, mildly; at 1 the liked widget leads more often."""
    count = len(rows(scene))
    return np.linspace(0.5, -0.5, count) + 2 * taste * (np.arange(count) == count - 1)


@cache
def chance(scene: int, taste: float, order: tuple[int, ...]) -> float:
    values = utilities(scene, taste)
    return float(np.prod(ranking.propensities(values[list(order)])))


def truth(taste: float) -> float:
    """The share of thumbs up of that policy, over all scenes and orders."""
    shares = [
        sum(chance(n, taste, order) * liking(n, order) for order in permutations(range(len(rows(n)))))
        for n in range(len(SCENES))
    ]
    return float(np.mean(shares))


def simulated(count: int, seed: int, taste: float) -> tuple[list[Logged], list[Floats]]:
    """`count` answers logged at taste 0, and the utilities of the policy to evaluate."""
    rng, logs, wanted = np.random.default_rng(seed), [], []
    for _ in range(count):
        scene = int(rng.integers(len(SCENES)))
        drawn = utilities(scene, 0)
        order = tuple(np.argsort(-(drawn + rng.gumbel(size=len(drawn)))).tolist())
        widgets = tuple(rows(scene)[i] for i in order)
        up, fold = float(rng.random() < liking(scene, order)), fold_of(SCENES[scene].question)
        logs.append(
            Logged(context=CONTEXTS[scene], widgets=widgets, propensity=chance(scene, 0, order), reward=up, fold=fold)
        )
        wanted.append(utilities(scene, taste)[list(order)])
    return logs, wanted


@pytest.fixture(scope="module")
def runs() -> list[OffPolicyEvaluation]:
    return [evaluate(*simulated(250, seed, taste=1)) for seed in range(RUNS)]


@pytest.mark.parametrize("name", ["ips", "snips", "dr"])
def test_intervals_hold_the_truth_as_often_as_they_say(runs: list[OffPolicyEvaluation], name: str) -> None:
    estimates, true = [getattr(run, name) for run in runs], truth(1)
    values = np.array([e.value for e in estimates])
    assert np.mean([e.low <= true <= e.high for e in estimates]) >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / RUNS)
    assert abs(values.mean() - true) < 3 * values.std() / np.sqrt(RUNS)


def test_doubly_robust_is_the_most_certain(runs: list[OffPolicyEvaluation]) -> None:
    spread = {name: np.std([getattr(run, name).value for run in runs]) for name in ("ips", "snips", "dr")}
    assert spread["dr"] < spread["snips"] < spread["ips"]


def test_own_policy_is_its_mean_thumb() -> None:
    logs, same = simulated(200, 1, taste=0)
    found = evaluate(logs, same)
    mean = np.mean([log.reward for log in logs])
    assert found.ips.value == pytest.approx(mean) and found.snips.value == pytest.approx(mean)
    assert found.effective == pytest.approx(200) and found.clipped == 0
    assert found.dr.value == pytest.approx(mean, abs=0.05)


def test_doubly_robust_mends_a_wrong_model_and_wrong_weights_are_mended_by_it() -> None:
    logs, wanted = simulated(2000, 3, taste=1)
    wrong = [Logged(**vars(log) | {"propensity": log.propensity * 1.5}) for log in logs]
    assert abs(evaluate(wrong, wanted).dr.value - truth(1)) < abs(evaluate(wrong, wanted).ips.value - truth(1)) / 2


def test_weights_are_clipped_and_counted() -> None:
    logs, wanted = simulated(100, 4, taste=1)
    rare = [Logged(**vars(log) | {"propensity": 1e-6}) for log in logs[:3]] + logs[3:]
    found = evaluate(rare, wanted)
    assert found.clipped == 3 and found.ips.value <= (3 * CLIP + 97 * CLIP) / 100
    assert found.effective < 60


def test_fixed_order_can_be_evaluated_too() -> None:
    logs, wanted = simulated(1500, 5, taste=1)
    found = evaluate(logs, [is_certain(u) for u in wanted])
    assert found.effective < 900
    assert found.dr.low < 0.78 < found.dr.high  # the liked widget always leads


def test_answers_that_say_nothing_are_left_out_with_their_reason() -> None:
    up = Thumb()
    answer, single = answered("Show chiller 1 power", "latest 1 a: kpi trend"), "latest 1 a: kpi"
    fixed = [w.__class__(**vars(w) | {"propensity": None}) for w in answer.widgets]
    kept, left_out = logged_placements(
        [
            rated(answer, up, Thumb(rating="down", rater="ravi")),
            rated(answer, Thumb(widget_id="w1")),
            rated(answer.__class__(**vars(answer) | {"widgets": tuple(fixed)}), up),
            rated(answer.__class__(**vars(answer) | {"tier1_layout": 99}), up),
            rated(answered("Show chiller 1 power", single), up),
        ]
    )
    assert [log.reward for log in kept] == [0.5]
    assert left_out == {DETERMINISTIC: 1, NO_THUMB: 1, NO_CHOICE: 1, OTHER_LAYOUT: 1}
