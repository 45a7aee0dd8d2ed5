"""For whom transactions are made: triggers that keep the audit log read it from the setting cc.actor."""

from __future__ import annotations

import json
from contextvars import ContextVar
from typing import Any, Final

import psycopg

_ACTOR: Final[ContextVar[str | None]] = ContextVar("actor", default=None)


def act_for(role: str, client: str | None, request_id: str) -> None:
    """This thread's transactions are this caller's from now on, until act_for_ourselves()."""
    _ACTOR.set(json.dumps({"role": role, "client": client, "request_id": request_id}))


def act_for_ourselves() -> None:
    """This thread's transactions are the system's own."""
    _ACTOR.set(None)


def announce(connection: psycopg.Connection[Any]) -> None:
    """Tells the open transaction for whom it is; for ourselves it costs nothing."""
    actor = _ACTOR.get()
    if actor is not None:
        connection.execute("SELECT set_config('cc.actor', %s, true)", (actor,))
