"""Baseline: the learned normal behaviour of the machines of one type, and its serialisation."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, fields, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cc_common.analytics.anomalies.hours import Hours
from cc_common.analytics.anomalies.operation import Operation, clock_harmonics, common_movement, measure_operation
from cc_common.analytics.anomalies.robust_statistics import Flags, Floats, predict

# The axis "statistics": the hour's mean, lowest and highest reading. The axis "classes": steady hours, then
# hours in which the machine was both on and off.


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """n machines, p metrics. Readings are scaled to (value - center) / scale, the unit of sigmas and limits."""

    machines: tuple[str, ...]
    group: tuple[int, ...]  # of each machine: neighbours with a common movement
    driver: int  # index of the metric that best predicts the others
    level: Floats  # (n,) the driver's usual level when on
    center: Floats  # (n, p)
    scale: Floats  # (n, p)
    own: Floats  # (n, p, OWN) first regression, on the machine's own operation
    coefficients: Floats  # (n, 3 statistics, p, k) full regression
    sigma: Floats  # (n, 3 statistics, p, 2 classes)
    limit: Floats  # (n, 3 statistics, p, 2 classes) in sigmas
    limit_smoothed: Floats  # (n, p, 2 classes)
    limit_slow: Floats  # (n, p, 2 classes)
    axes: Floats  # (n, p, p) principal axes of the means' deviations, in columns, by falling variance
    variances: Floats  # (n, p) along the axes
    kept: Floats  # (n,) number of axes used for T squared; the rest for Q
    limit_joint: Floats  # (n, 2: T and Q, 2 classes)
    still: Floats  # (n, p, 2) least flat hours that count as stuck: at a value, and at zero
    astray: Floats  # (n, p, 2) limits while flat: deviation in sigmas and in steps; inf: rests by nature
    never_zero: Floats  # (n, p) 1 where a reading of zero does not occur
    never_zero_on: Floats  # (n, p) the same while the machine runs
    never_silent: Floats  # (n, p) 1 where a missing value in a row does not occur

    def pick(self, places: list[int]) -> Baseline:
        """Selects machines, in the order given."""
        cut = {name: getattr(self, name)[places] for name in ARRAYS}
        machines, group = tuple(self.machines[i] for i in places), tuple(self.group[i] for i in places)
        return replace(self, machines=machines, group=group, **cut)

    def narrow(self, metrics: list[int]) -> Baseline:
        """Selects metrics, in the order given, the driver among them; drops T squared and Q, which need all metrics."""
        cut: dict[str, Any] = {n: np.take(getattr(self, n), metrics, axis) for n, axis in _METRIC_AXES.items()}
        nothing = np.zeros((len(self.machines), len(metrics), len(metrics)))
        return replace(self, driver=metrics.index(self.driver), axes=nothing, variances=nothing[:, 0] + 1, **cut)


_METRIC_AXES: Final = {
    "center": 1,
    "scale": 1,
    "own": 1,
    "coefficients": 2,
    "sigma": 2,
    "limit": 2,
    "limit_smoothed": 1,
    "limit_slow": 1,
    "still": 1,
    "astray": 1,
    "never_zero": 1,
    "never_zero_on": 1,
    "never_silent": 1,
}
ARRAYS: Final = tuple(f.name for f in fields(Baseline) if f.name not in ("machines", "group", "driver"))


def scale_values(hours: Hours, center: Floats, scale: Floats) -> Floats:
    """Scales the hours' targets: (n, 3, p, T)."""
    measured: Floats = (hours.targets() - center[:, None, :, None]) / scale[:, None, :, None]
    return measured


def baseline_regressors(hours: Hours, run: Operation, shared: Floats, tz: str) -> Floats:
    """The regressors (n, p, T, k): own operation, the neighbours' common movement of the metric, the plant's hour."""
    own = np.broadcast_to(run.own[:, None], (*shared.shape, run.own.shape[-1]))
    hour = np.broadcast_to(clock_harmonics(hours, tz), (*shared.shape, 4))
    return np.concatenate([own, shared[..., None], hour], axis=-1)


def expected_values(baseline: Baseline, hours: Hours, tz: str) -> tuple[Floats, Floats, Flags]:
    """Predicts the hours: scaled targets and their expected values, each (n, 3, p, T), and flags of changing hours.

    `hours` and `baseline` name the same machines in one order, whole groups.
    """
    run = measure_operation(hours, baseline.driver, baseline.level)
    targets = scale_values(hours, baseline.center, baseline.scale)
    missed = targets[:, 0] - predict(run.own[:, None], baseline.own)
    x = baseline_regressors(hours, run, common_movement(missed, baseline.group), tz)
    return targets, predict(x[:, None], baseline.coefficients), run.changing


VERSION: Final = 3  # baselines stored with another version are ignored
_MAGIC: Final = b"CCBASE\0\1"
_LENGTH: Final = struct.Struct("<I")


def to_bytes(baseline: Baseline, place: int) -> bytes:
    """Serialises the baseline of the machine at that index."""
    arrays = [np.asarray(getattr(baseline, name)[place], "<f4") for name in ARRAYS]
    shapes = {name: array.shape for name, array in zip(ARRAYS, arrays, strict=True)}
    header = json.dumps({"driver": baseline.driver, "group": baseline.group[place], "shapes": shapes}).encode()
    return b"".join((_MAGIC, _LENGTH.pack(len(header)), header, *(array.tobytes() for array in arrays)))


def from_bytes(stored: list[tuple[str, bytes]]) -> Baseline:
    """Restores the baseline of machines of one type, learned together, from (id, bytes) of each; at least one."""
    headers, numbers = zip(*(_opened(data) for _, data in stored), strict=True)
    together = np.stack(numbers)
    arrays, at = {}, 0
    for name, shape in headers[0]["shapes"].items():
        size = int(np.prod(shape))
        arrays[name] = together[:, at : at + size].reshape(-1, *shape).astype(np.float64)
        at += size
    group = tuple(int(header["group"]) for header in headers)
    return Baseline(machines=tuple(m for m, _ in stored), group=group, driver=headers[0]["driver"], **arrays)


def _opened(data: bytes) -> tuple[dict[str, Any], npt.NDArray[np.float32]]:
    (length,) = _LENGTH.unpack_from(data, len(_MAGIC))
    begins = len(_MAGIC) + _LENGTH.size
    return json.loads(data[begins : begins + length]), np.frombuffer(data, "<f4", offset=begins + length)
