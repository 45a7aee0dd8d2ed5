"""The gate's arithmetic: paired shares, their interval and test, and the words of a verdict."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.gate.model_comparison import MARGIN
from training.gate.verdict import GateCheck, Verdict, paired


def mcnemar(lost: int, won: int) -> float:
    """The exact two-sided p-value that losses and wins this uneven come about by chance (McNemar 1947)."""
    count = lost + won
    return float(min(1.0, 2 * sum(math.comb(count, k) for k in range(min(lost, won) + 1)) / 2**count))


def test_whatever_a_significance_test_calls_worse_the_interval_rejects_already() -> None:
    significant = [(lost, won) for lost in range(21) for won in range(lost) if mcnemar(lost, won) < 0.05]
    assert (6, 0) in significant
    for lost, won in significant:
        same = 200 - lost - won
        found = paired([True] * (lost + same) + [False] * won, [False] * lost + [True] * (same + won))
        assert found.low <= -MARGIN, (lost, won)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60))
def test_a_difference_lies_in_its_interval(judged: list[tuple[bool, bool]]) -> None:
    served, candidate = zip(*judged, strict=True)
    found = paired(served, candidate)
    assert found.low - 1e-9 <= found.difference <= found.high + 1e-9
    assert found.difference == pytest.approx(found.candidate - found.served)
    assert (found.only_candidate - found.only_served) / found.count == pytest.approx(found.difference)


def test_nothing_to_compare_is_no_difference() -> None:
    assert (paired([], []).count, paired([], []).difference) == (0, 0.0)


def test_one_demand_not_met_rejects() -> None:
    checks = [GateCheck(name="identity", figure="KL 0.9", demand="KL at most 0.02", held=False)]
    checks.insert(0, GateCheck(name="memory", figure="150 MB", demand="at most 200 MB", held=True))
    nothing = paired([], [])
    verdict = Verdict(
        candidate="night", served="starter", checks=tuple(checks), questions=nothing, ratings=nothing, seconds=1.0
    )
    assert not verdict.accepted
    assert verdict.reason == "identity: KL 0.9, demanded KL at most 0.02"
    assert "**night against starter: rejected**" in verdict.table()
    assert "| identity | KL 0.9 | KL at most 0.02 | **no** |" in verdict.table()
    assert verdict.to_json()["accepted"] is False
