"""Groups, the shelf, escalation: facts on disk, over HTTP and in the audit log; and the watcher end to end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient

from cc_common import alerts
from cc_common.alerts import Alert, NewAlert
from cc_common.alerts.snapshot import AnalyticsState
from cc_common.alerts.watcher import Watcher
from cc_common.analytics.anomalies import Anomaly
from cc_common.core.errors import Conflict, InvalidInput
from cc_common.core.evidence import Evidence
from cc_common.core.windows import Window
from cc_common.db import Database
from cc_common.operations import status
from tests.integration.alerts.test_alert_watcher import BASIN, MINUTE, SMALL, TOWERS, Plant, small

__all__ = ["small"]  # the fixture

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def raised(
    app: Database, machine: str = "chiller_001", metric: str | None = "a", at: datetime = NOW, **changes: Any
) -> Alert:
    given = {"kind": "out_of_range", "severity": "warning", "message": "High."} | changes
    return alerts.raise_alert(app, NewAlert(equipment=machine, metric=metric, raised_at=at, **given))


def test_what_follows_on_a_machine_is_the_same_alarm(app_db: Database) -> None:
    first = raised(app_db)
    second = raised(app_db, metric="b", at=NOW + HOUR)
    assert (first.group, second.group) == (first.id, first.id)
    assert raised(app_db, "chiller_002").group != first.id
    assert [a.id for a in alerts.find(app_db, leaders=True, equipment="chiller_001").items] == [first.id]
    assert alerts.find(app_db, group=first.id).total == 2
    assert (alerts.counts(app_db, now=NOW).groups, alerts.counts(app_db, now=NOW).raised) == (2, 3)


def test_another_trouble_much_later_is_another_alarm(app_db: Database) -> None:
    first = raised(app_db)
    assert raised(app_db, metric="b", at=NOW + 7 * HOUR).group != first.id


def test_a_graver_alert_is_never_hidden_in_a_milder_group(app_db: Database) -> None:
    raised(app_db, severity="info")
    grave = raised(app_db, metric="b", severity="critical")
    assert grave.group == grave.id
    assert raised(app_db, metric="c").group == grave.id


def test_what_comes_back_soon_is_the_alarm_it_was(app_db: Database) -> None:
    first = raised(app_db)
    alerts.clear(app_db, first.id, who="system", at=NOW + HOUR)
    again = raised(app_db, at=NOW + 12 * HOUR)
    assert (again.id != first.id, again.group) == (True, first.id)
    alerts.clear(app_db, again.id, who="system", at=NOW + 13 * HOUR)
    assert raised(app_db, at=NOW + 26 * HOUR).group not in (first.id, again.id)


def test_a_shelved_group_is_out_of_sight_with_all_that_joins_it_until_its_time(app_db: Database) -> None:
    now = datetime.now(UTC)
    first, other = raised(app_db, at=now), raised(app_db, "chiller_002", at=now)
    shelved = alerts.shelve(app_db, first.id, until=now + HOUR, who="asha", comment="known", at=now)
    assert (shelved.shelved_until, shelved.shelved_by, shelved.shelved_comment) == (now + HOUR, "asha", "known")
    alerts.clear(app_db, first.id, who="system", at=now)
    joined = raised(app_db, metric="b", at=now)
    assert joined.is_shelved(now) and not joined.is_shelved(now + HOUR) and joined.state == "raised"
    assert [a.id for a in alerts.find(app_db, shelved=False, state="open").items] == [other.id]
    assert [a.id for a in alerts.find(app_db, shelved=True, state="open").items] == [joined.id]
    assert [alerts.counts(app_db, now=now + hours * HOUR).shelved for hours in (0, 2)] == [1, 0]


def test_unshelved_it_is_back_and_the_newest_shelving_counts(app_db: Database) -> None:
    alert = raised(app_db)
    alerts.shelve(app_db, alert.id, until=NOW + HOUR, who="asha", comment="known", at=NOW)
    assert alerts.shelve(app_db, alert.id, until=NOW + 2 * HOUR, who="ravi", comment="x", at=NOW).shelved_by == "ravi"
    back = alerts.unshelve(app_db, alert.id, who="asha", at=NOW + MINUTE)
    assert (back.shelved_until, back.state) == (None, "raised")
    assert alerts.unshelve(app_db, alert.id, who="asha", at=NOW + MINUTE) == back
    assert [e.action for e in status.find_entries(app_db).items] == ["unshelved", "shelved", "shelved"]


@pytest.mark.parametrize("until", [NOW, NOW - HOUR, NOW + 169 * HOUR, NOW.replace(tzinfo=None)])
def test_a_shelf_has_a_length(app_db: Database, until: datetime) -> None:
    with pytest.raises(InvalidInput, match="7 days"):
        alerts.shelve(app_db, raised(app_db).id, until=until, who="asha", comment="x", at=NOW)


def test_what_was_cleared_is_off_the_shelf(app_db: Database) -> None:
    first, now = raised(app_db), datetime.now(UTC)
    alerts.shelve(app_db, first.id, until=now + HOUR, who="asha", comment="known", at=now)
    alerts.clear(app_db, first.id, who="asha", at=now)
    assert alerts.find(app_db, shelved=True).total == 0
    assert [a.id for a in alerts.find(app_db, shelved=False).items] == [first.id]


def test_what_is_over_cannot_be_shelved(app_db: Database) -> None:
    alert = raised(app_db)
    alerts.clear(app_db, alert.id, who="asha", at=NOW)
    with pytest.raises(Conflict, match="nothing to shelve"):
        alerts.shelve(app_db, alert.id, until=NOW + HOUR, who="asha", comment="x", at=NOW)


@pytest.mark.parametrize("table", ["alert_shelving", "alert_escalation"])
def test_these_facts_too_are_never_changed(app_db: Database, table: str) -> None:
    for change in ("DELETE FROM {}", "UPDATE {} SET alert_id = NULL", "TRUNCATE {}"):
        with pytest.raises(psycopg.errors.RestrictViolation), psycopg.connect(app_db.dsn) as connection:
            connection.execute(change.format(table))  # type: ignore[arg-type]


def test_escalated_once_for_each_reason_while_it_is_open(app_db: Database) -> None:
    alert = raised(app_db)
    assert alerts.escalate(app_db, alert.id, reason="worse", severity="critical", at=NOW + MINUTE)
    assert not alerts.escalate(app_db, alert.id, reason="worse", severity="critical", at=NOW + HOUR)
    known = alerts.get(app_db, alert.id)
    assert (known.severity, known.escalated_at, known.state) == ("critical", NOW + MINUTE, "raised")
    assert alerts.find(app_db, severity="critical").total == alerts.counts(app_db).escalated == 1
    alerts.clear(app_db, alert.id, who="asha")
    assert not alerts.escalate(app_db, alert.id, reason="unseen", severity="critical", at=NOW + HOUR)


def test_alerts_are_shelved_and_filtered_over_http(own_client: FlaskClient, app_db: Database) -> None:
    alert = raised(app_db, "ahu_001")
    path = f"/api/v1/alerts/{alert.id}"
    shelved = own_client.post(f"{path}/shelve", json={"who": "asha", "comment": "known", "hours": 8}).json
    left = datetime.fromisoformat(shelved["shelved_until"]) - datetime.now(UTC)
    assert timedelta(hours=7.9) < left <= timedelta(hours=8)
    assert own_client.get("/api/v1/alerts?shelved=true&leaders=true").json["total"] == 1
    assert own_client.get("/api/v1/alerts?shelved=false").json["total"] == 0
    until = (datetime.now(UTC) + HOUR).isoformat()
    assert own_client.post(f"{path}/shelve", json={"comment": "x", "until": until}).status_code == 200
    assert own_client.post(f"{path}/unshelve", json={"who": "asha"}).json["shelved_until"] is None
    metrics = own_client.get("/metrics").text
    assert "cc_alert_groups_open 1.0" in metrics and "cc_alerts_shelved 0.0" in metrics


@pytest.mark.parametrize(
    "body",
    [
        {"hours": 1},
        {"comment": "x"},
        {"comment": " ", "hours": 1},
        {"comment": "x", "hours": 0},
        {"comment": "x", "hours": 169},
        {"comment": "x", "hours": 1, "until": "2026-03-04T10:00:00Z"},
        {"comment": "x", "until": "2026-03-04T10:00:00Z"},
        {"comment": "x", "until": "2026-03-04T10:00:00"},
        {"comment": "x", "until": 5},
    ],
)
def test_a_bad_shelving_is_refused(own_client: FlaskClient, app_db: Database, body: dict[str, Any]) -> None:
    alert = raised(app_db, "ahu_001")
    response = own_client.post(f"/api/v1/alerts/{alert.id}/shelve", json=body)
    assert (response.status_code, response.content_type) == (422, "application/problem+json")
    assert alerts.get(app_db, alert.id).shelved_until is None


def test_how_long_a_shelving_is_to_last_is_stated_once(own_client: FlaskClient, app_db: Database) -> None:
    path = f"/api/v1/alerts/{raised(app_db, 'ahu_001').id}/shelve"
    both = {"hours": 1, "until": (datetime.now(UTC) + HOUR).isoformat()}
    for given, words in (({}, "hours or until is needed"), (both, "Only one of hours and until may be given")):
        assert words in own_client.post(path, json={"comment": "x", **given}).text


def test_a_reading_past_its_limit_is_an_alert_within_a_minute_of_being_sure(small: Plant) -> None:
    """Five readings make it sure; the look that follows the fifth, seconds later, raises it."""
    small.pass_minutes(30)
    since = small.now.replace(second=0)
    small.pass_minutes(5, basin_temp_c=39.0)
    (alert,) = small.alerts
    assert (alert.metric, alert.severity) == (BASIN, "critical")
    assert alert.raised_at - (since + 5 * MINUTE) < MINUTE


def test_a_critical_alert_that_nobody_sees_is_escalated_unless_it_is_shelved(small: Plant) -> None:
    small.pass_minutes(5, basin_temp_c=39.0)
    small.pass_minutes(14, basin_temp_c=39.0)
    assert small.alerts[0].escalated_at is None
    small.pass_minutes(2, basin_temp_c=39.0)
    assert small.alerts[0].escalated_at is not None and small.alerts[0].state == "raised"


def test_an_alert_that_grows_worse_says_so(small: Plant) -> None:
    small.pass_minutes(6, basin_temp_c=34.5)
    small.pass_minutes(6, basin_temp_c=39.0)
    (alert,) = small.alerts
    assert (alert.severity, alert.value) == ("critical", 34.5) and alert.escalated_at


def test_the_same_trouble_of_many_machines_is_one_alarm(small: Plant) -> None:
    for tower in TOWERS[1:]:
        small.pass_minutes(1)
        raised(small.databases.app, tower, BASIN, at=small.now, raised_by="asha")
    small.pass_minutes(6, basin_temp_c=34.5)
    last = alerts.find(small.databases.app, equipment=TOWERS[0]).items[0]
    assert last.group == alerts.find(small.databases.app, equipment=TOWERS[1]).items[0].id


class Told:
    """Stands in for the detector: what it says is the test's."""

    def __init__(self, *anomalies: Anomaly) -> None:
        self.anomalies, self.asked = anomalies, list[Window]()

    def learned(self) -> frozenset[str]:
        return frozenset(TOWERS)

    def fleet(self, window: Window) -> tuple[Anomaly, ...]:
        self.asked.append(window)
        return tuple(a for a in self.anomalies if a.start < window.end)


def deviation(start: datetime, hours: int, score: float = 9.0) -> Anomaly:
    end = start + hours * HOUR
    evidence = Evidence(table=TOWERS[1], column=BASIN, statistic="avg", start=start, end=end, rows=60 * hours)
    return Anomaly(
        equipment=TOWERS[1], metrics=(BASIN,), kind="deviation", start=start, end=end, score=score, value=31.0,
        expected=27.5, unit="°C", evidence=evidence,
    )  # fmt: skip


def test_a_deviation_is_raised_when_its_hour_is_over_and_cleared_three_quiet_hours_later(small: Plant) -> None:
    began = NOW  # an hour of the plant
    detector = Told(deviation(began, 1))
    small.watcher._hourly._anomalies = detector  # type: ignore[assignment]
    small.pass_minutes(59)
    assert small.alerts == ()
    small.pass_minutes(2)
    (alert,) = small.alerts
    assert (alert.kind, alert.severity, alert.value) == ("deviation", "info", 31.0)
    assert alert.message == (
        "Cooling Tower 2 basin temperature has been unusual for 1 hour: 31 °C on average, 27.5 °C was expected."
    )
    assert alert.raised_at - (began + HOUR) < MINUTE
    small.pass_minutes(185)
    assert (small.alerts[0].state, len(small.alerts)) == ("cleared", 1)
    assert len(detector.asked) == len({w.end for w in detector.asked}) == 5


def test_a_watcher_that_is_killed_raises_it_no_second_time(small: Plant) -> None:
    for _ in range(2):
        small.watcher = small.watching()
        small.watcher._hourly._anomalies = Told(deviation(NOW - HOUR, 1))  # type: ignore[assignment]
        small.pass_minutes(3)
    assert len(small.alerts) == 1


def test_nothing_learned_nothing_unusual(small: Plant) -> None:
    found = Watcher(databases=small.databases, catalog=SMALL)._hourly.state_at(NOW)
    assert found == AnalyticsState(judged=NOW, duty=found.duty) and found.duty.companies == {}
