"""Alerts in the database: raise, acknowledge, clear, shelve, find. Each call is durable when it returns."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from cc_common.alerts.alert import (
    OPEN,
    SEVERITIES,
    STATES,
    SYSTEM,
    Alert,
    AlertCounts,
    AlertPage,
    AlertState,
    Cause,
    NewAlert,
    Severity,
    evidence_json,
    new_id,
)
from cc_common.alerts.grouping import RETURNS, RelatedMachines, find_leader
from cc_common.core.errors import Conflict, InvalidInput, NotFound
from cc_common.core.windows import Window, iso
from cc_common.db import Connection, Database, queries

LATELY: Final = timedelta(hours=24)
BLOCK: Final = timedelta(minutes=10)

Action = Literal["acknowledged", "cleared"]


@dataclass(frozen=True, kw_only=True)
class OpenAlert:
    """An open alert as the watcher needs it; `leader` is the first of its group, to which `shelved_until` applies."""

    id: str
    raised_by: str
    equipment: str
    metric: str | None
    kind: str
    value: float | None
    severity: Severity
    state: AlertState
    raised_at: datetime
    leader: str
    shelved_until: datetime | None

    @property
    def cause(self) -> Cause:
        """The cause of the alert."""
        return self.equipment, self.metric, self.kind


def raise_alert(app: Database, new: NewAlert, *, leader: str | None = None) -> Alert:
    """Raises an alert; returns the open alert of the same equipment, metric and kind unchanged if there is one.

    It joins the group of `leader` (the first alert of a cause common to many machines), else its machine's where it
    fits.
    """
    sql, cause = queries("alerts"), {"equipment": new.equipment, "metric": new.metric, "kind": new.kind}
    with app.transaction() as connection:
        connection.execute(sql["lock_machine"], cause)
        if (open_one := connection.execute(sql["open_of_cause"], cause).fetchone()) is not None:
            return _known(connection, [open_one.id])[0]
        evidence = None if new.evidence is None else json.dumps(evidence_json(new.evidence))
        group = leader or _group(connection, new)
        row = {**vars(new), "id": new_id(new.raised_at), "evidence": evidence, "leader": group}
        connection.execute(sql["raise"], row)
        return _known(connection, [row["id"]])[0]


def acknowledge(
    app: Database, alert_id: str, *, who: str, comment: str | None = None, at: datetime | None = None
) -> Alert:
    """Acknowledges an alert. A repeated call returns the first fact unchanged. NotFound; Conflict when cleared."""
    return _act(app, alert_id, "acknowledged", who, comment, at)


def clear(app: Database, alert_id: str, *, who: str, comment: str | None = None, at: datetime | None = None) -> Alert:
    """Clears an alert. A repeated call returns the first fact unchanged. NotFound."""
    return _act(app, alert_id, "cleared", who, comment, at)


def get(app: Database, alert_id: str) -> Alert:
    """The alert of that id; NotFound."""
    with app.connection() as connection:
        return _one(connection, _uuid(alert_id))


def find(
    app: Database,
    *,
    state: AlertState | Literal["open"] | None = None,
    equipment: str | Sequence[str] | None = None,
    severity: Severity | None = None,
    window: Window | None = None,
    group: str | None = None,
    shelved: bool | None = None,
    leaders: bool = False,
    limit: int = 100,
    cursor: str | None = None,
) -> AlertPage:
    """Finds alerts, newest first. `window`: when they were raised; `cursor`: `next` of the previous page.

    `group`: of the group of that id; `shelved`: shelved now, or not; `leaders`: only the first of each group.
    """
    wanted = _filters(state, equipment, severity, window) | _group_filters(group, shelved, leaders=leaders)
    if limit < 1:
        raise InvalidInput(f"A page holds at least one alert, not {limit}.")
    with app.transaction() as connection:
        after = {} if cursor is None else _after(connection, cursor)
        page = _with_filters("page", {*wanted, *(["after_cursor"] if after else [])})
        given = {"limit": limit + 1, **after, **{k: v for values in wanted.values() for k, v in values.items()}}
        ids = [row.id for row in connection.execute(page, given)]
        total: Any = connection.execute(_with_filters("total", wanted), given).fetchone()
        items = _known(connection, ids[:limit])
    return AlertPage(items=items, total=total.total, next=items[-1].id if len(ids) > limit else None)


def counts(app: Database, *, now: datetime | None = None) -> AlertCounts:
    """The numbers of open alerts, and of events in the 24 hours before `now`."""
    moment = now or datetime.now(UTC)
    given = {"now": moment, "since": moment - LATELY, "block": moment - BLOCK}
    with app.connection() as connection:
        row: Any = connection.execute(queries("alerts")["counts"], given).fetchone()
    return AlertCounts(**row._asdict())


def open_alerts(app: Database) -> tuple[OpenAlert, ...]:
    """All open alerts."""
    with app.connection() as connection:
        rows = connection.execute(queries("alerts")["standing"]).fetchall()
    return tuple(OpenAlert(**row._asdict()) for row in rows)


def cleared_by_hand(app: Database, since: datetime) -> frozenset[Cause]:
    """The causes of alerts cleared by a person at or after `since`."""
    with app.connection() as connection:
        rows = connection.execute(queries("alerts")["cleared_by_hand"], {"who": SYSTEM, "since": since})
        return frozenset((row.equipment, row.metric, row.kind) for row in rows)


def _group(connection: Connection, new: NewAlert) -> str | None:
    """The group of its machine that it joins, if any."""
    given = {"equipment": new.equipment, "since": new.raised_at - RETURNS, "now": new.raised_at}
    kin = connection.execute(queries("alerts")["kin"], given).fetchall()
    return find_leader(new, [RelatedMachines(**row._asdict()) for row in kin])


def _act(app: Database, alert_id: str, action: Action, who: str, comment: str | None, at: datetime | None) -> Alert:
    moment, name = actor_name(who, at)
    sql, ours = queries("alerts"), _uuid(alert_id)
    with app.transaction() as connection:
        locked = connection.execute(sql["lock"], {"id": ours}).fetchone()
        before = _one(connection, ours)
        if _at(before, action) is None:
            if locked is not None and locked.state == "cleared":
                raise Conflict(f"The alert was cleared by {before.cleared_by} at {_said(before.cleared_at)}.")
            given = {"id": ours, "action": action, "who": name, "comment": comment, "at": moment}
            connection.execute(sql["act"], given)
        return _one(connection, ours)


def actor_name(who: str, at: datetime | None) -> tuple[datetime, str]:
    """Validates time (now by default) and name; InvalidInput for a time without a zone and for an empty name."""
    moment = at or datetime.now(UTC)
    if moment.tzinfo is None:
        raise InvalidInput("A time without a time zone is refused.")
    if not who.strip():
        raise InvalidInput("Who is it? A name is needed.")
    return moment, who.strip()


def _at(alert: Alert, action: Action) -> datetime | None:
    return alert.acknowledged_at if action == "acknowledged" else alert.cleared_at


def _said(moment: datetime | None) -> str:
    return "" if moment is None else iso(moment.replace(microsecond=0))


def _one(connection: Connection, alert_id: str) -> Alert:
    found = _known(connection, [alert_id])
    if not found:
        raise NotFound(f"No alert has the id {alert_id!r}.")
    return found[0]


def _known(connection: Connection, ids: list[str]) -> tuple[Alert, ...]:
    return tuple(Alert.from_row(row) for row in connection.execute(queries("alerts")["known"], {"ids": ids}))


def _filters(
    state: str | None, equipment: str | Sequence[str] | None, severity: str | None, window: Window | None
) -> dict[str, Mapping[str, Any]]:
    """The requested conditions, by the name of their query, each with its parameters."""
    if state not in (None, "open", *STATES):
        raise InvalidInput(f"No state {state!r}; there are open, {', '.join(STATES)}.")
    if severity not in (None, *SEVERITIES):
        raise InvalidInput(f"No severity {severity!r}; there are {', '.join(SEVERITIES)}.")
    states = list(OPEN) if state == "open" else [state]
    machines = [equipment] if isinstance(equipment, str) else list(equipment or ())
    asked: dict[str, Mapping[str, Any] | None] = {
        "of_states": None if state is None else {"states": states},
        "of_equipment": None if equipment is None else {"equipment": machines},
        "of_severity": None if severity is None else {"severity": severity},
        "of_window": None if window is None else {"start": window.start, "end": window.end},
    }
    return {name: values for name, values in asked.items() if values is not None}


def _group_filters(group: str | None, shelved: bool | None, *, leaders: bool) -> dict[str, Mapping[str, Any]]:
    asked: dict[str, Mapping[str, Any] | None] = {
        "of_group": None if group is None else {"group": _uuid(group)},
        "of_shelved": None if shelved is None else {"shelved": shelved, "now": datetime.now(UTC)},
        "of_leaders": {} if leaders else None,
    }
    return {name: values for name, values in asked.items() if values is not None}


def _with_filters(name: str, conditions: Collection[str]) -> str:
    sql = queries("alerts")
    return sql[name].replace("/* filters */", "\n".join(sql[each] for each in sorted(conditions)))


def _after(connection: Connection, cursor: str) -> dict[str, Any]:
    try:
        last = _one(connection, _uuid(cursor))
    except NotFound:
        raise InvalidInput("cursor: this is no `next` of such a list.") from None
    return {"after_at": last.raised_at, "after_id": last.id}


def _uuid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise NotFound(f"No alert has the id {text!r}.") from None


MAX_SHELVED: Final = timedelta(days=7)


def shelve(
    app: Database, alert_id: str, *, until: datetime, who: str, comment: str, at: datetime | None = None
) -> Alert:
    """Shelves the alert's whole group until then, at most 7 days; the newest shelving counts.

    NotFound; Conflict when the whole group is cleared.
    """
    now, name = actor_name(who, at)
    if until.tzinfo is None or not now < until <= now + MAX_SHELVED:
        raise InvalidInput(f"An alert is shelved until a time ahead, at most {MAX_SHELVED.days} days.")
    if not comment.strip():
        raise InvalidInput("Why is it shelved? A reason is needed.")
    return _put(app, alert_id, {"until": until, "who": name, "comment": comment.strip(), "at": now})


def unshelve(
    app: Database, alert_id: str, *, who: str, comment: str | None = None, at: datetime | None = None
) -> Alert:
    """Ends the shelving of the group early; without effect where it is not shelved. NotFound."""
    now, name = actor_name(who, at)
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
