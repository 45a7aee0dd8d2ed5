"""Checks of the data for learning: five providers, the same again for the same seed, and nothing of the future."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import pandas as pd

from cc_common.check.model import Check, expect
from cc_common.check.scene import Scene
from cc_common.errors import NotFound

LENGTH: Final = timedelta(days=7)
COUNT: Final = 40
SYNTHETIC: Final = 20
STEPS: Final = 5


def _states(scene: Scene, seed: int) -> pd.DataFrame:
    return scene.rl.states(scene.rl.newest(LENGTH), count=COUNT, seed=seed)


def _trajectories(scene: Scene, seed: int) -> pd.DataFrame:
    return scene.rl.trajectories(scene.rl.newest(LENGTH), count=4, steps=STEPS, step_minutes=5, seed=seed)


def _pairs(scene: Scene, seed: int) -> pd.DataFrame:
    window = scene.rl.newest(LENGTH)
    return scene.rl.pairs(window, seed=seed, synthetic=SYNTHETIC)


PROVIDERS: Final[dict[str, Callable[[Scene, int], pd.DataFrame]]] = {
    "states": _states,
    "trajectories": _trajectories,
    "pairs": _pairs,
}


def states(scene: Scene) -> str:
    """As many states as asked for, each of a row that is there."""
    frame = _states(scene, scene.seed)
    expect(len(frame) == COUNT, f"{len(frame)} of {COUNT} states")
    expect(set(frame["table"]) <= {m.id for m in scene.catalog.equipment}, "a state of no machine of this plant")
    return f"{len(frame)} states of {frame['table'].nunique()} machines, {len(frame.columns)} columns"


def trajectories(scene: Scene) -> str:
    """Steps of one machine, five minutes apart."""
    frame = _trajectories(scene, scene.seed)
    for _, run in frame.groupby("trajectory"):
        apart = run["ts"].diff().dropna()
        expect(run["table"].nunique() == 1 and bool((apart == timedelta(minutes=5)).all()), "a run that is broken")
    return f"{frame['trajectory'].nunique()} runs of {STEPS} steps"


def pairs(scene: Scene) -> str:
    """Two lines each; what nobody rated is marked."""
    frame = _pairs(scene, scene.seed)
    expect(bool((frame["chosen"] != frame["rejected"]).all()), "a pair of the same line twice")
    made_up = frame[frame["synthetic"]]
    expect(len(made_up) == SYNTHETIC and set(made_up["how"]) == {"synthetic"}, "made-up pairs that do not say so")
    return f"{len(frame) - len(made_up)} from ratings of {LENGTH.days} days, {len(made_up)} made up"


def batches(scene: Scene) -> str:
    """Half of the states from times when something was wrong, if anything was."""
    window = scene.rl.newest(LENGTH)
    try:
        frame = scene.rl.batch(window, count=COUNT, share=0.5, seed=scene.seed)
    except NotFound:
        frame = scene.rl.batch(window, count=COUNT, share=0, seed=scene.seed)
        expect(not frame["anomalous"].any(), "anomalies where there are none")
        return f"nothing was wrong in {LENGTH.days} days: {len(frame)} states without"
    expect(int(frame["anomalous"].sum()) == COUNT // 2, f"{frame['anomalous'].sum()} of {COUNT // 2} anomalous states")
    return f"{COUNT // 2} of {COUNT} states anomalous: {', '.join(sorted(set(frame['anomaly']) - {''}))}"


def statistics(scene: Scene) -> str:
    """A row for each metric of each type with rows, and no more readings than minutes."""
    frame = scene.rl.statistics(scene.rl.newest(LENGTH))
    expect(bool(len(frame)) and bool((frame["missing"] >= 0).all()), "more readings than minutes")
    return f"{frame['readings'].sum():,} readings of {len(frame)} metrics, {frame['missing'].sum():,} missing"


def reproducible(scene: Scene) -> str:
    """The same seed gives the same frame, another seed another."""
    for name, provide in PROVIDERS.items():
        first, again = provide(scene, scene.seed), provide(scene, scene.seed)
        expect(first.equals(again), f"{name}: the same seed gave other data")
        expect(not first.equals(provide(scene, scene.seed + 1)), f"{name}: another seed gave the same data")
    return f"{', '.join(PROVIDERS)}: the same seed, the same data"


def no_future(scene: Scene) -> str:
    """Every state can be told from rows up to its own minute alone."""
    frame = _states(scene, scene.seed)
    for row in frame.to_dict("records"):
        metric = next((m for m in scene.catalog.type_of(row["table"]).metrics if m.kind == "gauge"), None)
        if metric is None:
            continue
        bounds = {"start": row["ts"] - timedelta(days=1), "end": row["ts"]}
        known = scene.sql("readings_until", bounds, table=row["table"], column=metric.name)
        values = [r.value for r in known if r.value is not None]
        mean = sum(values) / len(values) if values else math.nan
        now = next((r.value for r in known if r.ts == row["ts"]), None)
        told = (row[metric.name], row[f"{metric.name}_mean_24h"])
        same = _same(told[0], math.nan if now is None else now) and _same(told[1], mean)
        expect(same, f"{row['table']} at {row['ts']}: {metric.name} is not told from its past alone")
    return f"{len(frame)} states told again from rows up to their minute"


def _same(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9) or (math.isnan(one) and math.isnan(other))


SUITE: Final = (
    Check("rl: state sampling", states),
    Check("rl: trajectory sampling", trajectories),
    Check("rl: preference pairs", pairs),
    Check("rl: anomaly-enriched batches", batches),
    Check("rl: dataset statistics", statistics),
    Check("rl: reproducible", reproducible),
    Check("rl: no leakage of the future", no_future),
)
