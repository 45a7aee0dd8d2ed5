"""Alert: what an operator should look at. Raised, acknowledged, cleared: separate facts, each written once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import isfinite
from typing import Any, Final, Literal, get_args
from uuid import UUID

from cc_common.core.errors import InvalidInput
from cc_common.core.evidence import Evidence
from cc_common.core.windows import iso

Severity = Literal["info", "warning", "critical"]
AlertState = Literal["raised", "acknowledged", "cleared"]

SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)
STATES: Final[tuple[AlertState, ...]] = get_args(AlertState)
OPEN: Final[tuple[AlertState, ...]] = ("raised", "acknowledged")
SYSTEM: Final = "system"  # who the watcher is
PLANT: Final = "plant"  # the equipment of an alert about all machines at once

Cause = tuple[str, str | None, str]  # equipment, metric, kind: of each at most one alert is open


@dataclass(frozen=True, kw_only=True)
class NewAlert:
    """An alert to be raised. `metric` None: the machine as a whole; `value` as stored, its rows in `evidence`."""

    equipment: str
    metric: str | None
    kind: str
    severity: Severity
    message: str
    value: float | None = None
    limit: float | None = None
    unit: str = ""
    evidence: Evidence | None = None
    raised_by: str = SYSTEM
    raised_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        if self.raised_at.tzinfo is None:
            raise InvalidInput("An alert needs a time with a time zone.")
        if self.severity not in SEVERITIES:
            raise InvalidInput(f"No severity {self.severity!r}; there are {', '.join(SEVERITIES)}.")
        if any(number is not None and not isfinite(number) for number in (self.value, self.limit)):
            raise InvalidInput("The value and the limit of an alert are finite numbers.")

    @property
    def cause(self) -> Cause:
        """What it is about."""
        return self.equipment, self.metric, self.kind


@dataclass(frozen=True, kw_only=True)
class Alert:
    """An alert and what has become of it. `id` is a UUID of version 7, times are in UTC."""

    id: str
    equipment: str
    metric: str | None
    kind: str
    severity: Severity
    message: str
    value: float | None
    limit: float | None
    unit: str
    evidence: Evidence | None
    raised_at: datetime
    raised_by: str
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    acknowledged_comment: str | None
    cleared_at: datetime | None
    cleared_by: str | None
    cleared_comment: str | None
    group: str  # the id of the first alert of its cause; its own where it is that
    escalated_at: datetime | None
    shelved_until: datetime | None  # its group, which comes back by itself; the newest shelving, also one that is over
    shelved_by: str | None
    shelved_comment: str | None

    @classmethod
    def from_row(cls, row: Any) -> Alert:
        """From a row of the view alert_known."""
        found: dict[str, Any] = row._asdict()
        return cls(**found | {"evidence": _evidence(found["evidence"])})

    @property
    def state(self) -> AlertState:
        """Cleared beats acknowledged."""
        if self.cleared_at is not None:
            return "cleared"
        return "raised" if self.acknowledged_at is None else "acknowledged"

    def is_shelved(self, now: datetime) -> bool:
        """Whether its group is on the shelf."""
        return self.shelved_until is not None and self.shelved_until > now


@dataclass(frozen=True, kw_only=True)
class AlertPage:
    """Alerts, newest first; `total` under the same filters, `next` the cursor of the page after, None on the last."""

    items: tuple[Alert, ...]
    total: int
    next: str | None


@dataclass(frozen=True, kw_only=True)
class AlertCounts:
    """How many alerts stand how; the severities count the open ones, raised and acknowledged."""

    raised: int
    acknowledged: int
    critical: int
    warning: int
    info: int
    groups: int  # causes that the open ones belong to
    shelved: int  # open, and on the shelf
    escalated: int
    raised_lately: int  # in the last 24 hours
    cleared_lately: int
    alarms_lately: int  # groups that began in the last 10 minutes: what EEMUA 191 counts


def new_id(at: datetime) -> str:
    """A fresh UUID of version 7 (RFC 9562): milliseconds since 1970, then chance."""
    stamped = int(at.timestamp() * 1000) << 80 | secrets.randbits(80)
    return str(UUID(int=stamped & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62))


def evidence_json(evidence: Evidence) -> dict[str, Any]:
    """The evidence as JSON holds it."""
    return vars(evidence) | {
        name: None if moment is None else iso(moment)
        for name, moment in (("start", evidence.start), ("end", evidence.end))
    }


def _evidence(found: Mapping[str, Any] | None) -> Evidence | None:
    if found is None:
        return None
    times = {name: found[name] and datetime.fromisoformat(found[name]) for name in ("start", "end")}
    return Evidence(**{**found, **times})
