"""A window of time: half-open [start, end) in UTC, with the label an operator would recognise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from cc_common.errors import InvalidInput


@dataclass(frozen=True, kw_only=True)
class Window:
    """Half-open [start, end), aware datetimes in UTC; `label` as in the API (PT24H, P7D, today, ...) or None."""

    start: datetime
    end: datetime
    label: str | None = None

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise InvalidInput("A window needs times with a time zone.")
        if self.end <= self.start:
            raise InvalidInput(f"The window ends ({iso(self.end)}) before it starts ({iso(self.start)}), or is empty.")
        object.__setattr__(self, "start", self.start.astimezone(UTC))
        object.__setattr__(self, "end", self.end.astimezone(UTC))


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with Z, whole seconds unless there are fractions."""
    if moment.tzinfo is None:
        raise InvalidInput("A time without a time zone is refused.")
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
