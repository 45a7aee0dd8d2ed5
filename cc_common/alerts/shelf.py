"""The shelf: a group of alerts that nobody wants to be told of for a while. It comes back by itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from cc_common.alerts.alert import Alert
from cc_common.alerts.store import get, signed
from cc_common.core.errors import Conflict, InvalidInput
from cc_common.db import Database, queries

MAX_SHELVED: Final = timedelta(days=7)


def shelve(
    app: Database, alert_id: str, *, until: datetime, who: str, comment: str, at: datetime | None = None
) -> Alert:
    """The alert's whole group is out of sight until then, at most 7 days; again: the newest shelving counts.

    NotFound; Conflict when all of the group is over.
    """
    now, name = signed(who, at)
    if until.tzinfo is None or not now < until <= now + MAX_SHELVED:
        raise InvalidInput(f"An alert is shelved until a time ahead, at most {MAX_SHELVED.days} days.")
    if not comment.strip():
        raise InvalidInput("Why is it shelved? A reason is needed.")
    return _put(app, alert_id, {"until": until, "who": name, "comment": comment.strip(), "at": now})


def unshelve(
    app: Database, alert_id: str, *, who: str, comment: str | None = None, at: datetime | None = None
) -> Alert:
    """The group is back before its time; one that is on no shelf stays as it is. NotFound."""
    now, name = signed(who, at)
    before = get(app, alert_id)
    if not before.is_shelved(now):
        return before
    return _put(app, alert_id, {"until": None, "who": name, "comment": comment, "at": now})


def _put(app: Database, alert_id: str, facts: dict[str, Any]) -> Alert:
    sql, group = queries("alerts"), get(app, alert_id).group
    with app.transaction() as connection:
        connection.execute(sql["lock"], {"id": group})
        standing: Any = connection.execute(sql["group_is_open"], {"id": group}).fetchone()
        if facts["until"] is not None and not standing.open:
            raise Conflict("All of its group was cleared: there is nothing to shelve.")
        connection.execute(sql["shelve"], {"id": group, **facts})
    return get(app, alert_id)
