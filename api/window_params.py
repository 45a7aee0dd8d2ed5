"""The time window of a request's parameters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from cc_common.core.windows import Window

USUAL: Final = timedelta(hours=24)  # where no beginning is given


class WindowParams(Protocol):
    """Parameters with a beginning and an end."""

    @property
    def start(self) -> datetime | None:
        """Included."""

    @property
    def end(self) -> datetime | None:
        """Not included."""


def window_of(query: WindowParams) -> Window:
    """Without an end until now, without a beginning the 24 hours before the end."""
    end = query.end or datetime.now(UTC)
    return Window(start=query.start or end - USUAL, end=end)
