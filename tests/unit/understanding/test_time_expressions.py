"""Expressions of time: what an operator says, against the plant's clock (Asia/Kolkata unless said otherwise)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cc_common.core.windows import Window
from cc_common.understanding.time_expressions import find_times, find_windows

KOLKATA = "Asia/Kolkata"
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)  # a Wednesday, 15:30 at the plant

LENGTHS = {
    "last 24 hours": "PT24H",
    "over the last two hours": "PT2H",
    "last 90 minutes": "PT90M",
    "last hour": "PT1H",
    "last hour and a half": "PT90M",
    "last 1.5 hours": "PT90M",
    "last two and a half hours": "PT150M",
    "past 2 and a half hours": "PT150M",
    "for one and half hours": "PT90M",
    "two-and-a-half-hour trend": "PT150M",
    "last twenty-four and a half hours": "PT1470M",
    "past three and a half days": "PT84H",
    "last two and a half years": "P30M",
    "last one and a quarter hours": "PT75M",
    "past two and three quarter hours": "PT165M",
    "last half hour": "PT30M",
    "half an hour": "PT30M",
    "past quarter hour": "PT15M",
    "over the past quarter of an hour": "PT15M",
    "last quarter-hour": "PT15M",
    "past quarter": "P3M",
    "the last quarter hour's": "PT15M",
    "previous quarter hour": "PT15M",
    "for a quarter of an hour": "PT15M",
    "last three quarters of an hour": "PT45M",
    "past three-quarters of an hour": "PT45M",
    "last two quarter-hours": "PT30M",
    "30 min": "PT30M",
    "24h": "PT24H",
    "24-hour trend": "PT24H",
    "last twenty-four hours": "PT24H",
    "past one hundred and twenty minutes": "PT120M",
    "last couple of hours": "PT2H",
    "last day": "P1D",
    "past 7 days": "P7D",
    "7d": "P7D",
    "past week": "P7D",
    "previous 3 weeks": "P21D",
    "a fortnight": "P14D",
    "past month": "P1M",
    "last 3 months": "P3M",
    "past year": "P1Y",
    "last 2 years": "P2Y",
    "since 3 days": "P3D",
    "last 12 h": "PT12H",
    "for the last 12 h please": "PT12H",
    "12 h trend": "PT12H",
    "past 30 m": "PT30M",
    "last 3 hrs": "PT3H",
    "last 2 d": "P2D",
}
CALENDAR = {
    "today": ("11-25 00:00", "11-25 15:30", "today"),
    "so what happened since midnight": ("11-25 00:00", "11-25 15:30", "today"),
    "yesterday's power": ("11-24 00:00", "11-25 00:00", "yesterday"),
    "last quarter": ("07-01 00:00", "10-01 00:00", None),
    "this quarter": ("10-01 00:00", "11-25 15:30", None),
    "this quarter hour": ("11-25 15:30", "11-25 15:31", None),
    "previous day": ("11-24 00:00", "11-25 00:00", "yesterday"),
    "this week so far": ("11-23 00:00", "11-25 15:30", "this_week"),
    "week to date": ("11-23 00:00", "11-25 15:30", "this_week"),
    "last week": ("11-16 00:00", "11-23 00:00", "last_week"),
    "this month": ("11-01 00:00", "11-25 15:30", "this_month"),
    "over the last month": ("10-01 00:00", "11-01 00:00", "last_month"),
    "tomorrow": ("11-26 00:00", "11-27 00:00", "tomorrow"),
    "next week": ("11-30 00:00", "12-07 00:00", "next_week"),
    "since yesterday": ("11-24 00:00", "11-25 15:30", None),
    "since Monday": ("11-23 00:00", "11-25 15:30", None),
    "on Monday": ("11-23 00:00", "11-24 00:00", None),
    "monday last week": ("11-16 00:00", "11-17 00:00", None),
    "day before yesterday": ("11-23 00:00", "11-24 00:00", None),
    "this morning": ("11-25 06:00", "11-25 12:00", None),
    "last night": ("11-24 22:00", "11-25 06:00", None),
    "in november": ("11-01 00:00", "12-01 00:00", None),
    "3 days ago": ("11-22 00:00", "11-23 00:00", None),
}
EXPLICIT = {
    "between 2 pm and 5 pm": ("11-25 14:00", "11-25 17:00"),
    "yesterday between 2 and 5 pm": ("11-24 14:00", "11-24 17:00"),
    "from 11 to 2 pm": ("11-25 11:00", "11-25 14:00"),
    "between 10 and 12 yesterday": ("11-24 10:00", "11-24 12:00"),
    "from 10:00 to 12:00": ("11-25 10:00", "11-25 12:00"),
    "between 8 am and now": ("11-25 08:00", "11-25 15:30"),
    "from 10 pm to 6 am": ("11-24 22:00", "11-25 06:00"),
    "between 5 pm and 2 pm today": ("11-24 17:00", "11-25 14:00"),
    "since 10 pm": ("11-24 22:00", "11-25 15:30"),
    "after 6 pm yesterday": ("11-24 18:00", "11-25 00:00"),
    "until 6 am": ("11-25 00:00", "11-25 06:00"),
    "at 3 pm yesterday": ("11-24 15:00", "11-24 15:01"),
    "quarter of an hour ago": ("11-25 15:15", "11-25 15:16"),
    "three quarters of an hour ago": ("11-25 14:45", "11-25 14:46"),
    "2 hours ago": ("11-25 13:30", "11-25 13:31"),
    "two and a half hours ago": ("11-25 13:00", "11-25 13:01"),
    "on 12 November": ("11-12 00:00", "11-13 00:00"),
    "on 2026-11-12": ("11-12 00:00", "11-13 00:00"),
    "12/11/2026": ("11-12 00:00", "11-13 00:00"),
    "from 1 Nov to 5 Nov": ("11-01 00:00", "11-06 00:00"),
    "1-5 Nov": ("11-01 00:00", "11-06 00:00"),
    "from 20 Nov to 30 Nov": ("11-20 00:00", "12-01 00:00"),
    "from 1 Nov onwards": ("11-01 00:00", "11-25 15:30"),
    "2026-11-12T10:00Z to 2026-11-12T12:00Z": ("11-12 15:30", "11-12 17:30"),
}
STEPS = {
    "power by hour today": "PT1H",
    "hourly trend of yesterday": "PT1H",
    "trips per day": "P1D",
    "daily energy last month": "P1D",
    "every 15 minutes for 24 hours": "PT15M",
    "15 minute average": "PT15M",
    "half-hourly": "PT30M",
    "quarter-hourly": "PT15M",
    "every quarter hour": "PT15M",
    "by quarter of an hour": "PT15M",
    "last quarter hourly": "PT1H",
    "each week": "P7D",
    "day by day": "P1D",
}


def _only(text: str, *, now: datetime = NOW, tz: str = KOLKATA) -> Window:
    (found,) = find_windows(text, now=now, tz=tz)
    return found.window


def _local(moment: datetime, tz: str = KOLKATA) -> str:
    return moment.astimezone(ZoneInfo(tz)).strftime("%m-%d %H:%M")


@pytest.mark.parametrize(("text", "label"), LENGTHS.items())
def test_a_length_ends_now_and_keeps_how_it_was_asked(text: str, label: str) -> None:
    window = _only(text)
    assert (window.label, window.end) == (label, NOW)


@pytest.mark.parametrize(("text", "expected"), CALENDAR.items())
def test_calendar_words_are_cut_on_the_plants_clock(text: str, expected: tuple[str, str, str | None]) -> None:
    window = _only(text)
    assert (_local(window.start), _local(window.end), window.label) == expected


@pytest.mark.parametrize(("text", "expected"), EXPLICIT.items())
def test_explicit_times_have_no_label(text: str, expected: tuple[str, str]) -> None:
    window = _only(text)
    assert (_local(window.start), _local(window.end), window.label) == (*expected, None)


@pytest.mark.parametrize(("text", "step"), STEPS.items())
def test_words_for_a_step_give_its_width(text: str, step: str) -> None:
    assert find_times(text, now=NOW, tz=KOLKATA).step == step


def test_next_24_hours_lies_ahead() -> None:
    window = _only("next 24 hours")
    assert (window.start, window.end - window.start, window.label) == (NOW, timedelta(hours=24), "PT24H")


@pytest.mark.parametrize("text", ["next quarter hour", "coming quarter of an hour", "over the next quarter-hour"])
def test_the_next_quarter_hour_lies_ahead(text: str) -> None:
    assert _only(text) == Window(start=NOW, end=NOW + timedelta(minutes=15), label="PT15M")


def test_a_bare_length_follows_the_direction_of_the_sentence() -> None:
    assert _only("forecast chiller 1 load for 24 hours").start == NOW
    assert _only("chiller 1 load for 24 hours").end == NOW


def test_two_windows_come_in_order() -> None:
    found = find_windows("compare today with yesterday", now=NOW, tz=KOLKATA)
    assert [f.window.label for f in found] == ["today", "yesterday"]


def test_a_span_is_the_words_that_said_it() -> None:
    text = "power of chiller 1 over the last 2 hours please"
    (found,) = find_windows(text, now=NOW, tz=KOLKATA)
    assert text[slice(*found.span)] == "over the last 2 hours"


@pytest.mark.parametrize(
    "text", ["on 31 February", "at 13 am", "last 0 hours", "on the 1st floor", "the last 5 readings", ""]
)
def test_what_is_no_time_gives_no_window(text: str) -> None:
    assert find_windows(text, now=NOW, tz=KOLKATA) == ()


@pytest.mark.parametrize(
    "text", ["last 999999999 years", "last 99999999999999999999999999 hours", "last 9999999 months"]
)
def test_absurd_lengths_count_as_a_hundred_years(text: str) -> None:
    assert timedelta(days=36_400) < NOW - _only(text).start < timedelta(days=36_600)


def test_days_are_calendar_days_when_the_clocks_change() -> None:
    after = datetime(2026, 3, 30, 10, 0, tzinfo=UTC)  # Berlin lost an hour on 29 March
    day = _only("on 29 March", now=after, tz="Europe/Berlin")
    week = _only("past 7 days", now=after, tz="Europe/Berlin")
    assert day.end - day.start == timedelta(hours=23)
    assert _local(week.start, "Europe/Berlin") == "03-23 12:00"


def test_today_lasts_at_least_one_minute() -> None:
    midnight = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)
    assert _only("today", now=midnight).end - midnight == timedelta(minutes=1)


_PIECES = st.sampled_from(
    [*LENGTHS, *CALENDAR, *EXPLICIT, *STEPS, "31 February", "25:99", "99/99/2026", "since", "to", "-"]
)


@settings(max_examples=150, deadline=None)
@given(
    text=st.one_of(st.text(max_size=300), st.lists(st.one_of(_PIECES, st.text(max_size=5)), max_size=12).map(" ".join)),
    now=st.datetimes(min_value=datetime(1972, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    tz=st.sampled_from([KOLKATA, "America/New_York", "Australia/Lord_Howe", "UTC"]),
)
def test_any_text_gives_ordered_windows_within_it(text: str, now: datetime, tz: str) -> None:
    for found in find_windows(text, now=now, tz=tz):
        assert found.window.start < found.window.end
        assert 0 <= found.span[0] < found.span[1] <= len(text)
