"""A check and its outcome. A check that raises has failed, and the others go on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from cc_common.check.scene import Scene


class Failed(Exception):
    """What was found is not what should be; the message says what."""


@dataclass(frozen=True)
class Check:
    """`look` says what it found, or raises."""

    name: str
    look: Callable[[Scene], str]


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


def run(checks: Iterable[Check], scene: Scene) -> Iterator[Outcome]:
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


def _twice(check: Check, scene: Scene) -> str:
    """A minute may be written between the two reads of a comparison; what is wrong is still so at a second look."""
    try:
        return check.look(scene)
    except Failed:
        return check.look(scene)


def _looked(check: Check, scene: Scene) -> tuple[bool, str]:
    try:
        return True, _twice(check, scene)
    except Exception as exc:  # noqa: BLE001  whatever stands in a check's way is its reason to fail
        said = " ".join(str(exc).split()) or type(exc).__name__
        if type(exc).__name__ == "UndefinedTable":  # the driver's own, which has no name here
            said = said.partition(" LINE ")[0] + "; a database that was never started with has no tables: make run"
        return False, said if isinstance(exc, Failed) else f"{type(exc).__name__}: {said}"
