"""The number check lets through what stands on rows, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cc_common.answers import Answer, Facts, check_answer, quantities
from cc_common.answers import text as wording_text
from cc_common.core.errors import UnverifiedFigure
from cc_common.core.evidence import Evidence, Figure
from cc_common.core.windows import Window
from cc_common.planning import Plan
from cc_common.simulator import PLANT

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
FACTS = Facts()
DAY = Window(start=NOW - timedelta(days=1), end=NOW, label="PT24H")
METRIC = "power_consumption_kw"
PLANT_ZONE = ZoneInfo(PLANT.tz)


def figure(machine: str, value: float, statistic: str = "last", rows: int = 1) -> Figure:
    evidence = Evidence(table=machine, column=METRIC, statistic=statistic, start=DAY.start, end=DAY.end, rows=rows)  # type: ignore[arg-type]
    at = NOW if statistic == "last" else None
    return Figure(
        equipment=machine, metric=METRIC, statistic=statistic, value=value, unit="kW", at=at, evidence=evidence
    )  # type: ignore[arg-type]


LATEST = Plan(intent="latest", equipment=("chiller_001",), metrics=(METRIC,), aggregation="last", widgets=("kpi",))
COMPARE = Plan(
    intent="compare", equipment=("chiller_001", "chiller_012"), metrics=(METRIC,), aggregation="avg", window=DAY
)


def answer(plan: Plan, *figures: Figure, text: str | None = None) -> Answer:
    said = [
        wording_text.answer_text(plan, Facts(figures=figures), PLANT, NOW, spoken=spoken) for spoken in (False, True)
    ]
    return Answer(text=text or said[0], spoken=said[1], figures=figures, widgets=())


def test_an_honest_answer_passes_and_speaks_the_unit() -> None:
    honest = answer(LATEST, figure("chiller_001", 94.6712))
    check_answer(honest, LATEST, FACTS, PLANT, now=NOW)
    assert "94.7 kilowatts" in honest.spoken and "94.7 kW" in honest.text


def test_a_comparison_binds_each_number_to_its_machine() -> None:
    figures = figure("chiller_001", 94.6712, "avg", 1440), figure("chiller_012", 88.2, "avg", 1440)
    honest = answer(COMPARE, *figures)
    check_answer(honest, COMPARE, FACTS, PLANT, now=NOW)
    swapped = honest.text.replace("94.7", "#").replace("88.2", "94.7").replace("#", "88.2")
    with pytest.raises(UnverifiedFigure):
        check_answer(replace(honest, text=swapped), COMPARE, FACTS, PLANT, now=NOW)


@pytest.mark.parametrize(
    "text",
    [
        "Chiller 1 power consumption is 94.8 kW.",
        "Chiller 1 power consumption is 94.7 kW, 12 % more than usual.",
        "Chiller 1 power consumption is 94.71 kW.",
        "Chiller 1 power consumption is -94.7 kW.",
        "Power is 94.7 kW.",  # whose?
        "Chiller 2 power consumption is 94.7 kW.",
        "Chiller 1 power consumption is 1,094.7 kW.",
        "Chiller 1 power consumption is 94.7 kW at stage T12.",
    ],
)
def test_a_figure_without_its_rows_is_never_sent(text: str) -> None:
    dishonest = answer(LATEST, figure("chiller_001", 94.6712), text=text)
    with pytest.raises(UnverifiedFigure):
        check_answer(dishonest, LATEST, FACTS, PLANT, now=NOW)


@pytest.mark.parametrize("bad", [figure("chiller_001", 94.7, rows=0), figure("chiller_001", float("nan"))])
def test_figures_need_rows_and_a_number(bad: Figure) -> None:
    with pytest.raises(UnverifiedFigure):
        check_answer(answer(LATEST, bad), LATEST, FACTS, PLANT, now=NOW)


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("PT24H", "over the last 24 hours"),
        ("PT1H", "over the last hour"),
        ("P7D", "over the last 7 days"),
        ("yesterday", "yesterday"),
    ],
)
def test_windows_are_reported_in_words(label: str, said: str) -> None:
    window = Window(start=DAY.start, end=DAY.end, label=label)
    assert quantities.period(window, PLANT_ZONE, NOW) == said


def test_a_window_of_dates_is_reported_in_plant_time() -> None:
    window = Window(start=datetime(2026, 3, 3, 8, 30, tzinfo=UTC), end=datetime(2026, 3, 4, 8, 30, tzinfo=UTC))
    assert quantities.period(window, PLANT_ZONE, NOW) == "from 14:00 on 3 Mar 2026 to 14:00 today"
