"""Comparison: one metric of several machines over the same window, the highest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cc_common.catalog.equipment import Metric
from cc_common.catalog.store import Catalog
from cc_common.errors import InvalidInput
from cc_common.evidence import Figure, Statistic
from cc_common.rag.model import Context, Fact, Part, Relevance
from cc_common.rag.saying import Voice, listed
from cc_common.timeseries import DEFAULT_STATISTIC, TimeSeries
from cc_common.window import Window

BESIDE: Final[dict[str, tuple[Statistic, ...]]] = {"gauge": ("min", "max"), "counter": (), "tally": ("max",)}


def comparison(
    readings: TimeSeries, catalog: Catalog, equipment_ids: Sequence[str], window: Window, metric: str | None
) -> Context:
    """At least two machines, by `metric` or by the first that all of them have."""
    machines = tuple(dict.fromkeys(catalog.get(each).id for each in equipment_ids))
    if len(machines) < 2:
        raise InvalidInput("A comparison needs at least two machines.")
    common = _common(catalog, machines, metric)
    shown, voice = _figures(readings, machines, common, window), Voice(catalog)
    silent = [voice.name(machine) for machine in machines if machine not in shown]
    facts = [_fact(voice, figures, place, len(shown)) for place, figures in enumerate(shown.values())]
    if silent:
        facts.append(Fact(text=f"no readings in this time: {listed(silent)}", relevance=Relevance.NEIGHBOURS))
    part = Part(
        heading=f"Compared by {common.label} {voice.span(window)}, the highest first",
        facts=tuple(facts),
        machines=machines,
        sources=machines,
    )
    return Context(kind="comparison", parts=(part,))


def _common(catalog: Catalog, machines: Sequence[str], metric: str | None) -> Metric:
    if metric is not None:
        found = {catalog.metric(machine, metric) for machine in machines}
        return max(found, key=lambda m: m.name)
    shared = set.intersection(*({m.name for m in catalog.type_of(machine).metrics} for machine in machines))
    for candidate in catalog.type_of(machines[0]).metrics:
        if candidate.name in shared:
            return candidate
    raise InvalidInput("These machines have no metric in common.")


def _figures(
    readings: TimeSeries, machines: Sequence[str], metric: Metric, window: Window
) -> dict[str, tuple[Figure, ...]]:
    """Each machine's figures, the statistic that goes first in front, machines by it."""
    main = readings.compare(machines, metric.name, window, DEFAULT_STATISTIC[metric.kind])
    beside = [readings.compare(machines, metric.name, window, statistic) for statistic in BESIDE[metric.kind]]
    ordered = sorted(main, key=lambda figure: -figure.value)
    found = {figure.equipment: [figure] for figure in ordered}
    for figures in beside:
        for figure in figures:
            found[figure.equipment].append(figure)
    return {machine: tuple(figures) for machine, figures in found.items()}


def _fact(voice: Voice, figures: tuple[Figure, ...], place: int, of: int) -> Fact:
    extreme = place in (0, of - 1)
    return Fact(
        text=f"{voice.name(figures[0].equipment)}: {voice.figures(figures)}",
        figures=figures,
        relevance=Relevance.COURSE if extreme else Relevance.NEIGHBOURS,
    )
