"""Which metric comes first among a question's candidates, and when several are asked for."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cc_common.simulator.plant import PLANT
from cc_common.understanding import Resolver

NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
RESOLVER = Resolver(PLANT)


@pytest.mark.parametrize(
    ("question", "metric"),
    [
        ("what percentage is transformer 6 loaded to", "load_pct"),
        ("transformer 6 load in kva", "load_kva"),
        ("total kwh meter 55 last month", "energy_kwh"),
        ("which air compressor delivers the driest air", "dew_point_c"),
        ("which ups lasts longest", "backup_time_min"),
        ("draw me pump 40's speed today", "speed_pct"),
        ("draw of pump 40", "power_consumption_kw"),
        ("pump 40 draw", "power_consumption_kw"),
    ],
)
def test_the_first_candidate_is_what_its_words_or_its_unit_say(question: str, metric: str) -> None:
    assert RESOLVER.resolve(question, now=NOW).metrics[0].name == metric


@pytest.mark.parametrize(
    ("question", "joined"),
    [
        ("kw and tr of chiller 4", True),
        ("fan speed & valve of AHU 64", True),
        ("flow and the discharge pressure for pump 8", True),
        ("supply temperature of chiller 1 and chiller 2", False),
        ("power of chiller 4", False),
    ],
)
def test_metrics_joined_by_and_are_all_wanted(question: str, joined: bool) -> None:
    assert RESOLVER.resolve(question, now=NOW).metrics_joined is joined
