"""What is said of the time ahead: the side and the window of a level, what was left out, zeros, several machines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pytest

from cc_common.answers import Answer, compose_answer
from cc_common.db import Database
from cc_common.planning import parse_plan
from cc_common.simulator import PLANT
from cc_common.timeseries.rows import Rows
from cc_common.timeseries.writer import bulk_load
from cc_common.understanding import Resolver
from tests.support.answer_sources import plant_sources

NOW = datetime(2026, 3, 4, 9, 42, tzinfo=UTC)  # 15:12 in the plant
MINUTE_US = 60_000_000
RESOLVER = Resolver(PLANT)
Ask = Callable[[str], Answer]


def wave(days: int = 12) -> np.ndarray:
    """From 70 to 130 kW each day: 120 kW and falling by now, 100 kW around 18:00, highest around noon."""
    minutes = np.arange(-days * 1440, 0)
    noise = np.random.default_rng(4).standard_normal(len(minutes)) / 10
    return 100 + 30 * np.sin(2 * np.pi * minutes / 1440 + np.pi - np.arcsin(2 / 3)) + noise


def load(database: Database, machine: str, values: np.ndarray) -> None:
    kind = PLANT.type("chiller")
    table = np.full((len(values), len(kind.metrics)), np.nan, np.float32)
    table[:, [m.name for m in kind.metrics].index("power_consumption_kw")] = values
    ts = int(NOW.timestamp()) * 1_000_000 - MINUTE_US * np.arange(len(values), 0, -1, dtype=np.int64)
    with database.connection() as connection:
        bulk_load(connection, PLANT, machine, Rows(ts, table))


def asking(database: Database, line: str = "forecast 1 a: forecast trend") -> Ask:
    sources = plant_sources(database)

    def ask(question: str) -> Answer:
        return compose_answer(parse_plan(line, RESOLVER.resolve(question, now=NOW), PLANT, now=NOW), sources, now=NOW)

    return ask


@pytest.fixture
def ask(catalog_db: Database) -> Ask:
    load(catalog_db, "chiller_002", wave())
    return asking(catalog_db)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("when will chiller 2 power exceed 100 kW", "is above 100 kW already: 119.9 kW at 15:11."),
        ("when will chiller 2 power rise above 100 kW", "is above 100 kW already: 119.9 kW at 15:11."),
        ("will chiller 2 power stay under 100.5 kW over the next 6 hours", "is above 100.5 kW already: 119.9 kW at"),
        ("when will chiller 2 power drop below 125 kW", "is below 125 kW already: 119.9 kW at 15:11."),
    ],
)
def test_a_level_that_is_passed_already_is_reported_by_the_newest_reading(ask: Ask, question: str, said: str) -> None:
    answer = ask(question)
    assert said in answer.text
    newest = answer.figures[0]
    assert (newest.statistic, newest.evidence.statistic, newest.evidence.rows) == ("last", "last", 1)
    assert answer.widgets[0].type == "forecast" and answer.widgets[0].data["points"]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("when will chiller 2 power drop below 100 kW", "is forecast to reach 100 kW around 18:00, between "),
        ("when will chiller 2 power reach 100 kW", "is forecast to reach 100 kW around 18:00, between "),
        ("will chiller 2 power stay above 100 kW over the next 6 hours", "is forecast to reach 100 kW around 18:00"),
        ("when will chiller 2 power exceed 125 kW", "is forecast to reach 125 kW around 10:00 on 5 Mar 2026"),
        (
            "will chiller 2 power exceed 125 kW in the next 2 hours",
            "is not forecast to reach 125 kW over the next 2 hours; it is forecast to do so around 10:00 on 5 Mar 2026",
        ),
        ("will chiller 2 power exceed 125 kW tomorrow", "is forecast to reach 125 kW around 10:00 on 5 Mar 2026"),
        (
            "will chiller 2 power be below 80 kW tomorrow",
            "is forecast to be below 80 kW already when that begins, around 00:00 on 5 Mar 2026.",
        ),
        (
            "will chiller 2 power exceed 500 kW tomorrow",
            "is not forecast to reach 500 kW tomorrow, nor at any time before ",
        ),
        ("will chiller 2 power reach 100 kW tomorrow", "is forecast to reach 100 kW around 06:00 on 5 Mar 2026"),
    ],
)
def test_the_side_and_the_window_of_a_level_are_heeded(ask: Ask, question: str, said: str) -> None:
    answer = ask(question)
    assert said in answer.text and "already:" not in answer.text


def test_a_peak_and_its_band_are_reported_together(ask: Ask) -> None:
    text = ask("forecast chiller 2 power for the next 24 hours").text
    *_, whole = text.split(", with a peak of ")
    assert whole.startswith("129.") and " kW around 11:00 on 5 Mar 2026 (between 1" in whole
    assert whole.endswith(" kW with 90 percent probability).")


def test_what_was_left_out_is_reported_last_in_plant_time(catalog_db: Database) -> None:
    values = wave()
    values[-9 * 60 :] = 123.0
    load(catalog_db, "chiller_002", values)
    for question in ("forecast chiller 2 power", "when will chiller 2 power reach 80 kW"):
        answer = asking(catalog_db)(question)
        assert answer.text.endswith("The readings have stood still since 07:00; those are left out.")
        assert "stood still" not in answer.spoken


def test_without_a_forecast_the_note_is_in_plant_time(catalog_db: Database) -> None:
    values = wave()
    values[-40 * 60 :] = 123.0
    load(catalog_db, "chiller_002", values)
    assert "since 00:00 on 3 Mar 2026" in asking(catalog_db)("forecast chiller 2 power").text


def test_what_rests_is_forecast_to_stay_at_zero(catalog_db: Database) -> None:
    load(catalog_db, "chiller_002", np.zeros(5 * 1440))
    answer = asking(catalog_db)("forecast chiller 2 power")
    assert answer.text == "Chiller 2 power consumption is forecast to stay at 0.0 kW over the next 24 hours."


def test_each_machine_named_is_forecast(catalog_db: Database) -> None:
    load(catalog_db, "chiller_001", wave())
    load(catalog_db, "chiller_002", wave() * 2)
    answer = asking(catalog_db)("forecast chiller 1, chiller 2 and chiller 9 power tomorrow")
    assert answer.text.count(" power consumption is forecast to average ") == 2
    assert "A forecast of Chiller 9 power consumption needs 2 days of history" in answer.text
    drawn = [w.data["equipment"] for w in answer.widgets if w.type == "forecast"]
    assert drawn == ["chiller_001", "chiller_002"]


def test_a_time_that_has_passed_is_no_forecast(ask: Ask) -> None:
    text = ask("forecast chiller 2 power yesterday").text
    assert text.startswith("What was yesterday lies in the past; a forecast is of the time ahead. Chiller 2 power ")
    assert "over the next 24 hours" in text


def test_a_level_is_looked_for_from_the_side_of_the_newest_reading(catalog_db: Database) -> None:
    values = wave()
    values[-5:] = 95.0  # the hour before is above 100
    load(catalog_db, "chiller_002", values)
    answer = asking(catalog_db)("when will chiller 2 power exceed 100 kW")
    assert "is forecast to reach 100 kW around 16:00" in answer.text


def test_a_whole_level_may_end_a_figure(catalog_db: Database) -> None:
    values = wave()
    values[-1] = 14.7
    load(catalog_db, "chiller_002", values)
    assert "is above 7 kW already: 14.7 kW" in asking(catalog_db)("when will chiller 2 power exceed 7 kW").text
