"""Whose running says that a machine should run: learned from weeks of hours; and when it is told that it does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from cc_common.alerts.evaluation import find_alerts, is_resolved
from cc_common.alerts.peer_groups import DutySchedule, PeerGroup, find_peer_groups
from cc_common.alerts.snapshot import AnalyticsState, Snapshot
from cc_common.analytics.anomalies.hours import Hours
from cc_common.analytics.anomalies.robust_statistics import Flags
from cc_common.simulator import PLANT
from tests.unit.alerts.test_alert_rules import MINUTE, NOW, Readings, rows, standing

KIND = PLANT.type("chiller")
KIND = replace(KIND, metrics=tuple(m for m in KIND.metrics if m.name == "power_consumption_kw"))
POWER = KIND.metrics[0].name
FIRST, DAYS = date(2026, 1, 5), 84
TODAY = FIRST + timedelta(days=DAYS)
NAMES = [f"chiller_{n:03d}" for n in range(1, 5)]
CLOCK = np.arange(24 * DAYS)
HOUR, DAY = CLOCK % 24, CLOCK // 24


def hours(*on: Flags) -> Hours:
    """Chillers that run from the beginning to the end of those hours, in UTC."""
    ran = np.stack([np.asarray(own, np.float64)[None] for own in on])
    count = np.full(ran.shape, 60.0)
    start = int(datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC).timestamp()) * 1_000_000
    names = tuple(NAMES[: len(on)])
    return Hours(
        kind=KIND, machines=names, start=start, mean=ran, low=ran, high=ran, count=count, rows=count[:, 0].copy()
    )


def company(*on: Flags, of: int = 0, day: date = TODAY) -> list[tuple[str, ...]]:
    return [c.machines for c in find_peer_groups(hours(*on), "UTC", day).get(NAMES[of], ())]


def test_machines_in_step_are_company_and_others_are_none() -> None:
    by_day, by_night = (HOUR >= 6) & (HOUR < 22), (HOUR < 6) | (HOUR >= 22)
    assert company(by_day, by_day, by_night) == [(NAMES[1],)]


def test_the_last_to_start_says_that_the_first_should_run_but_not_the_other_way() -> None:
    first, last = (HOUR >= 6) & (HOUR < 22), (HOUR >= 10) & (HOUR < 18)
    assert company(first, last) == [(NAMES[1],)]
    assert company(last, first) == []


def test_one_fault_of_the_past_is_no_habit_and_two_days_of_standing_are() -> None:
    by_day = (HOUR >= 6) & (HOUR < 22)
    assert company(by_day & (DAY != 40), by_day) == [(NAMES[1],)]
    assert company(by_day & ((DAY < 40) | (DAY > 41)), by_day) == []


def test_two_weeks_are_too_short() -> None:
    by_day = (HOUR >= 6) & (HOUR < 22)
    known = hours(by_day, by_day)
    assert find_peer_groups(known.between(0, 13 * 24), "UTC", FIRST + timedelta(days=13)) == {}
    assert find_peer_groups(known.between(0, 15 * 24), "UTC", FIRST + timedelta(days=15))


def test_of_those_that_take_turns_the_later_says_that_the_earlier_should_run() -> None:
    """Three share a load by turns of a day: the first all day, the second by day, the last at noon."""
    longest = [HOUR >= 0, (HOUR >= 6) & (HOUR < 22), (HOUR >= 11) & (HOUR < 14)]
    turns = [np.choose((DAY + own) % 3, longest) for own in range(3)]
    order = sorted(range(3), key=lambda own: (DAYS + own) % 3)
    found = find_peer_groups(hours(*turns), "UTC", TODAY)
    assert {c.machines for c in found[NAMES[order[0]]]} == {tuple(NAMES[at] for at in sorted(order[1:]))}
    assert {c.machines for c in found[NAMES[order[1]]]} == {(NAMES[order[2]],)}
    assert NAMES[order[2]] not in found
    assert all(c.turn and c.days >= DAYS // 6 for own in found.values() for c in own)


DUTY = DutySchedule(
    since=NOW - timedelta(hours=9),
    companies={NAMES[0]: (PeerGroup(machines=tuple(NAMES[1:]), power=POWER, days=61, turn=False),)},
)


def view(given: Mapping[str, Readings], duty: DutySchedule = DUTY) -> Snapshot:
    """The power of chillers, minute by minute."""
    recent = {machine: rows(machine, POWER, values) for machine, values in given.items()}
    latest = {machine: own[-1] for machine, own in recent.items()}
    return Snapshot(now=NOW, catalog=PLANT, latest=latest, recent=recent, frozen=(), unusual=AnalyticsState(duty=duty))


ON: Readings = [180.0] * 30
OFF: Readings = [180.0] * 8 + [0.0] * 22


def test_a_machine_that_stands_while_its_company_runs_is_an_alert() -> None:
    (found,) = find_alerts(view({NAMES[0]: OFF, **dict.fromkeys(NAMES[1:], ON)}))
    assert (found.cause, found.severity) == ((NAMES[0], POWER, "stopped"), "warning")
    assert found.message == (
        "Chiller 1 stopped at 14:38: power consumption is 0 kW. Chiller 2, Chiller 3 and 1 more run "
        "on; beside them it has always run, on 61 days."
    )
    assert found.evidence and found.evidence.rows == 22 and found.evidence.start == NOW.replace(second=0) - 22 * MINUTE


@pytest.mark.parametrize(
    "own",
    [
        [180.0] * 11 + [0.0] * 19,  # not for long enough
        [0.0] * 29 + [180.0],  # it has just started
        [0.0] * 10 + [5.0] + [0.0] * 19,  # nor in one piece
        [0.0] * 12 + [None] * 18,  # nobody knows
        ON,
    ],
)
def test_a_machine_that_stands_for_a_short_time_raises_no_alert(own: Readings) -> None:
    assert find_alerts(view({NAMES[0]: own, **dict.fromkeys(NAMES[1:], ON)})) == []


def test_one_of_a_company_is_not_enough_unless_there_is_no_other() -> None:
    alone = {NAMES[0]: OFF, NAMES[1]: ON, NAMES[2]: [0.0] * 30, NAMES[3]: [0.0] * 30}
    assert find_alerts(view(alone)) == []
    small = DutySchedule(
        since=DUTY.since,
        companies={NAMES[0]: (PeerGroup(machines=(NAMES[1],), power=POWER, days=61, turn=False),)},
    )
    assert len(find_alerts(view(alone, small))) == 1


def test_a_company_that_has_just_started_is_waited_for() -> None:
    started: Readings = [0.0] * 15 + [180.0] * 15
    assert find_alerts(view({NAMES[0]: [0.0] * 30, **dict.fromkeys(NAMES[1:], started)})) == []


def test_a_turn_that_has_just_begun_is_waited_for() -> None:
    (mates,) = DUTY.companies[NAMES[0]]
    turn = {NAMES[0]: (replace(mates, turn=True),)}
    given = {NAMES[0]: OFF, **dict.fromkeys(NAMES[1:], ON)}
    assert find_alerts(view(given, DutySchedule(since=NOW - 10 * MINUTE, companies=turn))) == []
    (found,) = find_alerts(view(given, DutySchedule(since=NOW - 60 * MINUTE, companies=turn)))
    assert found.message.endswith("on 61 days of this turn.")


def test_it_is_over_when_it_runs_again_or_its_company_rests_too() -> None:
    alert = replace(standing(POWER, "stopped", 0.0), equipment=NAMES[0])
    rest, runs = dict.fromkeys(NAMES[1:], [0.0] * 30), dict.fromkeys(NAMES[1:], ON)
    assert not is_resolved(view({NAMES[0]: OFF, **runs}), alert)
    assert not is_resolved(view({NAMES[0]: [0.0] * 26 + [180.0] * 4, **runs}), alert)
    assert is_resolved(view({NAMES[0]: [0.0] * 25 + [180.0] * 5, **runs}), alert)
    assert is_resolved(view({NAMES[0]: OFF, **rest}), alert)


def test_of_a_company_that_is_not_heard_or_known_any_more_nobody_knows() -> None:
    alert = replace(standing(POWER, "stopped", 0.0), equipment=NAMES[0])
    assert not is_resolved(view({NAMES[0]: OFF, **dict.fromkeys(NAMES[1:], [None] * 30)}), alert)
    assert not is_resolved(view({NAMES[0]: OFF, **dict.fromkeys(NAMES[1:], ON)}, DutySchedule(since=NOW)), alert)
