"""The audit log: who rated, acknowledged, cleared, or changed what is served. Triggers write it; here it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from cc_common.db import Database, queries

Action = Literal[
    "rated",
    "acknowledged",
    "shelved",
    "unshelved",
    "escalated",
    "cleared",
    "activated",
    "rolled back",
    "withdrawn",
]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One act. `role` is "system" where no request made it; `subject` the answer, alert or model version."""

    id: int
    at: datetime
    action: Action
    role: str
    who: str | None
    client: str | None
    request_id: str | None
    subject: str
    what: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class AuditPage:
    """Entries, newest first; `next` is the cursor of the page after."""

    items: tuple[Entry, ...]
    total: int
    next: int | None


def find(app: Database, *, action: Action | None = None, limit: int = 100, cursor: int | None = None) -> AuditPage:
    """One page of the log."""
    given, sql = {"action": action, "before": cursor, "limit": limit + 1}, queries("audit")
    with app.connection() as connection:
        entries = [Entry(**row._asdict()) for row in connection.execute(sql["page"], given)]
        total: Any = connection.execute(sql["total"], given).fetchone()
    more = entries[limit - 1].id if len(entries) > limit else None
    return AuditPage(items=tuple(entries[:limit]), total=total.total, next=more)
