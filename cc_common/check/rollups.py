"""Roll-ups held against their rows: the newest two plant days of each sampled machine, and one older day."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final

import numpy as np

from cc_common.catalog.rollups import Grain, rollup_columns, rollup_table
from cc_common.catalog.statements import repeated
from cc_common.check.model import expect
from cc_common.check.scene import Scene
from cc_common.db import queries
from cc_common.window import Window

DIFFER: Final = 1e-6  # of a sum of an hour or a day of readings, in relation; it may be added in another order
_UNITS: Final[tuple[tuple[Grain, str], ...]] = (("hourly", "hour"), ("daily", "day"))


def rollups_equal_rows(scene: Scene) -> str:
    """Every hour and day of the days looked at has the rows' own min, max, sum and count."""
    seen = 0
    for machine in scene.sampled:
        for window in _days(scene, machine):
            for grain, unit in _UNITS:
                counted, told = _counted(scene, machine, window, unit), _told(scene, machine, window, grain)
                wrong = sorted(ts for ts in counted.keys() | told if not _same(counted.get(ts), told.get(ts)))
                expect(not wrong, f"{machine}: {len(wrong)} {unit}s are not what their rows say, first {wrong[:1]}")
                seen += len(counted)
    return f"{seen} hours and days of {len(scene.sampled)} machines"


def _days(scene: Scene, machine: str) -> Iterator[Window]:
    """Whole plant days: today and yesterday of this machine, and a day before them."""
    clock, own = scene.store.clock, scene.readings.data_range(machine)
    if own is None:
        return
    today, first = clock.day(own.end - timedelta(minutes=1)), clock.day(own.start)
    yield Window(start=clock.at(today - timedelta(days=1)), end=clock.at(today + timedelta(days=1)))
    older = (today - first).days - 1
    if older > 0:
        day = first + timedelta(days=int(np.random.default_rng(scene.seed).integers(older)))
        yield Window(start=clock.at(day), end=clock.at(day + timedelta(days=1)))


def _counted(scene: Scene, machine: str, window: Window, unit: str) -> dict[str, tuple[Any, ...]]:
    sql = queries("check")
    names = ({"metric": metric.name} for metric in scene.catalog.type_of(machine).metrics)
    text = repeated(sql["counted"], {"metrics": sql["counted_metric"]}, names, table=machine).as_string()
    given = {"start": window.start, "end": window.end, "tz": scene.catalog.tz, "unit": unit}
    return {str(row[0]): row[1:] for row in scene.store.tuples(text, given)}


def _told(scene: Scene, machine: str, window: Window, grain: Grain) -> dict[str, tuple[Any, ...]]:
    sql, kind = queries("check"), scene.catalog.type_of(machine)
    names = (asdict(rollup_columns(metric.name)) for metric in kind.metrics)
    rollup = rollup_table(kind.name, grain)
    text = repeated(sql["rolled_up"], {"metrics": sql["rolled_up_metric"]}, names, rollup=rollup).as_string()
    given = {"machine": machine, "start": window.start, "end": window.end}
    return {str(row[0]): row[1:] for row in scene.store.tuples(text, given)}


def _same(counted: tuple[Any, ...] | None, told: tuple[Any, ...] | None) -> bool:
    if counted is None or told is None:
        return counted == told
    return all(
        one == other or (None not in (one, other) and math.isclose(one, other, rel_tol=DIFFER, abs_tol=DIFFER))
        for one, other in zip(counted, told, strict=True)
    )
