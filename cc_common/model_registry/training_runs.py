"""Training runs: a night's ratings on their way into the served model. One runs at a time; stages record figures."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from cc_common.core.errors import Conflict, InvalidInput, NotFound
from cc_common.core.windows import Window
from cc_common.db import Database, queries

State = Literal["running", "promoted", "rejected", "skipped", "failed"]
_RUN_ID: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")


@dataclass(frozen=True, kw_only=True)
class Night:
    """One night. `figures` by stage; `reason` says why it was skipped, rejected or failed."""

    run_id: str
    window_start: datetime
    window_end: datetime
    parent: str  # the model that was served when it began
    state: State
    stage: str | None
    reason: str | None
    figures: Mapping[str, Any]
    started_at: datetime
    finished_at: datetime | None

    @property
    def window(self) -> Window:
        """The ratings it learns from: half-open."""
        return Window(start=self.window_start, end=self.window_end)


@contextmanager
def lock_nights(app: Database) -> Iterator[None]:
    """Holds the lock on nights; Conflict when another process holds it. The lock of a process that dies is released."""
    with app.connection() as connection:
        row: Any = connection.execute(queries("nights")["lock"]).fetchone()
        if not row.mine:
            raise Conflict(f"Another night is running{_which(app)}; wait for its end.")
        try:
            yield
        finally:
            connection.execute(queries("nights")["unlock"])


def begin_night(app: Database, run_id: str, window: Window, *, parent: str) -> Night:
    """Starts a night, or resumes one that was interrupted or failed, which keeps its window and parent.

    Conflict: the night has ended. Call it inside `held`: any other night marked as running is dead.
    """
    check_run_id(run_id)
    with app.transaction() as connection:
        connection.execute(queries("nights")["abandon"], {"run_id": run_id})
        given = {"run_id": run_id, "start": window.start, "end": window.end, "parent": parent}
        connection.execute(queries("nights")["begin"], given)
    night = get_night(app, run_id)
    if night.state != "running":
        raise Conflict(f"Night {run_id} has ended ({night.state}); begin another one.")
    return night


def begin_stage(app: Database, run_id: str, stage: str) -> None:
    """Records the stage that begins."""
    with app.transaction() as connection:
        connection.execute(queries("nights")["stage"], {"run_id": run_id, "stage": stage})


def end_stage(app: Database, run_id: str, stage: str, figures: Mapping[str, Any]) -> None:
    """Records a stage's figures."""
    kept = {"run_id": run_id, "stage": stage, "figures": json.dumps(figures, allow_nan=False)}
    with app.transaction() as connection:
        connection.execute(queries("nights")["figures"], kept)


def finish_night(app: Database, run_id: str, state: State, reason: str) -> Night:
    """Ends the night."""
    with app.transaction() as connection:
        connection.execute(queries("nights")["finish"], {"run_id": run_id, "state": state, "reason": reason})
    return get_night(app, run_id)


def get_night(app: Database, run_id: str) -> Night:
    """The night with that id; NotFound."""
    with app.connection() as connection:
        row = connection.execute(queries("nights")["get"], {"run_id": run_id}).fetchone()
    if row is None:
        raise NotFound(f"No night has the id {run_id!r}.")
    return Night(**row._asdict())


def newest_nights(app: Database, limit: int = 20) -> tuple[Night, ...]:
    """The nights, newest first."""
    with app.connection() as connection:
        rows = connection.execute(queries("nights")["newest"], {"limit": limit})
        return tuple(Night(**row._asdict()) for row in rows)


def interrupted_night(app: Database) -> str | None:
    """The id of the night whose process died; inside `held` no running one is alive."""
    with app.connection() as connection:
        row = connection.execute(queries("nights")["interrupted"]).fetchone()
    return row.run_id if row else None


def next_window(app: Database, now: datetime) -> Window:
    """The window of the next night: from the end of the last promoted night, else the first rating, until now.

    Ratings of a rejected night are used again, together with newer ones.
    """
    with app.connection() as connection:
        row: Any = connection.execute(queries("nights")["high_water"]).fetchone()
    start = row.learned or row.first_rating or now - timedelta(days=1)
    return Window(start=min(start, now - timedelta(seconds=1)), end=now)


def new_ratings(app: Database, window: Window) -> int:
    """The number of the window's ratings that no finished night has used."""
    with app.connection() as connection:
        row: Any = connection.execute(queries("nights")["high_water"]).fetchone()
        start = max(window.start, row.looked) if row.looked else window.start
        found: Any = connection.execute(
            queries("nights")["ratings_between"], {"start": start, "end": window.end}
        ).fetchone()
    return int(found.ratings)


def new_run_id(now: datetime) -> str:
    """A new id of a night, its UTC time: 20260304t203000z."""
    return now.astimezone(UTC).strftime("%Y%m%dt%H%M%Sz")


def check_run_id(run_id: str) -> None:
    """Checks that the id can name a folder, a file and a model; InvalidInput."""
    if not _RUN_ID.fullmatch(run_id):
        raise InvalidInput(f"A night's id has lower-case letters, digits, '.', '_', '-', at most 60; not {run_id!r}.")


def _which(app: Database) -> str:
    running = interrupted_night(app)
    return f" ({running})" if running else ""
