"""What models expect of hours: each machine by its own load, weather and hour, and by what its neighbours show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cc_common.anomalies.hours import Hours
from cc_common.anomalies.operation import of_neighbours
from cc_common.anomalies.parameters import FEWEST_READINGS
from cc_common.anomalies.robust import Flags, Floats
from cc_common.machines.features import Measures, during, regressors
from cc_common.machines.model import MachineModel


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """n machines, p metrics of the hours' type, T hours; in units, NaN where nothing was read or is expected."""

    actual: Floats  # (n, p, T)
    expected: Floats
    on: Flags  # (n, T)

    @property
    def missed(self) -> Floats:
        """(n, p, T): how far above what was expected."""
        return self.actual - self.expected


def gauges(hours: Hours, on: Flags) -> Floats:
    """(n, p, T): hourly means of gauges while on."""
    kinds = np.array([m.kind == "gauge" for m in hours.kind.metrics])
    known = (hours.count >= FEWEST_READINGS) & on[:, None] & kinds[None, :, None]
    return np.where(known, hours.mean, np.nan)


def predict(
    models: Sequence[MachineModel | None], hours: Hours, weather: Floats, group: Sequence[int], tz: str
) -> Prediction:
    """`models`: one for each of the hours' machines; a machine without one has nothing expected of it."""
    flags = {which: during(hours, which) for which in {m.judged for m in models if m}}
    nothing = np.zeros(hours.rows.shape, bool)
    on = np.stack([flags[m.judged][at] if m else nothing[at] for at, m in enumerate(models)])
    actual, p = gauges(hours, on), len(hours.kind.metrics)
    alone, weight = np.full(actual.shape, np.nan), np.zeros((len(models), p))
    whole = alone.copy()
    for place, model in enumerate(models):
        if model is not None:
            x = regressors(hours, place, _measures(model), weather, tz)
            rows = [model.metrics.index(m.name) if m.name in model.metrics else None for m in hours.kind.metrics]
            for at, row in enumerate(rows):
                if row is not None:
                    center, scale = model.center[row], model.scale[row]
                    alone[place, at] = center + scale * (x @ model.own[row])
                    whole[place, at] = center + scale * (x @ model.full[row, :-1])
                    weight[place, at] = model.full[row, -1]
    common = np.nan_to_num(of_neighbours(actual - alone, group))
    expected = np.where(on[:, None], whole + weight[..., None] * common, np.nan)
    return Prediction(actual=actual, expected=expected, on=on)


def _measures(model: MachineModel) -> Measures:
    return Measures(load=model.load, beside=model.beside, level=float(model.level[0]), covariates=model.covariates)
