"""What the watcher asks of the detector: once an hour, and again when more machines are known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast

from cc_common.alerts.peer_groups import DutySchedules
from cc_common.alerts.snapshot import Hourly
from cc_common.core.windows import PlantClock

NOW = datetime(2026, 1, 14, 9, 40, tzinfo=UTC)


class Plant:
    """Detector and models that count how often the fleet is looked at."""

    def __init__(self) -> None:
        self.known: frozenset[str] = frozenset()
        self.looks = 0

    def learned(self) -> frozenset[str]:
        return self.known

    def fleet(self, _window: Any) -> tuple[Any, ...]:
        self.looks += 1
        return ()

    def drifts(self, _until: datetime) -> tuple[Any, ...]:
        return ()


def test_what_was_just_learned_is_asked_at_once_and_then_once_an_hour() -> None:
    plant = Plant()
    asked = cast("Any", plant)
    hourly = Hourly(asked, asked, DutySchedules(PlantClock("UTC"), lambda _start, _end: ()), "UTC")
    assert hourly.state_at(NOW).learned == frozenset() and plant.looks == 0
    plant.known = frozenset({"chiller_001"})
    for minutes in range(0, 20, 5):
        assert hourly.state_at(NOW + timedelta(minutes=minutes)).learned == plant.known
    assert plant.looks == 1
    hourly.state_at(NOW + timedelta(minutes=25))
    assert plant.looks == 2
