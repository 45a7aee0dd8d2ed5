"""Drifts for the alarm replay: models fitted once before a stretch, evaluated hour by hour.

A model is served when its backtest admits it, as on a plant's first night; in service it is fitted every night.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np

from cc_common.analytics.anomalies.hours import Hours
from cc_common.analytics.anomalies.operation import assign_groups
from cc_common.analytics.anomalies.robust_statistics import Flags, Floats
from cc_common.analytics.expected_behaviour.backtest import judge_model
from cc_common.analytics.expected_behaviour.drift_episodes import fill_short_gaps, find_drift_episodes
from cc_common.analytics.expected_behaviour.expectation_figures import Observation, build_drift
from cc_common.analytics.expected_behaviour.expectations import DRIFT_LOOKBACK
from cc_common.analytics.expected_behaviour.features import Prediction, predict_hours
from cc_common.analytics.expected_behaviour.fitting import held_out_hours
from cc_common.analytics.expected_behaviour.learning import learn_models
from cc_common.analytics.expected_behaviour.machine_model import DRIFT_HOURS, HISTORY, Drift, MachineModel
from cc_common.analytics.expected_behaviour.model_store import ServedModels
from cc_common.core.windows import HOUR
from cc_common.simulator import PLANT

LEARNED_DAYS: Final = HISTORY // timedelta(days=1)
FIRST_VERSION: Final = 1


@dataclass(frozen=True, kw_only=True)
class Modelled:
    """One type: its hours, and the predictions for them of models fitted on the first of them."""

    hours: Hours
    seen: Prediction
    limit: Floats  # (n, p), NaN where no model is served
    found: dict[str, ServedModels]
    beyond: Flags  # (T,) hours in which any metric of any machine is past its limit


def modelled(hours: Hours, sky: Floats, since: int) -> Modelled:
    """Fits on the hours before `since`; `sky`: (T,) the weather."""
    group, past = assign_groups(len(hours.machines)), hours.between(0, since)
    kept = held_out_hours(since)
    models = learn_models(past, sky[:since], group, held_out=kept, named="weather", tz=PLANT.tz)
    gates = _gates(models, past, sky[:since], group, kept)
    served = [model if gate["adopted"] else None for model, gate in zip(models, gates, strict=True)]
    nothing = np.full(len(hours.kind.metrics), np.nan)
    seen = predict_hours(served, hours, sky, group, PLANT.tz)
    limit = np.stack([nothing if model is None else model.limit for model in served])
    return Modelled(
        hours=hours,
        seen=seen,
        limit=limit,
        beyond=np.asarray((np.abs(fill_short_gaps(seen.missed)) > limit[..., None]).any((0, 1))),
        found={
            model.equipment: ServedModels(version=FIRST_VERSION, model=model, gate=gate)
            for model, gate in zip(models, gates, strict=True)
            if gate["adopted"]
        },
    )


def drifts(one: Modelled, hour: datetime) -> Iterator[Drift]:
    """The drifts of the day before that whole hour."""
    end = (hour - one.hours.hour_start(0)) // HOUR
    first = end - DRIFT_LOOKBACK // HOUR - DRIFT_HOURS
    if not one.beyond[first:end].any():  # no drift, and this keeps the replay fast
        return iter(())
    seen = replace(one.seen, **{name: getattr(one.seen, name)[..., first:end] for name in ("actual", "expected", "on")})
    look = Observation(hours=one.hours.between(first, end), found=one.found, seen=seen)
    return (
        build_drift(look, spell) for spell in find_drift_episodes(seen.missed, one.limit, one.hours.kind, DRIFT_HOURS)
    )


def _gates(
    models: Sequence[MachineModel], hours: Hours, sky: Floats, group: Sequence[int], held_out: int
) -> list[dict[str, Any]]:
    """The result of each backtest, as the database keeps it; there is no previous version."""
    new = predict_hours(models, hours, sky, group, PLANT.tz)
    before = replace(new, expected=np.full_like(new.expected, np.nan))
    verdicts = judge_model(models, new, before, hours, held_out, PLANT.tz)
    return [verdict.as_json(model) for model, verdict in zip(models, verdicts, strict=True)]
