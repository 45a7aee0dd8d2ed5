"""MachineModel: a machine's regression model, its serialisation, its versions, and its predictions."""

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

HISTORY: Final = timedelta(days=84)  # used for training; a shorter history is used whole
MIN_DAYS: Final = 7.0  # of readings; with less there is no model
HALF_LIFE_DAYS: Final = 14.0  # age at which an hour's weight is halved
HELD_OUT_DAYS: Final = 7  # newest days for the backtest, or a quarter of a shorter history
MIN_HOURS: Final = 96  # training hours of a metric while the machine runs
STANDBY: Final = 0.2  # share of hours a type's machines run, below which they are modelled at rest
COOLING_HOURS: Final = 4  # after running, in which a machine is warm and not modelled at rest
STILL: Final = 1e-6  # of its size: a smaller spread counts as constant

LEVEL: Final = 0.9  # share of a healthy machine's hours within the band
NOT_WORSE: Final = 1.01  # largest ratio to the error of the previous version, or of the mean per hour of day

DRIFT_HOURS: Final = 6  # of the rolling median of residuals
DRIFT_KNOWN: Final = 4  # of them with readings while the machine ran
DRIFT_SIGMAS: Final = 4.0  # least deviation of that median
DRIFT_SHARE: Final = 0.01  # of its usual value: the least relevant drift is this or half the scale, whichever is less
MARGIN: Final = 1.5  # times the maximum of healthy siblings, and of the machine on its usual days
COMMON: Final = 3  # machines of a type, and at least
COMMON_SHARE: Final = 0.15  # of those that run: a deviation so many share is due to weather or plant
COMPANION: Final = 0.5  # share of its limit from which another metric is a companion of a drift
STEP_SIGMAS: Final = 5.0  # least height of a level shift,
STEP_LEFT: Final = 0.3  # and largest share of the residual sum of squares it may leave
STEP_DAYS: Final = 7  # least length of the new level, lasting up to STEP_FRESH days ago
STEP_FRESH: Final = 2
STEP_METRICS: Final = 2  # that shift at once, at most: more indicate the machine, not a sensor
KEPT: Final = 14  # versions kept per machine


ModelState = Literal["served", "retired", "rejected"]
HourState = Literal["on", "off", "ran", "unread"]
Judged = Literal["running", "resting", "any"]
Step = Literal["PT1H", "P1D"]


@dataclass(frozen=True, kw_only=True)
class MachineModel:
    """p metrics, k regressors. Readings are scaled to (value - center) / scale. NaN: the metric has no model."""

    equipment: str
    metrics: tuple[str, ...]
    load: str | None
    beside: tuple[str, ...]
    weather: str | None
    judged: Judged  # the hours it models: running, resting, or any
    trained: Window  # training window, disjoint from the backtest's
    hours: int  # training hours
    level: Floats  # (1,) the load's usual level
    covariates: Floats  # (beside and weather, 2) center and scale
    center: Floats  # (p,)
    scale: Floats  # (p,)
    own: Floats  # (p, k) on load, weather and hour
    full: Floats  # (p, k + 1) with the neighbours' common movement
    sigma: Floats  # (p,) in the metrics' units, as are the next two
    reach: Floats  # (p,) half width of the band
    limit: Floats  # (p,) of the rolling median, above which a metric drifts
    why: Mapping[str, str]  # metric without a model -> reason
    since: Mapping[str, datetime] = field(default_factory=dict)  # metric with a level shift -> its time


@dataclass(frozen=True, kw_only=True)
class ModelRow:
    """One version of a machine's model; `gate` holds the backtest that adopted or rejected it."""

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
    """The plant hour (or day) from `start` on, in the metric's unit; no expected value while the machine is off."""

    start: datetime
    state: HourState
    value: float | None
    expected: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True)
class ExpectedSeries:
    """A series of expected values. `error`, `hourly_error`: mean absolute errors of model and hour-of-day means."""

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
    evidence: Evidence  # the training readings


@dataclass(frozen=True, kw_only=True)
class Drift:
    """A metric's deviation from its model over [start, end), UTC; figures are means over its evidence."""

    equipment: str
    metric: str
    start: datetime
    end: datetime
    value: float
    expected: float
    unit: str
    excess: float  # ratio to its limit
    cause: str | None  # in words, where a rule matches the pattern
    version: int
    error: float | None
    evidence: Evidence  # of value

    @property
    def figures(self) -> tuple[Figure, Figure]:
        """The actual and the expected value, each with its rows."""
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
        """The relative deviation from the expected value; None when that is near zero."""
        return (self.value - self.expected) / abs(self.expected) if abs(self.expected) > 1e-9 else None


FORMAT: Final = 2  # models stored in another format are ignored
ARRAYS: Final = ("level", "covariates", "center", "scale", "own", "full", "sigma", "reach", "limit")
_PLAIN: Final = tuple(f.name for f in fields(MachineModel) if f.name not in (*ARRAYS, "trained", "since"))
_MAGIC: Final = b"CCMACH\0\1"
_LENGTH: Final = struct.Struct("<I")


def to_bytes(model: MachineModel) -> bytes:
    """Serialises the model in about 2 kB."""
    arrays = {name: np.asarray(getattr(model, name), "<f4") for name in ARRAYS}
    header = {name: getattr(model, name) for name in _PLAIN}
    header["why"] = dict(model.why)
    header["trained"] = [model.trained.start.isoformat(), model.trained.end.isoformat()]
    header["since"] = {name: at.isoformat() for name, at in model.since.items()}
    header["shapes"] = {name: array.shape for name, array in arrays.items()}
    text = json.dumps(header).encode()
    return b"".join((_MAGIC, _LENGTH.pack(len(text)), text, *(a.tobytes() for a in arrays.values())))


def from_bytes(data: bytes) -> MachineModel:
    """Restores the model, to float32 precision."""
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
