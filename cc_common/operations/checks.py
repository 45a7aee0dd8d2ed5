"""Runs checks on the databases and the components above them; recomputes figures in SQL from their evidence."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Final

import numpy as np

from cc_common.analytics.anomalies import AnomalyDetector
from cc_common.answers.contexts import Contexts
from cc_common.catalog.store import Catalog, load_catalog
from cc_common.core.errors import NotFound
from cc_common.core.evidence import Figure
from cc_common.core.windows import Window
from cc_common.db import Databases, compose, queries
from cc_common.feedback.rl_data import RlData
from cc_common.timeseries import TimeSeries
from cc_common.timeseries.model import Store


class Failed(Exception):
    """A check has failed; the message says why."""


@dataclass(frozen=True)
class Check:
    """`look` returns a description of the result, or raises."""

    name: str
    look: Callable[[Subject], str]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The result of a check and its latency."""

    name: str
    passed: bool
    ms: float
    detail: str

    @property
    def line(self) -> str:
        """ "PASS  timeseries: connection   0.4 ms  PostgreSQL 18.1"."""
        return f"{'PASS' if self.passed else 'FAIL'}  {self.name:<38}{self.ms:>10,.1f} ms  {self.detail}"


def run(checks: Iterable[Check], scene: Subject) -> Iterator[Outcome]:
    """Runs the checks one by one and yields each outcome."""
    for check in checks:
        began = time.perf_counter()
        passed, detail = _looked(check, scene)
        yield Outcome(name=check.name, passed=passed, ms=(time.perf_counter() - began) * 1000, detail=detail)


def expect(holds: bool, otherwise: str) -> None:
    """Raises Failed with that reason unless the condition holds."""
    if not holds:
        raise Failed(otherwise)


def at_most_few(names: Iterable[str]) -> str:
    """The first names, and the number of the others."""
    found = list(names)
    return ", ".join(found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else "")


def _twice(check: Check, scene: Subject) -> str:
    """Runs a check again after a failure: a minute may be written between the two reads of a comparison."""
    try:
        return check.look(scene)
    except Failed:
        return check.look(scene)


def _looked(check: Check, scene: Subject) -> tuple[bool, str]:
    try:
        return True, _twice(check, scene)
    except Exception as exc:  # noqa: BLE001  any exception is a failure of the check
        said = " ".join(str(exc).split()) or type(exc).__name__
        if type(exc).__name__ == "UndefinedTable":  # the driver's own error, which is not imported here
            said = said.partition(" LINE ")[0] + "; a database that was never started with has no tables: make run"
        return False, said if isinstance(exc, Failed) else f"{type(exc).__name__}: {said}"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The system under test at `now`; `seed` selects the sampled machines and times."""

    databases: Databases
    seed: int = 1
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    @cached_property
    def catalog(self) -> Catalog:
        """The plant's catalogue."""
        return load_catalog(self.databases.timeseries)

    @cached_property
    def store(self) -> Store:
        """The plant's readings, for plain SQL."""
        return Store(self.databases.timeseries, self.catalog)

    @cached_property
    def readings(self) -> TimeSeries:
        """The plant's readings, through TimeSeries."""
        return TimeSeries(self.databases.timeseries, self.catalog)

    @cached_property
    def anomalies(self) -> AnomalyDetector:
        """The anomaly detector."""
        return AnomalyDetector(self.databases.timeseries, self.catalog)

    @cached_property
    def contexts(self) -> Contexts:
        """The builders of contexts."""
        return Contexts(self.readings, self.catalog, self.databases.app, self.anomalies)

    @cached_property
    def rl(self) -> RlData:
        """The data for reinforcement learning."""
        return RlData(self.databases, self.catalog)

    @cached_property
    def sampled(self) -> tuple[str, ...]:
        """One machine with readings of each type; NotFound when none has any."""
        rng, known = np.random.default_rng(self.seed), {row.equipment for row in self.readings.latest_all()}
        of_types = ([m.id for m in self.catalog.of_type(t.name) if m.id in known] for t in self.catalog.types)
        found = tuple(machines[int(rng.integers(len(machines)))] for machines in of_types if machines)
        if not found:
            raise NotFound("No machine has any readings.")
        return found

    @property
    def machine(self) -> str:
        """One sampled machine."""
        return self.sampled[0]

    @cached_property
    def newest(self) -> datetime:
        """The end of the newest minute of the sampled machines."""
        rows = (row for row in self.readings.latest_all() if row.equipment in self.sampled)
        return max(row.ts for row in rows) + timedelta(minutes=1)

    def until_newest(self, length: timedelta) -> Window:
        """The window of that length up to the newest minute."""
        return Window(start=self.newest - length, end=self.newest)

    def sql(self, name: str, parameters: Mapping[str, Any] | None = None, /, **identifiers: Any) -> list[Any]:
        """Runs a statement of sql/queries/check.sql and returns its rows."""
        text = queries("check")[name]
        return self.store.rows(
            compose(text, **identifiers).as_string() if identifiers else text, dict(parameters or {})
        )


DIFFER: Final = 1e-9  # relative difference: sums may be added in another order


def confirm(scene: Subject, figures: Iterable[Figure], *, recorded: bool = False) -> None:
    """Raises Failed at the first figure that differs from its rows.

    `recorded`: the figures were stored earlier, as an alert's are; late rows may have been added to their evidence.
    """
    for figure in figures:
        evidence = figure.evidence
        bounds = {"start": evidence.start, "end": evidence.end}
        row = scene.sql("figures", bounds, table=evidence.table, column=evidence.column)[0]
        value = getattr(row, evidence.statistic)
        if recorded and row.count > evidence.rows:
            continue
        if row.count != evidence.rows or not is_same(figure.value, value):
            what = f"{evidence.statistic} of {evidence.table}.{evidence.column}"
            raise Failed(
                f"{what}: {figure.value} of {evidence.rows} readings, but its rows give {value} of {row.count}"
            )


def is_same(told: float | None, true: float | None) -> bool:
    """Tells whether both are nearly the same number, or both are None."""
    if told is None or true is None:
        return told is true
    return math.isclose(told, true, rel_tol=DIFFER, abs_tol=DIFFER)
