"""Checks of the contexts (RAG) and of the data for reinforcement learning."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import pandas as pd

from cc_common.answers.context import Context, byte_count
from cc_common.answers.number_check import check_context
from cc_common.core.errors import NotFound
from cc_common.core.windows import Window
from cc_common.operations.checks import Check, Failed, Subject, confirm, expect

DAY: Final = timedelta(days=1)
BUDGETS: Final = (500, 1000, 2000, 4000)


def built(scene: Subject) -> list[Context]:
    """The five contexts of an assembly."""
    return [look(scene) for look in BUILDERS.values()]


BUILDERS: Final[dict[str, Callable[[Subject], Context]]] = {
    "equipment summary": lambda s: s.contexts.equipment_summary(s.machine, s.until_newest(DAY)),
    "historical trend": lambda s: s.contexts.historical_trend(s.machine, s.until_newest(7 * DAY)),
    "anomalies in context": lambda s: s.contexts.anomalies_in_context(s.until_newest(DAY)),
    "comparison": lambda s: s.contexts.comparison(s.contexts.siblings(s.machine), s.until_newest(DAY)),
    "alerts context": lambda s: s.contexts.alerts_context(s.until_newest(DAY)),
}


def _said(context: Context) -> str:
    expect(bool(context.parts and context.parts[0].facts), "the context has no facts")
    return f"{sum(len(part.facts) for part in context.parts)} facts, {len(context.figures)} figures"


def _numbers(scene: Subject, context: Context) -> str:
    expect(bool(context.figures), f"the context has no figure of {scene.machine}")
    return _said(context)


def assembly(scene: Subject) -> str:
    """An assembly with sufficient budget contains every fact of each context."""
    parts = built(scene)
    whole = scene.contexts.assemble(parts, 10**9)
    expect(whole.complete and all(part.text in whole.text for part in parts), "the assembly lacks facts")
    return f"{len(whole.parts)} parts, {byte_count(whole.text):,} bytes"


def traceable(scene: Subject) -> str:
    """Every number of every text is a figure, and every figure of readings equals the result from its rows."""
    figures = 0
    for context in built(scene):
        check_context(context, scene.catalog)
        known = {machine.id for machine in scene.catalog.equipment}
        found = [f for f in context.figures if f.evidence.table in known and f.evidence.statistic != "forecast"]
        confirm(scene, found, recorded=context.kind == "alerts")
        figures += len(found)
    return f"{figures} figures found again in the rows"


def budget(scene: Subject) -> str:
    """No assembly exceeds its budget or truncates a fact."""
    parts = built(scene)
    facts = {fact for context in parts for part in context.parts for fact in part.facts}
    for most in BUDGETS:
        short = scene.contexts.assemble(parts, most)
        expect(byte_count(short.text) <= most, f"{byte_count(short.text)} bytes in a budget of {most}")
        expect({fact for part in short.parts for fact in part.facts} <= facts, "a fact was truncated")
    return f"kept at {', '.join(map(str, BUDGETS))} bytes"


def refused(scene: Subject) -> str:
    """An unknown machine is NotFound."""
    try:
        scene.contexts.equipment_summary("no_such_machine", scene.until_newest(DAY))
    except NotFound:
        return "a machine that is not there is not found"
    raise Failed("an unknown machine was not refused")


def silence(scene: Subject) -> str:
    """A window before all readings is stated in words."""
    own = scene.readings.data_range(scene.machine)
    if own is None:
        raise Failed(f"{scene.machine} has no rows")
    before = Window(start=own.start - 2 * DAY, end=own.start - DAY)
    text = scene.contexts.historical_trend(scene.machine, before).text
    expect("There are no readings" in text, "the text does not say that the window is empty")
    return "an empty window is told in words"


_OF_READINGS: Final = ("equipment summary", "historical trend", "comparison")


def _check(name: str, build: Callable[[Subject], Context]) -> Check:
    if name in _OF_READINGS:
        return Check(f"rag: {name}", lambda scene: _numbers(scene, build(scene)))
    return Check(f"rag: {name}", lambda scene: _said(build(scene)))


RAG_SUITE: Final = (
    *(_check(name, build) for name, build in BUILDERS.items()),
    Check("rag: context assembly", assembly),
    Check("rag: every number traceable", traceable),
    Check("rag: budget kept", budget),
    Check("rag: unknown refused", refused),
    Check("rag: empty window in words", silence),
)


LENGTH: Final = timedelta(days=7)
COUNT: Final = 40
SYNTHETIC: Final = 20
STEPS: Final = 5


def _states(scene: Subject, seed: int) -> pd.DataFrame:
    return scene.rl.states(scene.rl.newest(LENGTH), count=COUNT, seed=seed)


def _trajectories(scene: Subject, seed: int) -> pd.DataFrame:
    return scene.rl.trajectories(scene.rl.newest(LENGTH), count=4, steps=STEPS, step_minutes=5, seed=seed)


def _pairs(scene: Subject, seed: int) -> pd.DataFrame:
    window = scene.rl.newest(LENGTH)
    return scene.rl.pairs(window, seed=seed, synthetic=SYNTHETIC)


PROVIDERS: Final[dict[str, Callable[[Subject, int], pd.DataFrame]]] = {
    "states": _states,
    "trajectories": _trajectories,
    "pairs": _pairs,
}


def states(scene: Subject) -> str:
    """The requested number of states, each from an existing row."""
    frame = _states(scene, scene.seed)
    expect(len(frame) == COUNT, f"{len(frame)} of {COUNT} states")
    expect(set(frame["table"]) <= {m.id for m in scene.catalog.equipment}, "a machine is not in the catalogue")
    return f"{len(frame)} states of {frame['table'].nunique()} machines, {len(frame.columns)} columns"


def trajectories(scene: Subject) -> str:
    """Steps of one machine, five minutes apart."""
    frame = _trajectories(scene, scene.seed)
    for _, run in frame.groupby("trajectory"):
        apart = run["ts"].diff().dropna()
        expect(
            run["table"].nunique() == 1 and bool((apart == timedelta(minutes=5)).all()),
            "a trajectory changes its machine or step",
        )
    return f"{frame['trajectory'].nunique()} runs of {STEPS} steps"


def pairs(scene: Subject) -> str:
    """Two lines each; unrated pairs are marked as synthetic."""
    frame = _pairs(scene, scene.seed)
    expect(bool((frame["chosen"] != frame["rejected"]).all()), "a pair has the same line twice")
    made_up = frame[frame["synthetic"]]
    expect(len(made_up) == SYNTHETIC and set(made_up["how"]) == {"synthetic"}, "synthetic pairs are not marked")
    return f"{len(frame) - len(made_up)} from ratings of {LENGTH.days} days, {len(made_up)} made up"


def batches(scene: Subject) -> str:
    """Half of the states are from times with anomalies, if there were any."""
    window = scene.rl.newest(LENGTH)
    try:
        frame = scene.rl.batch(window, count=COUNT, share=0.5, seed=scene.seed)
    except NotFound:
        frame = scene.rl.batch(window, count=COUNT, share=0, seed=scene.seed)
        expect(not frame["anomalous"].any(), "anomalies where there are none")
        return f"nothing was wrong in {LENGTH.days} days: {len(frame)} states without"
    expect(int(frame["anomalous"].sum()) == COUNT // 2, f"{frame['anomalous'].sum()} of {COUNT // 2} anomalous states")
    return f"{COUNT // 2} of {COUNT} states anomalous: {', '.join(sorted(set(frame['anomaly']) - {''}))}"


def statistics(scene: Subject) -> str:
    """A row for each metric of each type with rows, with at most one reading a minute."""
    frame = scene.rl.statistics(scene.rl.newest(LENGTH))
    expect(bool(len(frame)) and bool((frame["missing"] >= 0).all()), "more readings than minutes")
    return f"{frame['readings'].sum():,} readings of {len(frame)} metrics, {frame['missing'].sum():,} missing"


def reproducible(scene: Subject) -> str:
    """The same seed gives the same frame, and another seed a different one."""
    for name, provide in PROVIDERS.items():
        first, again = provide(scene, scene.seed), provide(scene, scene.seed)
        expect(first.equals(again), f"{name}: the same seed gave other data")
        expect(not first.equals(provide(scene, scene.seed + 1)), f"{name}: another seed gave the same data")
    return f"{', '.join(PROVIDERS)}: the same seed, the same data"


def no_future(scene: Subject) -> str:
    """Every state depends only on rows up to its own minute."""
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
        expect(same, f"{row['table']} at {row['ts']}: {metric.name} depends on later rows")
    return f"{len(frame)} states told again from rows up to their minute"


def _same(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9) or (math.isnan(one) and math.isnan(other))


RL_SUITE: Final = (
    Check("rl: state sampling", states),
    Check("rl: trajectory sampling", trajectories),
    Check("rl: preference pairs", pairs),
    Check("rl: anomaly-enriched batches", batches),
    Check("rl: dataset statistics", statistics),
    Check("rl: reproducible", reproducible),
    Check("rl: no leakage of the future", no_future),
)
