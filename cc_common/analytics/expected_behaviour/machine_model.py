"""MachineModel: a machine's model of normal behaviour, its bytes, its versions, and what it expects."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import numpy as np

from cc_common.analytics.anomalies.robust_statistics import Floats
from cc_common.core.evidence import Evidence, Figure
from cc_common.core.windows import Window

TUNED_ON: Final = (11, 12)

HISTORY: Final = timedelta(days=84)  # looked at; less is taken as it is
MIN_DAYS: Final = 7.0  # of readings: below it there is no model
HALF_LIFE_DAYS: Final = 14.0  # what is so much older counts half
HELD_OUT_DAYS: Final = 7  # the newest stretch, or a quarter of a shorter history: never learned from, judged on
MIN_HOURS: Final = 96  # learned from, of a metric while the machine runs
STANDBY: Final = 0.2  # share of hours a type's machines run: below it they are judged at rest
COOLING_HOURS: Final = 4  # after it ran a machine is warm, and not judged at rest
STILL: Final = 1e-6  # of its size: what moves less has not moved

LEVEL: Final = 0.9  # of a healthy machine's hours the band is to hold
NOT_WORSE: Final = 1.01  # times the error of the version before it, or of the hour of day's mean

DRIFT_HOURS: Final = 6  # whose median says where a metric is
DRIFT_KNOWN: Final = 4  # of them must have been read while the machine ran
DRIFT_SIGMAS: Final = 4.0  # least that this median must lie off
DRIFT_SHARE: Final = 0.01  # of what it usually is, and half of how much it moves: less than the lesser is no matter
MARGIN: Final = 1.5  # times what healthy siblings, and the machine on its usual days, were seen to reach
COMMON: Final = 3  # machines of a type, and
COMMON_SHARE: Final = 0.15  # of those that run: what so many show at once is the weather or the plant
COMPANION: Final = 0.5  # of its limit: so far off, another metric goes along
STEP_SIGMAS: Final = 5.0  # so high is a step that is taken for a sensor on another level,
STEP_LEFT: Final = 0.3  # when it leaves at most so much of the squares that nothing else explains
STEP_DAYS: Final = 7  # the new level must have held, up to STEP_FRESH days ago: no fault lasts so long without growing
STEP_FRESH: Final = 2
STEP_METRICS: Final = 2  # that move at once, at most: what moves more of them is no sensor
KEPT: Final = 14  # versions of a machine


ModelState = Literal["served", "retired", "rejected"]
HourState = Literal["on", "off", "ran", "unread"]
Judged = Literal["running", "resting", "any"]
Step = Literal["PT1H", "P1D"]


@dataclass(frozen=True, kw_only=True)
class MachineModel:
    """p metrics, k regressors. Readings are taken as (value - center) / scale. NaN: that metric has no model."""

    equipment: str
    metrics: tuple[str, ...]
    load: str | None
    beside: tuple[str, ...]
    weather: str | None
    judged: Judged  # the hours it is a model of: those of a machine that runs, that rests, or all
    trained: Window  # never judged within it
    hours: int  # learned from
    level: Floats  # (1,) the load's usual level
    covariates: Floats  # (beside and weather, 2) center and scale
    center: Floats  # (p,)
    scale: Floats  # (p,)
    own: Floats  # (p, k) load, weather and hour alone
    full: Floats  # (p, k + 1) and the neighbours' common movement
    sigma: Floats  # (p,) in units, as are the next two
    reach: Floats  # (p,) half the band's width
    limit: Floats  # (p,) of the median of some hours: beyond it a metric drifts
    why: Mapping[str, str]  # of metrics without a model
    since: Mapping[str, datetime] = field(default_factory=dict)  # of metrics that stand on another level since then


@dataclass(frozen=True, kw_only=True)
class ModelRow:
    """One version of one machine's model; `gate` holds the backtest that let it in or kept it out."""

    equipment: str
    version: int
    state: ModelState
    trained_from: datetime
    trained_until: datetime
    hours: int
    created_at: datetime
    gate: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class ExpectedHour:
    """The plant hour (or day) from `start` on, in the metric's unit; nothing is expected of a machine off."""

    start: datetime
    state: HourState
    value: float | None
    expected: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True)
class ExpectedSeries:
    """`error`: mean absolute error of this version in its backtest, `hourly_error` that of the hour of day's mean."""

    equipment: str
    metric: str
    unit: str
    window: Window
    step: Step
    level: float
    version: int
    trained_from: datetime
    trained_until: datetime
    error: float | None
    hourly_error: float | None
    points: tuple[ExpectedHour, ...]
    evidence: Evidence  # the readings it was learned from


@dataclass(frozen=True, kw_only=True)
class Drift:
    """A metric that has left what its machine's model explains over [start, end), UTC; means over its evidence."""

    equipment: str
    metric: str
    start: datetime
    end: datetime
    value: float
    expected: float
    unit: str
    excess: float  # times its limit
    cause: str | None  # in words, where a rule knows the pattern
    version: int
    error: float | None
    evidence: Evidence  # of value

    @property
    def figures(self) -> tuple[Figure, Figure]:
        """What was read and what was expected, each with the rows behind it."""
        expected = replace(self.evidence, statistic="forecast")
        return self._figure(self.value, self.evidence), self._figure(self.expected, expected)

    def _figure(self, value: float, evidence: Evidence) -> Figure:
        return Figure(
            equipment=self.equipment,
            metric=self.metric,
            statistic=evidence.statistic,
            value=value,
            unit=self.unit,
            start=evidence.start,
            end=evidence.end,
            evidence=evidence,
        )

    @property
    def share(self) -> float | None:
        """How far above (or below) what was expected, as a share of that; None beside zero."""
        return (self.value - self.expected) / abs(self.expected) if abs(self.expected) > 1e-9 else None


FORMAT: Final = 2  # another one makes stored models as good as none
ARRAYS: Final = ("level", "covariates", "center", "scale", "own", "full", "sigma", "reach", "limit")
_PLAIN: Final = tuple(f.name for f in fields(MachineModel) if f.name not in (*ARRAYS, "trained", "since"))
_MAGIC: Final = b"CCMACH\0\1"
_LENGTH: Final = struct.Struct("<I")


def to_bytes(model: MachineModel) -> bytes:
    """About 2 kB."""
    arrays = {name: np.asarray(getattr(model, name), "<f4") for name in ARRAYS}
    header = {name: getattr(model, name) for name in _PLAIN}
    header["why"] = dict(model.why)
    header["trained"] = [model.trained.start.isoformat(), model.trained.end.isoformat()]
    header["since"] = {name: at.isoformat() for name, at in model.since.items()}
    header["shapes"] = {name: array.shape for name, array in arrays.items()}
    text = json.dumps(header).encode()
    return b"".join((_MAGIC, _LENGTH.pack(len(text)), text, *(a.tobytes() for a in arrays.values())))


def from_bytes(data: bytes) -> MachineModel:
    """As it was, to the precision of float32."""
    (length,) = _LENGTH.unpack_from(data, len(_MAGIC))
    begins = len(_MAGIC) + _LENGTH.size
    header: dict[str, Any] = json.loads(data[begins : begins + length])
    numbers, at = np.frombuffer(data, "<f4", offset=begins + length), 0
    arrays: dict[str, Any] = {}
    for name, shape in header.pop("shapes").items():
        size = int(np.prod(shape))
        arrays[name] = numbers[at : at + size].reshape(shape).astype(np.float64)
        at += size
    start, end = (datetime.fromisoformat(text) for text in header.pop("trained"))
    since = {name: datetime.fromisoformat(text) for name, text in header.pop("since").items()}
    header |= {name: tuple(header[name]) for name in ("metrics", "beside")}
    return MachineModel(trained=Window(start=start, end=end), since=since, **header, **arrays)
