"""A machine that stands while those run beside which it has always run: told with when and why, over by itself."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from cc_common import alerts
from cc_common.alerts import Alert
from cc_common.alerts.watcher import Watcher
from cc_common.catalog.store import install_catalog
from cc_common.db import Database, Databases
from cc_common.simulator import PLANT
from cc_common.timeseries.rows import Rows
from cc_common.timeseries.writer import bulk_load, write_minute
from tests.integration.alerts.test_alert_watcher import MINUTE, SMALL, TOWERS

NOW = datetime(2026, 3, 4, 5, 30, 20, tzinfo=UTC)  # 11:00 at the plant
KIND = PLANT.type("cooling_tower")
POWER = [m.name for m in KIND.metrics].index("fan_power_kw")
DAYS, DAY = 20, 1440


class OnDuty:
    """Four cooling towers: for three weeks the first three ran from 6 to 22 o'clock, the last as it liked."""

    def __init__(self, databases: Databases) -> None:
        install_catalog(databases.timeseries, SMALL)
        self.databases, self.now = databases, NOW
        self.load()
        self.watcher = Watcher(databases=databases, catalog=SMALL, clock=lambda: self.now)

    def load(self) -> None:
        first = int(NOW.timestamp()) // 60 - 11 * 60 - DAYS * DAY  # a midnight of the plant
        minutes = np.arange(DAYS * DAY + 11 * 60)
        hour, day = minutes % DAY // 60, minutes // DAY
        for machine in TOWERS:
            on = (hour >= 6) & (hour < 22) if machine != TOWERS[3] else (hour + day) % 3 == 0
            values = np.tile((10 + minutes % 7)[:, None], len(KIND.metrics)).astype(np.float32)
            values[:, POWER] *= on
            rows = Rows((first + minutes) * 60_000_000, values)
            with self.databases.timeseries.connection() as connection:
                bulk_load(connection, SMALL, machine, rows)

    def pass_minutes(self, count: int, *still: str, look: bool = True) -> None:
        for _ in range(count):
            minute = self.now.replace(second=0)
            line = [10.0 + minute.minute % 7] * len(KIND.metrics)
            off = [0.0 if at == POWER else value for at, value in enumerate(line)]
            with self.databases.timeseries.connection() as connection:
                write_minute(connection, SMALL, minute, {m: off if m in still else line for m in TOWERS})
            self.now += MINUTE
            if look:
                self.watcher.watch()

    @property
    def alerts(self) -> list[Alert]:
        """Of machines that stand, oldest first."""
        return [a for a in alerts.find(self.databases.app).items[::-1] if a.kind == "stopped"]


@pytest.fixture
def on_duty(app_db: Database, timeseries_db: Database) -> OnDuty:
    return OnDuty(Databases(app=app_db, timeseries=timeseries_db))


def test_it_stands_while_its_company_runs_until_it_runs_again(on_duty: OnDuty) -> None:
    on_duty.pass_minutes(5)
    on_duty.pass_minutes(19, TOWERS[0])
    assert on_duty.alerts == []
    on_duty.pass_minutes(3, TOWERS[0])
    (alert,) = on_duty.alerts
    assert (alert.equipment, alert.metric, alert.value, alert.severity) == (TOWERS[0], "fan_power_kw", 0.0, "warning")
    assert alert.message == (
        "Cooling Tower 1 stopped at 11:05: fan power is 0 kW. Cooling Tower 2 and Cooling Tower 3 run on; "
        "beside them it has always run, on 20 days."
    )
    on_duty.pass_minutes(6)
    assert [(a.state, a.cleared_by) for a in on_duty.alerts] == [("cleared", "system")]


def test_its_evidence_are_the_rows_in_which_it_stood(on_duty: OnDuty) -> None:
    on_duty.pass_minutes(22, TOWERS[0])
    (alert,) = on_duty.alerts
    found = alert.evidence
    assert found and found.column and found.rows == 20
    with on_duty.databases.timeseries.connection() as connection:
        text = f"SELECT count(*) n, max({found.column}) top FROM {found.table} WHERE ts >= %s AND ts < %s"
        row = connection.execute(text.encode(), [found.start, found.end]).fetchone()
    assert row and (row.n, row.top) == (found.rows, alert.value)


def test_who_rests_with_its_company_is_none(on_duty: OnDuty) -> None:
    on_duty.pass_minutes(30, *TOWERS[:3])
    assert on_duty.alerts == []


def test_who_comes_and_goes_as_it_likes_is_none(on_duty: OnDuty) -> None:
    on_duty.pass_minutes(30, TOWERS[3])
    assert on_duty.alerts == []


def test_it_is_over_when_its_company_comes_to_rest_too(on_duty: OnDuty) -> None:
    on_duty.pass_minutes(25, TOWERS[0])
    on_duty.pass_minutes(1, *TOWERS[:3])
    assert [a.state for a in on_duty.alerts] == ["cleared"]


def test_a_watcher_that_comes_late_says_so(on_duty: OnDuty) -> None:
    on_duty.pass_minutes(50, TOWERS[0], look=False)
    on_duty.pass_minutes(1, TOWERS[0])
    (alert,) = on_duty.alerts
    assert "has stood still since 11:21 or longer" in alert.message
