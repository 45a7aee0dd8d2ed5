"""What checks look at: the databases and what is built on them; figures confirmed in raw SQL by their evidence."""

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
    """What was found is not what should be; the message says what."""


@dataclass(frozen=True)
class Check:
    """`look` says what it found, or raises."""

    name: str
    look: Callable[[Subject], str]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a check went, and how long it took."""

    name: str
    passed: bool
    ms: float
    detail: str

    @property
    def line(self) -> str:
        """ "PASS  timeseries: connection   0.4 ms  PostgreSQL 18.1"."""
        return f"{'PASS' if self.passed else 'FAIL'}  {self.name:<38}{self.ms:>10,.1f} ms  {self.detail}"


def run(checks: Iterable[Check], scene: Subject) -> Iterator[Outcome]:
    """One outcome after the other, as they come."""
    for check in checks:
        began = time.perf_counter()
        passed, detail = _looked(check, scene)
        yield Outcome(name=check.name, passed=passed, ms=(time.perf_counter() - began) * 1000, detail=detail)


def expect(holds: bool, otherwise: str) -> None:
    """Failed, with that reason, unless it holds."""
    if not holds:
        raise Failed(otherwise)


def few(names: Iterable[str]) -> str:
    """The first of them, and how many more there are."""
    found = list(names)
    return ", ".join(found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else "")


def _twice(check: Check, scene: Subject) -> str:
    """A minute may be written between the two reads of a comparison; what is wrong is still so at a second look."""
    try:
        return check.look(scene)
    except Failed:
        return check.look(scene)


def _looked(check: Check, scene: Subject) -> tuple[bool, str]:
    try:
        return True, _twice(check, scene)
    except Exception as exc:  # noqa: BLE001  whatever stands in a check's way is its reason to fail
        said = " ".join(str(exc).split()) or type(exc).__name__
        if type(exc).__name__ == "UndefinedTable":  # the driver's own, which has no name here
            said = said.partition(" LINE ")[0] + "; a database that was never started with has no tables: make run"
        return False, said if isinstance(exc, Failed) else f"{type(exc).__name__}: {said}"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One system at `now`; `seed` chooses which machines and moments are looked at closely."""

    databases: Databases
    seed: int = 1
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    @cached_property
    def catalog(self) -> Catalog:
        """The plant's catalogue."""
        return load_catalog(self.databases.timeseries)

    @cached_property
    def store(self) -> Store:
        """Its readings, for plain SQL."""
        return Store(self.databases.timeseries, self.catalog)

    @cached_property
    def readings(self) -> TimeSeries:
        """Its readings, through the access layer."""
        return TimeSeries(self.databases.timeseries, self.catalog)

    @cached_property
    def anomalies(self) -> AnomalyDetector:
        """Its detector."""
        return AnomalyDetector(self.databases.timeseries, self.catalog)

    @cached_property
    def contexts(self) -> Contexts:
        """Its contexts."""
        return Contexts(self.readings, self.catalog, self.databases.app, self.anomalies)

    @cached_property
    def rl(self) -> RlData:
        """Its data for learning."""
        return RlData(self.databases, self.catalog)

    @cached_property
    def sampled(self) -> tuple[str, ...]:
        """A machine with readings of each type; NotFound when none has any."""
        rng, known = np.random.default_rng(self.seed), {row.equipment for row in self.readings.latest_all()}
        of_types = ([m.id for m in self.catalog.of_type(t.name) if m.id in known] for t in self.catalog.types)
        found = tuple(machines[int(rng.integers(len(machines)))] for machines in of_types if machines)
        if not found:
            raise NotFound("No machine has any readings.")
        return found

    @property
    def machine(self) -> str:
        """One of them."""
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
        """The rows of a statement of sql/queries/check.sql."""
        text = queries("check")[name]
        return self.store.rows(
            compose(text, **identifiers).as_string() if identifiers else text, dict(parameters or {})
        )


DIFFER: Final = 1e-9  # in relation: sums may be added in another order


def confirm(scene: Subject, figures: Iterable[Figure], *, recorded: bool = False) -> None:
    """Failed at the first figure that its rows do not confirm.

    `recorded`: kept since it was told, as an alert's is; rows that arrived late may have joined those it names.
    """
    for figure in figures:
        evidence = figure.evidence
        bounds = {"start": evidence.start, "end": evidence.end}
        row = scene.sql("figures", bounds, table=evidence.table, column=evidence.column)[0]
        value = getattr(row, evidence.statistic)
        if recorded and row.count > evidence.rows:
            continue
        if row.count != evidence.rows or not same(figure.value, value):
            what = f"{evidence.statistic} of {evidence.table}.{evidence.column}"
            raise Failed(
                f"{what}: told {figure.value} of {evidence.rows} readings, the rows say {value} of {row.count}"
            )


def same(told: float | None, true: float | None) -> bool:
    """Whether both are one number, or both are none."""
    if told is None or true is None:
        return told is true
    return math.isclose(told, true, rel_tol=DIFFER, abs_tol=DIFFER)
