"""The detector, the models and the duty of machines as the watcher asks them: once for each plant hour that ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cc_common.alerts.duty import UNKNOWN, Duties, Duty
from cc_common.anomalies import Anomalies, Anomaly
from cc_common.machines import Drift, Machines
from cc_common.timeseries.clock import HOUR, PlantClock
from cc_common.window import Window

BACK: Final = timedelta(hours=24)  # as far as one look goes
QUIET: Final = timedelta(hours=3)  # hours without it before what was found is over


@dataclass(frozen=True, kw_only=True)
class Unusual:
    """The anomalies and drifts of the day before `judged`, the end of the newest whole hour; None: not looked at yet.

    `learned`: the machines whose normal is known. Of all others only rules that need none can tell. `duty`: of its day.
    """

    judged: datetime | None = None
    anomalies: tuple[Anomaly, ...] = ()
    drifts: tuple[Drift, ...] = ()
    learned: frozenset[str] = frozenset()
    duty: Duty = UNKNOWN

    def lasts(self, end: datetime) -> bool:
        """Whether what ended then went on to the end of the newest whole hour, or nearly."""
        return self.judged is not None and end > self.judged - HOUR / 4

    def are_over(self, ends: Iterable[datetime]) -> bool:
        """Whether all that ended then has been over for some hours; before the plant was judged nobody knows."""
        judged = self.judged
        return judged is not None and all(end <= judged - QUIET for end in ends)


NOTHING: Final = Unusual()


class Hourly:
    """Keeps what was found until the next hour has ended, or more machines are known."""

    def __init__(self, anomalies: Anomalies, machines: Machines, duties: Duties, tz: str) -> None:
        self._anomalies, self._machines, self._duties, self._clock = anomalies, machines, duties, PlantClock(tz)
        self._found = NOTHING

    def at(self, now: datetime) -> Unusual:
        """What is known at that moment."""
        hour, learned = self._clock.floor(now, HOUR).astimezone(UTC), self._anomalies.learned()
        if hour != self._found.judged or learned != self._found.learned:
            told = self._anomalies.fleet(Window(start=hour - BACK, end=hour)) if learned else ()
            own = tuple(anomaly for anomaly in told if anomaly.equipment in learned)
            self._found = Unusual(
                judged=hour,
                anomalies=own,
                drifts=self._machines.drifts(hour),
                learned=learned,
                duty=self._duties.on(hour),
            )
        return self._found
