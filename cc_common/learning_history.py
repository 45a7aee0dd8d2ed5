"""How learning went: the course of Tier 1's loss, ratings by day, and where widgets were placed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cc_common.db import Database, queries


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Steps of Tier 1 in a row; their mean loss in nats per rated widget, each before its step."""

    first: int
    last: int
    steps: int
    loss: float
    until: datetime


@dataclass(frozen=True, kw_only=True)
class RatedDay:
    """A day of the plant, and the ratings it brought."""

    day: date
    up: int
    down: int
    corrections: int


@dataclass(frozen=True, kw_only=True)
class Placement:
    """A type of widget in the newest answers: how often shown, how often in front; means of place, chance and score."""

    type: str
    shown: int
    first: int
    position: float
    propensity: float | None  # None: every order was fixed
    score: float


def loss_course(app: Database, stretches: int) -> tuple[Stretch, ...]:
    """Every step there was, in at most so many stretches, the oldest first."""
    with app.connection() as connection:
        rows = connection.execute(queries("learning")["steps"], {"stretches": stretches})
        return tuple(Stretch(**row._asdict()) for row in rows)


def rated_days(app: Database, days: int, tz: str, *, now: datetime) -> tuple[RatedDay, ...]:
    """The last so many days in the zone `tz`, today included, the oldest first; quiet days have zeros."""
    zone = ZoneInfo(tz)
    first = now.astimezone(zone).date() - timedelta(days=days - 1)
    since = datetime.combine(first, time(), zone)
    with app.connection() as connection:
        rows = connection.execute(queries("learning")["days"], {"tz": tz, "since": since})
        found = {row.day: RatedDay(**row._asdict()) for row in rows}
    every = (first + timedelta(days=i) for i in range(days))
    return tuple(found.get(day) or RatedDay(day=day, up=0, down=0, corrections=0) for day in every)


def placements(app: Database, answers: int) -> tuple[Placement, ...]:
    """The widgets of the newest so many answers by type, those that stood highest first."""
    with app.connection() as connection:
        rows = connection.execute(queries("learning")["placements"], {"answers": answers})
        return tuple(Placement(**row._asdict()) for row in rows)
