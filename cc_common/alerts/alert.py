"""Alert: a condition that an operator should look at. Raised, acknowledged, cleared: separate append-only facts."""

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
SYSTEM: Final = "system"  # the name of the watcher in `raised_by` and `cleared_by`
PLANT: Final = "plant"  # the equipment of an alert about the whole plant

Cause = tuple[str, str | None, str]  # equipment, metric, kind; at most one alert of a cause is open


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
        """The cause of the alert."""
        return self.equipment, self.metric, self.kind


@dataclass(frozen=True, kw_only=True)
class Alert:
    """An alert with its state. `id` is a UUID of version 7, times are in UTC."""

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
    group: str  # the id of the first alert of its group, which may be its own
    escalated_at: datetime | None
    shelved_until: datetime | None  # the end of its group's newest shelving, which may be past
    shelved_by: str | None
    shelved_comment: str | None

    @classmethod
    def from_row(cls, row: Any) -> Alert:
        """Builds an alert from a row of the view alert_known."""
        found: dict[str, Any] = row._asdict()
        return cls(**found | {"evidence": _evidence(found["evidence"])})

    @property
    def state(self) -> AlertState:
        """The state; cleared takes precedence over acknowledged."""
        if self.cleared_at is not None:
            return "cleared"
        return "raised" if self.acknowledged_at is None else "acknowledged"

    def is_shelved(self, now: datetime) -> bool:
        """Whether its group is shelved."""
        return self.shelved_until is not None and self.shelved_until > now


@dataclass(frozen=True, kw_only=True)
class AlertPage:
    """A page of alerts, newest first; `total` under the same filters, `next`: cursor of the next page, or None."""

    items: tuple[Alert, ...]
    total: int
    next: str | None


@dataclass(frozen=True, kw_only=True)
class AlertCounts:
    """The number of alerts by state; the severities count the open ones, raised and acknowledged."""

    raised: int
    acknowledged: int
    critical: int
    warning: int
    info: int
    groups: int  # groups with an open alert
    shelved: int  # open and shelved
    escalated: int
    raised_lately: int  # in the last 24 hours
    cleared_lately: int
    alarms_lately: int  # groups that began in the last 10 minutes, the alarm rate of EEMUA 191


def new_id(at: datetime) -> str:
    """A new UUID of version 7 (RFC 9562): milliseconds since 1970, then random bits."""
    stamped = int(at.timestamp() * 1000) << 80 | secrets.randbits(80)
    return str(UUID(int=stamped & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62))


def evidence_json(evidence: Evidence) -> dict[str, Any]:
    """Converts the evidence to JSON values."""
    return vars(evidence) | {
        name: None if moment is None else iso(moment)
        for name, moment in (("start", evidence.start), ("end", evidence.end))
    }


def _evidence(found: Mapping[str, Any] | None) -> Evidence | None:
    if found is None:
        return None
    times = {name: found[name] and datetime.fromisoformat(found[name]) for name in ("start", "end")}
    return Evidence(**{**found, **times})
