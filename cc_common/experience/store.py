"""Experiences in the database: recorded once, read by id or by the ratings of a window."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from cc_common.db import Database, queries
from cc_common.errors import NotFound
from cc_common.experience.model import BufferCounts, Experience, RatedExperience, Rating, plain
from cc_common.window import Window

_JSON = ("messages", "plan", "widgets", "figures", "evidence")


def record(app: Database, experience: Experience) -> None:
    """Writes an experience; Conflict when its id is taken."""
    row = {field.name: getattr(experience, field.name) for field in fields(experience)}
    row |= {name: to_json(row[name]) for name in _JSON} | {"context": list(experience.context)}
    with app.connection() as connection:
        connection.execute(queries("experience")["record"], row)


def get(app: Database, experience_id: str) -> Experience:
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


def counts(app: Database) -> BufferCounts:
    """What is in store; sixteen small rows are read, however much there is."""
    with app.connection() as connection:
        row: Any = connection.execute(queries("experience")["counts"]).fetchone()
    return BufferCounts(**row._asdict())


def to_json(value: Any) -> str:
    """JSON text of dataclasses, times and what JSON holds anyway."""
    return json.dumps(plain(value), ensure_ascii=False, allow_nan=False)


def _in_order(ratings: list[Rating]) -> tuple[Rating, ...]:
    return tuple(sorted(ratings, key=lambda rating: rating.id))


def _uuid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise NotFound(f"No answer has the id {text!r}.") from None
