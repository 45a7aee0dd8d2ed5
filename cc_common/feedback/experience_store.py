"""Experiences in the database, read by id or by the ratings of a window; the course of learning."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from cc_common.core.errors import NotFound
from cc_common.core.windows import Window
from cc_common.db import Database, queries
from cc_common.feedback.experience import BufferCounts, Experience, RatedExperience, Rating, to_json_value

_JSON = ("messages", "plan", "widgets", "figures", "evidence")


def record_experience(app: Database, experience: Experience) -> None:
    """Writes an experience; Conflict when its id is taken."""
    row = {field.name: getattr(experience, field.name) for field in fields(experience)}
    row |= {name: to_json(row[name]) for name in _JSON} | {"context": list(experience.context)}
    with app.transaction() as connection:
        connection.execute(queries("experience")["record"], row)


def get_experience(app: Database, experience_id: str) -> Experience:
    """The experience with that id; NotFound."""
    with app.connection() as connection:
        row = connection.execute(queries("experience")["get"], {"id": _uuid(experience_id)}).fetchone()
    if row is None:
        raise NotFound(f"No answer has the id {experience_id!r}.")
    return Experience.from_row(row)


def rated_between(app: Database, start: datetime, end: datetime) -> list[RatedExperience]:
    """Experiences rated at start <= time < end, oldest first. Later ratings do not count: same window, same list."""
    window = Window(start=start, end=end)
    by_experience: dict[str, list[Rating]] = defaultdict(list)
    with app.transaction() as connection:
        given = {"start": window.start, "end": window.end}
        for row in connection.execute(queries("experience")["rated_between"], given):
            by_experience[row.experience_id].append(Rating(**row._asdict()))
        rows = connection.execute(queries("experience")["many"], {"ids": list(by_experience)}).fetchall()
    return [
        RatedExperience(experience=Experience.from_row(row), ratings=_in_order(by_experience[row.id])) for row in rows
    ]


def last_plan(app: Database, session_id: str, since: datetime) -> Mapping[str, Any] | None:
    """The plan of the session's newest answered question since then; None when there is none."""
    asked = {"session_id": session_id, "since": since}
    with app.connection() as connection:
        row = connection.execute(queries("experience")["last_plan"], asked).fetchone()
    return row.plan if row else None


def buffer_counts(app: Database) -> BufferCounts:
    """Counts of experiences and ratings, from sixteen counter rows."""
    with app.connection() as connection:
        row: Any = connection.execute(queries("experience")["counts"]).fetchone()
    return BufferCounts(**row._asdict())


def to_json(value: Any) -> str:
    """JSON text of dataclasses, times and what JSON holds anyway."""
    return json.dumps(to_json_value(value), ensure_ascii=False, allow_nan=False)


def _in_order(ratings: list[Rating]) -> tuple[Rating, ...]:
    return tuple(sorted(ratings, key=lambda rating: rating.id))


def _uuid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise NotFound(f"No answer has the id {text!r}.") from None


@dataclass(frozen=True, kw_only=True)
class LossSegment:
    """A run of Tier-1 steps and their mean loss in nats per rated widget, measured before each step."""

    first: int
    last: int
    steps: int
    loss: float
    until: datetime


@dataclass(frozen=True, kw_only=True)
class DailyRatings:
    """The number of ratings of one plant day."""

    day: date
    up: int
    down: int
    corrections: int


@dataclass(frozen=True, kw_only=True)
class WidgetPlacement:
    """A widget type in the newest answers: times shown, times first; mean position, propensity and score."""

    type: str
    shown: int
    first: int
    position: float
    propensity: float | None  # None: every order was fixed
    score: float


def loss_segments(app: Database, stretches: int) -> tuple[LossSegment, ...]:
    """All Tier-1 steps in at most `stretches` segments, oldest first."""
    with app.connection() as connection:
        rows = connection.execute(queries("learning")["steps"], {"stretches": stretches})
        return tuple(LossSegment(**row._asdict()) for row in rows)


def daily_ratings(app: Database, days: int, tz: str, *, now: datetime) -> tuple[DailyRatings, ...]:
    """Ratings of the last `days` days in the zone `tz`, today included, oldest first; days without have zeros."""
    zone = ZoneInfo(tz)
    first = now.astimezone(zone).date() - timedelta(days=days - 1)
    since = datetime.combine(first, time(), zone)
    with app.connection() as connection:
        rows = connection.execute(queries("learning")["days"], {"tz": tz, "since": since})
        found = {row.day: DailyRatings(**row._asdict()) for row in rows}
    every = (first + timedelta(days=i) for i in range(days))
    return tuple(found.get(day) or DailyRatings(day=day, up=0, down=0, corrections=0) for day in every)


def widget_placements(app: Database, answers: int) -> tuple[WidgetPlacement, ...]:
    """Widget types of the newest `answers` answers, ordered by mean position."""
    with app.connection() as connection:
        rows = connection.execute(queries("learning")["placements"], {"answers": answers})
        return tuple(WidgetPlacement(**row._asdict()) for row in rows)
