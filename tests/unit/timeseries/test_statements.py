"""The planner cuts windows exactly, on the plant's clock, and steps suit their windows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from cc_common.core.errors import InvalidInput
from cc_common.core.windows import HOUR, ONE_DAY, PlantClock, Window
from cc_common.timeseries.series import MAX_POINTS, STEPS, SUITABLE_POINTS, bucket_starts, step_for
from cc_common.timeseries.statements import FROM_HOURS, split_window

ZONES = ("Asia/Kolkata", "Europe/Berlin", "Asia/Kathmandu", "America/Havana", "America/Santiago", "Australia/Lord_Howe")
CLOCKS = {tz: PlantClock(tz) for tz in ZONES}

zones = st.sampled_from(ZONES)
moments = st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
lengths = st.one_of(
    st.timedeltas(timedelta(seconds=1), timedelta(hours=3)),
    st.timedeltas(timedelta(hours=1), timedelta(days=3)),
    st.timedeltas(timedelta(days=1), timedelta(days=1000)),
    st.integers(1, 100).map(lambda days: timedelta(days=days)),
)
windows = st.builds(lambda start, length: Window(start=start, end=start + length), moments, lengths)


def _window(start: str, end: str) -> Window:
    return Window(start=datetime.fromisoformat(start), end=datetime.fromisoformat(end))


@given(zones, windows)
def test_stretches_follow_each_other_from_start_to_end(tz: str, window: Window) -> None:
    stretches = split_window(CLOCKS[tz], window)
    assert (stretches[0].start, stretches[-1].end) == (window.start, window.end)
    assert all(one.end == next_.start for one, next_ in pairwise(stretches))
    assert all(s.start < s.end for s in stretches)
    assert len(stretches) <= 5


@given(zones, windows)
def test_rollups_are_read_by_whole_buckets_only(tz: str, window: Window) -> None:
    clock = CLOCKS[tz]
    for stretch in split_window(clock, window):
        for edge in (stretch.start, stretch.end):
            if stretch.source == "daily":
                assert clock.to_utc(clock.day(edge)) == edge
                assert clock.day(edge - timedelta(microseconds=1)) < clock.day(edge)
            elif stretch.source == "hourly":
                assert clock.floor(edge, HOUR) == edge


@given(zones.filter(lambda tz: CLOCKS[tz].has_whole_hours), windows)
def test_few_rows_answer_any_window(tz: str, window: Window) -> None:
    time_of = {"raw": timedelta(), "hourly": timedelta(), "daily": timedelta()}
    for stretch in split_window(CLOCKS[tz], window):
        time_of[stretch.source] += stretch.end - stretch.start
    assert time_of["raw"] < 2 * HOUR
    assert time_of["hourly"] <= 50 * HOUR


def test_a_day_of_23_or_25_hours_is_one_row_of_the_daily_rollup() -> None:
    for start, end in (
        ("2026-03-29T00:00+01:00", "2026-03-30T00:00+02:00"),
        ("2026-10-25T00:00+02:00", "2026-10-26T00:00+01:00"),
    ):
        assert [s.source for s in split_window(CLOCKS["Europe/Berlin"], _window(start, end))] == ["daily"]


def test_half_hour_zones_have_their_own_hours() -> None:
    window = _window("2026-03-01T10:00+00:00", "2026-03-01T13:00+00:00")
    found = [(s.source, s.start.minute) for s in split_window(CLOCKS["Asia/Kolkata"], window)]
    assert found == [("raw", 0), ("hourly", 30), ("raw", 30)]


def test_hours_of_a_clock_put_forward_by_half_an_hour_are_left_alone() -> None:
    window = _window("2026-04-04T00:00+11:00", "2026-04-04T20:30+11:00")
    assert not CLOCKS["Australia/Lord_Howe"].has_whole_hours
    assert [s.source for s in split_window(CLOCKS["Australia/Lord_Howe"], window)] == ["raw"]


def test_a_curve_by_hour_never_reads_days() -> None:
    window = _window("2026-03-01T00:00+05:30", "2026-03-05T00:00+05:30")
    assert [s.source for s in split_window(CLOCKS["Asia/Kolkata"], window, FROM_HOURS)] == ["hourly"]


@given(zones, windows, st.sampled_from([None, *STEPS]))
def test_buckets_follow_each_other_around_the_window(tz: str, window: Window, name: str | None) -> None:
    clock = CLOCKS[tz]
    try:
        step = step_for(clock, window, name)
    except InvalidInput:
        reject()  # too many points
    begins = bucket_starts(clock, window, step)
    assert begins[0] <= window.start < begins[1]
    assert begins[-2] < window.end <= begins[-1]
    assert all(one < next_ for one, next_ in pairwise(begins))
    assert len(begins) - 1 <= (MAX_POINTS if name else SUITABLE_POINTS)


@pytest.mark.parametrize(
    ("days", "step"),
    [(0.25, "PT1M"), (1, "PT5M"), (7, "PT1H"), (30, "PT6H"), (365, "P1D"), (1095, "P7D"), (5000, "P1M")],
)
def test_the_chosen_step_suits_the_window(days: float, step: str) -> None:
    start = datetime(2026, 3, 1, 10, 7, tzinfo=UTC)
    window = Window(start=start, end=start + timedelta(days=days))
    assert step_for(CLOCKS["Asia/Kolkata"], window, None).name == step


def test_days_weeks_and_months_begin_at_plant_midnight() -> None:
    clock = CLOCKS["Europe/Berlin"]
    window = _window("2026-03-18T10:00+01:00", "2026-04-20T10:00+02:00")
    for name in ("P1D", "P7D", "P1M"):
        begins = [b.astimezone(clock.zone) for b in bucket_starts(clock, window, step_for(clock, window, name))]
        assert all((b.hour, b.minute) == (0, 0) for b in begins)
        assert all(b.weekday() == 0 for b in begins if name == "P7D")
        assert all(b.day == 1 for b in begins if name == "P1M")


def test_a_step_too_fine_is_refused_with_one_that_fits() -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    with pytest.raises(InvalidInput, match=r"5,000.*PT5M fits"):
        step_for(CLOCKS["Asia/Kolkata"], Window(start=start, end=start + 10 * ONE_DAY), "PT1M")


@pytest.mark.parametrize("name", ["PT2H", "", "PT0S", "hour", "-PT1H"])
def test_an_unknown_step_is_refused_with_those_there_are(name: str) -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    with pytest.raises(InvalidInput, match=r"PT1M, PT5M.*P1M"):
        step_for(CLOCKS["Asia/Kolkata"], Window(start=start, end=start + ONE_DAY), name)


def test_windows_beyond_any_plant_are_refused() -> None:
    for start, end in (("0001-01-01T00:00Z", "2026-01-01T00:00Z"), ("2026-01-01T00:00Z", "9999-12-31T23:59Z")):
        window = _window(start, end)
        with pytest.raises(InvalidInput, match="between the years"):
            split_window(CLOCKS["Asia/Kolkata"], window)
