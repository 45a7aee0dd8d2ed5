"""When the watcher raises and when it clears: limits with debounce and hysteresis, silence, stuck sensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cc_common.alerts import PLANT as WHOLE
from cc_common.alerts.alert import NewAlert, new_id
from cc_common.alerts.evaluation import find_alerts, is_resolved
from cc_common.alerts.rules import limits
from cc_common.alerts.snapshot import Snapshot
from cc_common.alerts.store import OpenAlert
from cc_common.analytics.data_quality import StuckSensor
from cc_common.simulator import PLANT
from cc_common.timeseries import LatestRow

NOW = datetime(2026, 3, 4, 9, 30, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CHILLER, VIBRATION, LIMIT = "chiller_001", "vibration_mm_s", 4.5
Readings = Sequence[float | None]


def rows(machine: str, metric: str, values: Readings) -> tuple[LatestRow, ...]:
    """The newest minutes, of which the last is the newest; the machine's other sensors say nothing."""
    newest = NOW.replace(second=0) - MINUTE
    names = [m.name for m in PLANT.type_of(machine).metrics]
    return tuple(
        LatestRow(
            equipment=machine,
            ts=newest - (len(values) - 1 - at) * MINUTE,
            readings={name: value if name == metric else None for name in names},
        )
        for at, value in enumerate(values)
    )


def view(
    given_rows: Mapping[str, Sequence[LatestRow]], frozen: Sequence[StuckSensor] = (), *, settled: bool = True
) -> Snapshot:
    latest = {
        m: r[-1] if r else LatestRow(equipment=m, ts=NOW - timedelta(days=1), readings={})
        for m, r in given_rows.items()
    }
    return Snapshot(now=NOW, catalog=PLANT, latest=latest, recent=given_rows, frozen=frozen, settled=settled)


def of_chiller(values: Readings, metric: str = VIBRATION) -> Snapshot:
    return view({CHILLER: rows(CHILLER, metric, values)})


def standing(metric: str | None = VIBRATION, kind: str = "out_of_range", value: float | None = None) -> OpenAlert:
    return OpenAlert(
        id="1",
        raised_by="system",
        equipment=CHILLER,
        metric=metric,
        kind=kind,
        value=value,
        severity="warning",
        state="raised",
        raised_at=NOW - 30 * MINUTE,
        leader="1",
        shelved_until=None,
    )


def test_past_a_limit_for_five_minutes_is_an_alert() -> None:
    (found,) = find_alerts(of_chiller([4.0, 4.6, 4.6, 4.7, 4.8, 4.9]))
    assert (found.cause, found.severity) == ((CHILLER, VIBRATION, "out_of_range"), "warning")
    assert (found.value, found.limit) == (4.9, LIMIT)
    assert found.message == "Chiller 1 vibration is 4.9 mm/s, above its limit of 4.5 mm/s."
    assert found.evidence and found.evidence.start == NOW.replace(second=0) - MINUTE


@pytest.mark.parametrize(
    "values",
    [
        [9.0] * 4,
        [9.0, 9.0, 4.0, 9.0, 9.0],
        [9.0] * 8 + [4.0],
        [4.5] * 9,  # at the limit
        [9.0] * 5 + [None] * 8,  # too long ago
        [None] * 9,
    ],
)
def test_readings_within_debounce_and_limits_raise_no_alert(values: Readings) -> None:
    assert list(limits.find(of_chiller(values))) == []


def test_missing_minutes_do_not_start_the_count_again() -> None:
    assert len(find_alerts(of_chiller([4.6, 4.6, None, 4.6, None, 4.6, 4.6]))) == 1


def test_far_past_it_is_critical_and_below_counts_too() -> None:
    assert find_alerts(of_chiller([5.2] * 5))[0].severity == "critical"
    (low,) = find_alerts(of_chiller([2.2] * 5, "suction_pressure_bar"))
    assert (low.severity, low.limit) == ("warning", 2.3)
    assert "below its limit of 2.3 bar" in low.message


def test_a_reading_at_a_limit_that_no_float_holds_is_at_it() -> None:
    stored = 0.8500000238418579  # 0.85 as a real
    assert find_alerts(of_chiller([stored] * 9, "efficiency_kw_per_tr")) == []


@pytest.mark.parametrize(
    ("values", "well"),
    [
        ([4.0] * 10, True),
        ([9.0] + [4.0] * 10, True),
        ([4.0] * 9 + [4.45], False),  # inside, but not by enough
        ([9.0] + [4.0] * 9, False),
        ([None] * 6 + [4.0] * 4, False),
        ([None] * 10, False),
        ([0.0] * 10, True),  # switched off
    ],
)
def test_well_inside_for_ten_minutes_it_is_over(values: Readings, well: bool) -> None:
    assert is_resolved(of_chiller(values), standing()) is well


def test_others_alerts_are_not_the_watchers_to_clear() -> None:
    seen = of_chiller([4.0] * 10)
    assert not is_resolved(seen, replace(standing(), raised_by="asha"))
    assert not is_resolved(seen, standing(kind="deviation"))
    assert not is_resolved(seen, replace(standing(), equipment="chiller_900"))
    assert not is_resolved(seen, standing(metric="a_metric_of_old"))


@given(st.lists(st.one_of(st.none(), st.floats(0, 9, width=32)), max_size=20))
def test_nothing_is_wrong_and_over_at_once(values: Readings) -> None:
    seen = of_chiller(values)
    assert not (any(a.kind == limits.KIND for a in find_alerts(seen)) and is_resolved(seen, standing()))


def silent(*numbers: int, of: int = 10) -> Snapshot:
    """Chillers of which some have been silent for long."""
    machines = (f"chiller_{n:03d}" for n in range(1, of + 1))
    return view({m: rows(m, VIBRATION, [None] * 20 if int(m[-3:]) in numbers else [1.0] * 20) for m in machines})


def test_a_silent_machine_is_an_alert_with_the_rows_that_are_not_there() -> None:
    (found,) = find_alerts(silent(3))
    assert found.cause == ("chiller_003", None, "gap")
    assert found.message == "Chiller 3 has not reported for 20 minutes."
    assert found.evidence and (found.evidence.table, found.evidence.rows) == ("chiller_003", 0)


def test_most_of_them_silent_is_one_alert_of_the_plant() -> None:
    (found,) = find_alerts(silent(*range(1, 9)))
    assert (found.equipment, found.severity) == (WHOLE, "critical")
    assert "8 of 10 machines" in found.message
    assert len(find_alerts(silent(1, 2, 3))) == 3


def test_a_feed_that_is_catching_up_is_waited_for() -> None:
    assert find_alerts(replace(silent(3), settled=False)) == []


def test_heard_again_for_five_minutes_it_is_over() -> None:
    gap = standing(None, "gap")
    assert is_resolved(of_chiller([None] * 9 + [1.0] * 5), gap)
    assert not is_resolved(of_chiller([None] * 9 + [1.0] * 4), gap)
    plant = replace(gap, equipment=WHOLE)
    assert is_resolved(silent(1), plant)
    assert not is_resolved(silent(*range(1, 9)), plant)


def frozen(metric: str) -> StuckSensor:
    return StuckSensor(equipment=CHILLER, metric=metric, value=24.3, since=NOW - 3 * 60 * MINUTE, until=NOW, rows=180)


def test_a_stuck_sensor_is_an_alert_with_its_run() -> None:
    (found,) = find_alerts(view({}, [frozen("cw_supply_temp_c")]))
    assert found.message == "Chiller 1 condenser water supply temperature has stood at 24.3 °C for 3.0 hours."
    assert found.evidence and (found.evidence.rows, found.evidence.start) == (180, NOW - 3 * 60 * MINUTE)
    (told,) = find_alerts(view({}, [replace(frozen("cw_supply_temp_c"), expected=25.1264)]))
    assert told.message.endswith("has stood at 24.3 °C for 3.0 hours, 25.13 °C was expected on average.")


def test_a_stuck_line_is_one_alert() -> None:
    (found,) = find_alerts(view({}, [frozen(m.name) for m in PLANT.type("chiller").metrics[:5]]))
    assert (found.cause, found.value) == ((CHILLER, None, "stuck"), 5)


def test_a_stuck_alert_is_resolved_when_the_sensor_moves() -> None:
    stuck = standing(kind="stuck", value=1.5)
    assert is_resolved(of_chiller([1.5] * 9 + [1.6]), stuck)
    assert not is_resolved(of_chiller([1.5] * 9 + [None]), stuck)
    line = replace(stuck, metric=None)
    assert is_resolved(of_chiller([1.5] * 9 + [1.6]), line)
    assert not is_resolved(of_chiller([1.5] * 10), line)


def test_ids_sort_by_time() -> None:
    ids = [new_id(NOW + n * MINUTE) for n in range(50)]
    assert ids == sorted(ids) and len({*ids, *(new_id(NOW) for _ in range(50))}) == 100


def test_a_new_alert_is_raised_now_by_the_system() -> None:
    alert = NewAlert(equipment=CHILLER, metric=None, kind="gap", severity="info", message="")
    assert (alert.raised_by, alert.raised_at.tzinfo) == ("system", UTC)


def test_machines_fall_silent_at_once_are_not_told_one_by_one() -> None:
    gone = silent(*range(1, 9))
    earlier = {m: r for m, r in gone.recent.items() if m == "chiller_001"}
    fresh = {m: rows(m, VIBRATION, [1.0] * 12 + [None] * 8) for m in gone.recent if m != "chiller_001"}
    assert find_alerts(replace(gone, recent=earlier | fresh)) == []
