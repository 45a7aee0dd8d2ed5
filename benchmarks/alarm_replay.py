"""Replays weeks of a simulated plant through the watcher: its evaluation, and its alerts in a real database.

Reads of the database are replaced by arrays: the newest minutes, and the plant hours for detector and models. Stuck
sensors come from the detector, as on any plant with baselines.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from math import isnan
from typing import Final

import numpy as np
import numpy.typing as npt

from benchmarks import alarm_drifts
from benchmarks.alarm_drifts import Modelled, modelled
from benchmarks.alarm_duty import KeptPowers
from benchmarks.anomalies import simulated
from benchmarks.expected_behaviour import weather
from cc_common.alerts.peer_groups import DutySchedules
from cc_common.alerts.snapshot import BACK, FRESH, READ, AnalyticsState, Snapshot
from cc_common.alerts.store import open_alerts
from cc_common.alerts.watcher import AFTER, Watcher
from cc_common.analytics.anomalies import Anomaly, spans
from cc_common.analytics.anomalies.baseline import Baseline
from cc_common.analytics.anomalies.hours import Hours
from cc_common.analytics.anomalies.learning import learn_baseline
from cc_common.analytics.anomalies.robust_statistics import LEAD_HOURS
from cc_common.analytics.anomalies.scoring import Scores, in_units, score_hours
from cc_common.analytics.anomalies.spans import Span
from cc_common.analytics.data_quality import as_stored
from cc_common.catalog.equipment import EquipmentType
from cc_common.catalog.metric_roles import power_of
from cc_common.core.evidence import Evidence
from cc_common.core.windows import HOUR, PlantClock
from cc_common.db import Database, Databases
from cc_common.simulator import PLANT
from cc_common.simulator.history import simulate_signals
from cc_common.timeseries import LatestRow

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE: Final = timedelta(minutes=1)
DAY_MINUTES: Final = 1440
LEARNED: Final = 28
FRESH_MINUTES: Final = FRESH // MINUTE
READ_MINUTES: Final = READ // MINUTE
BACK_HOURS: Final = BACK // HOUR
OUTAGE: Final = 40  # minutes without readings of any machine, as when the feed is down

Values = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """The plant over some days, minute by minute; `first`: its beginning, minutes since 1970 UTC."""

    first: int
    minutes: int
    values: Mapping[str, Values]  # machine -> (minutes, metrics)
    heard: Mapping[str, Places]  # per minute, the newest minute with any reading
    doubtful: Mapping[str, Flags]
    running: Mapping[str, Flags]  # per minute, whether the newest reading of its power is above zero
    fresh: Mapping[str, Flags]

    def runs(self, machine: str, minute: int) -> bool | None:
        """Whether it ran just before that minute; None without a power metric or a recent reading."""
        known = machine in self.running and self.fresh[machine][minute - 1]
        return bool(self.running[machine][minute - 1]) if known else None

    def row(self, machine: str, minute: int) -> LatestRow:
        """The machine's readings of a minute."""
        shown = [None if isnan(v) else v for v in self.values[machine][minute].tolist()]
        readings = dict(zip(_names(machine), shown, strict=True))
        return LatestRow(equipment=machine, ts=moment(self.first + minute), readings=readings)


@dataclass(frozen=True)
class Newest(Mapping[str, LatestRow]):
    """Each machine's newest row before a minute, computed on access."""

    stretch: Stretch
    minute: int

    def __getitem__(self, machine: str) -> LatestRow:
        return self.stretch.row(machine, int(self.stretch.heard[machine][self.minute - 1]))

    def __iter__(self) -> Iterator[str]:
        return iter(self.stretch.values)

    def __len__(self) -> int:
        return len(self.stretch.values)


@lru_cache(maxsize=1024)
def _names(machine: str) -> tuple[str, ...]:
    return tuple(m.name for m in PLANT.type_of(machine).metrics)


def moment(minute: int) -> datetime:
    """Converts minutes since 1970 to UTC."""
    return EPOCH + minute * MINUTE


def stretch_of(seed: int, first_day: int, days: int, *, outage: int | None) -> Stretch:
    """Simulates the plant over those UTC days; `outage`: the minute at which the feed stops for OUTAGE minutes."""
    values, heard, doubtful, running, fresh = {}, {}, {}, {}, {}
    for machine in PLANT.equipment:
        read = simulate_signals(PLANT, seed, machine.id, first_day, days).values
        if outage is not None:
            read[outage : outage + OUTAGE] = np.nan
        values[machine.id] = read
        at = np.arange(len(read))
        heard[machine.id] = np.maximum.accumulate(np.where(np.isnan(read).all(axis=1), 0, at))
        kind, silent = PLANT.type(machine.type), at + 1 - heard[machine.id]
        past = _past(read, kind)[heard[machine.id]]
        doubtful[machine.id] = past | (silent > FRESH_MINUTES)
        fresh[machine.id] = silent < FRESH_MINUTES  # the watcher runs some seconds after the minute
        if (power := power_of(kind)) is not None:
            running[machine.id] = read[heard[machine.id], kind.metrics.index(power)] > 0
    minutes = days * DAY_MINUTES
    return Stretch(
        first=first_day * DAY_MINUTES,
        minutes=minutes,
        values=values,
        heard=heard,
        doubtful=doubtful,
        running=running,
        fresh=fresh,
    )


def _past(values: Values, kind: EquipmentType) -> Flags:
    low = np.array([-np.inf if m.low is None else as_stored(m.low) for m in kind.metrics])
    high = np.array([np.inf if m.high is None else as_stored(m.high) for m in kind.metrics])
    return np.asarray(((values < low) | (values > high)).any(axis=1))


@dataclass(frozen=True, kw_only=True)
class Learned:
    """One type: its hours from LEARNED days before the stretch on, and their scores."""

    hours: Hours
    baseline: Baseline
    scores: Scores
    offset: int  # offset of the scores in `hours`


@dataclass(kw_only=True)
class Detector:
    """Results of detector and models at the end of each plant hour, fitted once before the stretch."""

    seed: int
    first_day: int
    days: int
    outage: int | None
    learned: list[Learned] = field(default_factory=list)
    modelled: list[Modelled] = field(default_factory=list)
    powers: KeptPowers = field(default_factory=KeptPowers)

    def __post_init__(self) -> None:
        self.duties = DutySchedules(PlantClock(PLANT.tz), self.powers)
        past, begins = alarm_drifts.LEARNED_DAYS, LEARNED * 24
        sky = weather(self.seed, self.first_day - past, past + self.days)
        for kind in PLANT.types:
            whole = self._without_outage(simulated(kind, self.seed, self.first_day - past, past + self.days))
            self.modelled.append(modelled(whole, sky, past * 24))
            self.powers.add(whole)
            hours = whole.between(past * 24 - begins, len(whole))
            baseline = learn_baseline(hours.between(0, begins), PLANT.tz)
            lead = begins - LEAD_HOURS
            scores = score_hours(hours.between(lead, len(hours)), baseline, PLANT.tz)
            self.learned.append(Learned(hours=hours, baseline=baseline, scores=scores, offset=lead))

    def state_at(self, hour: datetime) -> AnalyticsState:
        """The anomalies and drifts of the day before that whole hour."""
        return AnalyticsState(
            judged=hour,
            anomalies=tuple(a for one in self.learned for a in _anomalies(one, hour)),
            drifts=tuple(d for one in self.modelled for d in alarm_drifts.drifts(one, hour)),
            learned=frozenset(m.id for m in PLANT.equipment),
            duty=self.duties.load(hour),
        )

    def _without_outage(self, hours: Hours) -> Hours:
        """Computes the hours of the outage from the minutes before and after it."""
        if self.outage is None:
            return hours
        gone = (alarm_drifts.LEARNED_DAYS * DAY_MINUTES + self.outage) // 60
        count, rows = hours.count.copy(), hours.rows.copy()
        for hour in (gone, gone + 1):
            count[..., hour] *= (60 - OUTAGE / 2) / 60
            rows[..., hour] *= (60 - OUTAGE / 2) / 60
        return replace(hours, count=count, rows=rows)


def _anomalies(one: Learned, hour: datetime) -> Iterator[Anomaly]:
    end = (hour - one.hours.hour_start(0)) // HOUR
    begin = end - BACK_HOURS
    scored, window = slice(begin - one.offset - 1, end - one.offset), one.hours.between(end - LEAD_HOURS, end)
    scores = replace(
        one.scores,
        sigmas=one.scores.sigmas[..., scored],
        excess=one.scores.excess[..., scored],
        joint=one.scores.joint[..., scored],
    )
    since = LEAD_HOURS - BACK_HOURS
    told: list[tuple[Span, int]] = [(s, begin - 1) for s in spans.find_deviations(scores, 1)]
    astray = one.scores.astray[..., end - LEAD_HOURS - one.offset : end - one.offset]
    told += [(s, end - LEAD_HOURS) for s in spans.find_stuck(window, since, one.baseline.still, astray)]
    told += [(s, end - LEAD_HOURS) for s in spans.find_silent_metrics(window, one.baseline, since)]
    for span, offset in told:
        yield _anomaly(one, replace(span, first=span.first + offset, last=span.last + offset))


def _anomaly(one: Learned, span: Span) -> Anomaly:
    hours, place, during = one.hours, span.metrics[0], slice(span.first, span.last)
    start, end = hours.hour_start(span.first), hours.hour_start(span.last)
    mean = hours.mean[span.machine, place, during]
    known = np.isfinite(mean)
    expected = in_units(one.scores.expected, one.baseline)[span.machine, 0, place] if span.kind == "deviation" else None
    metric = hours.kind.metrics[place]
    shown = None if expected is None else expected[span.first - one.offset : span.last - one.offset]
    return Anomaly(
        equipment=hours.machines[span.machine],
        metrics=tuple(hours.kind.metrics[p].name for p in span.metrics),
        kind=span.kind,
        start=start,
        end=end,
        score=span.sigmas,
        value=float(mean[known].mean()) if known.any() else None,
        expected=None if shown is None or not np.isfinite(shown).any() else float(np.nanmean(shown)),
        unit=metric.unit,
        evidence=Evidence(
            table=hours.machines[span.machine],
            column=metric.name,
            statistic="avg",
            start=start,
            end=end,
            rows=int(hours.count[span.machine, place, during].sum()),
        ),
    )


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The number of open groups at each evaluation."""

    groups: list[int]
    looks: int


def replay(app: Database, stretch: Stretch, detector: Detector, *, every: int) -> Standing:
    """Runs the watcher every `every` minutes; its alerts are in the database afterwards."""
    watcher = Watcher(databases=Databases(app=app, timeseries=app), catalog=PLANT)
    hourly = lru_cache(maxsize=1)(detector.state_at)
    groups, looks, clock = [], 0, watcher._hourly._clock
    for minute in range(60, stretch.minutes, every):
        now = moment(stretch.first + minute) + AFTER
        unusual = hourly(clock.floor(now, HOUR).astimezone(UTC))
        stands = open_alerts(app)
        groups.append(len({alert.leader for alert in stands}))
        view = _view(stretch, minute, now, unusual, [alert.equipment for alert in stands])
        if stands or view.recent or any(view.current()) or unusual.drifts:
            watcher.settle(view, stands)
            looks += 1
    return Standing(groups=groups, looks=looks)


def _view(
    stretch: Stretch, minute: int, now: datetime, unusual: AnalyticsState, standing_on: Sequence[str]
) -> Snapshot:
    doubt = {m for m, flags in stretch.doubtful.items() if flags[minute - 1]}
    doubt |= {m for m in standing_on if m in stretch.values}
    newest, since = Newest(stretch, minute), minute - READ_MINUTES
    doubt |= unusual.duty.suspects(lambda machine: stretch.runs(machine, minute))
    recent = {
        machine: tuple(
            stretch.row(machine, m) for m in range(since, minute) if not np.isnan(stretch.values[machine][m]).all()
        )
        for machine in sorted(doubt)
    }
    return Snapshot(now=now, catalog=PLANT, latest=newest, recent=recent, frozen=(), unusual=unusual)
