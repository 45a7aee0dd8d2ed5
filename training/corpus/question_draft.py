"""The draft of a question: its machines and metric, and their names in everyday words."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from cc_common.catalog.equipment import Equipment, EquipmentType, Metric
from cc_common.catalog.store import Catalog
from training.corpus.phrases import anomalies_alerts_forecasts, refusals

ONES: Final = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
)
TENS: Final = ("_", "_", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


class TooFewMachines(Exception):
    """The question needs two machines, and the drawn type has one."""


@dataclass
class Draw:
    """The draft of a question: the machines, metrics and words that fill its slots."""

    catalog: Catalog
    rng: random.Random
    kind: EquipmentType = field(init=False)
    machines: list[Equipment] = field(init=False)
    metric: Metric = field(init=False)
    second: Metric | None = None
    several: bool = False
    adjective: str = ""
    past: bool = False

    def __post_init__(self) -> None:
        kept = {machine.type for machine in self.catalog.equipment}
        self.kind = self.rng.choice([kind for kind in self.catalog.types if kind.name in kept])
        same = self.catalog.of_type(self.kind.name)
        self.machines = self.rng.sample(same, min(len(same), 3 if self.rng.random() < 0.25 else 2))
        self.metric = self.rng.choice(self.kind.metrics)

    def fill(self, slot: str) -> str:
        """The text of a slot."""
        return str(getattr(self, f"_{slot}")())

    def needs_two(self) -> None:
        """Raises TooFewMachines where the type has one machine."""
        if len(self.machines) < 2:
            raise TooFewMachines

    def _e(self) -> str:
        return machine_words(self.machines[0], self.kind, self.rng)

    _e1 = _e

    def _e2(self) -> str:
        self.needs_two()
        self.several, self.machines = True, self.machines[:2]
        return machine_words(self.machines[1], self.kind, self.rng)

    def _es(self) -> str:
        self.needs_two()
        self.several = True
        return machines_words(self.machines, self.kind, self.rng)

    def _m(self) -> str:
        return metric_words(self.metric, self.kind, self.rng)

    def _m2(self) -> str:
        others = [m for m in self.kind.metrics if m != self.metric and m.kind == self.metric.kind]
        self.second = self.rng.choice(others) if others else self.metric
        return metric_words(self.second, self.kind, self.rng)

    def _u(self) -> str:
        return self.metric.unit_spoken

    def _t(self) -> str:
        return self.rng.choice(refusals.WINDOWS)

    def _f(self) -> str:
        return self.rng.choice(anomalies_alerts_forecasts.AHEAD)

    def _a(self) -> str:
        return self.adjective

    def _be(self) -> str:
        return self.rng.choice(("was", "was", "has been")) if self.past else "is"

    def _are(self) -> str:
        return "were" if self.past else "are"

    def _do(self) -> str:
        return "did" if self.past else "does"

    def _p(self) -> str:
        return self.rng.choice((self.kind.plural, self.kind.plural, *plural_aliases(self.kind)))

    def _k(self) -> str:
        return self.kind.label

    def _n(self) -> str:
        count = self.rng.choice((1, 3, 3, 5, 5, 10, 2, 4, 8))
        return ONES[count] if count <= 10 and self.rng.random() < 0.3 else str(count)

    def _id(self) -> str:
        return self.machines[0].id

    def _w(self) -> str:
        return self.rng.choice(refusals.WORDS)

    def _v(self) -> str:
        return str(self.rng.choice((5, 7, 10, 12, 20, 22, 50, 80)))


def plural_aliases(kind: EquipmentType) -> list[str]:
    """Plural abbreviations of the type: "CTs"."""
    return [f"{a}s" for a in kind.aliases if a.isupper()]


def spoken(number: int) -> str:
    """Writes 1 to 99 in words, others in digits."""
    if number < 20:
        return ONES[number]
    if number > 99:
        return str(number)
    return TENS[number // 10] + (f" {ONES[number % 10]}" if number % 10 else "")


def machine_words(machine: Equipment, kind: EquipmentType, rng: random.Random) -> str:
    """A machine's name as people say it."""
    n = machine.number
    short = [a for a in kind.aliases if " " not in a]
    alias = rng.choice(short) if short else kind.label
    ways: list[Callable[[], str]] = [
        lambda: machine.name, lambda: machine.name, lambda: f"{kind.label} {n}", lambda: f"{kind.label} {n}",
        lambda: f"{alias}-{n}", lambda: f"{alias} {n}", lambda: f"{alias}{n}" if alias.isupper() else f"{alias} {n}",
        lambda: f"{kind.label} {spoken(n)}", lambda: f"{kind.label} number {n}", lambda: f"{kind.label} no. {n}",
        lambda: machine.id, lambda: f"{kind.label} {n:02d}", lambda: f"{kind.label}-{n}", lambda: f"{kind.label} #{n}",
    ]  # fmt: skip
    return rng.choice(ways)()


def machines_words(machines: list[Equipment], kind: EquipmentType, rng: random.Random) -> str:
    """Two or three machines of one type in one phrase."""
    if rng.random() < 0.45:
        names = [machine_words(m, kind, rng) for m in machines]
    else:
        names = [
            f"{kind.plural if rng.random() < 0.7 else kind.label} {machines[0].number}",
            *(str(m.number) for m in machines[1:]),
        ]
    joint = rng.choice((" and ", " and ", " & ", ", "))
    return f"{', '.join(names[:-1])}{joint}{names[-1]}"


def metric_words(metric: Metric, kind: EquipmentType, rng: random.Random) -> str:
    """A metric's name as people say it, only words that denote no other metric of the type."""
    shared = {a.lower() for m in kind.metrics if m != metric for a in (m.label, *m.aliases)}
    own = [a for a in (metric.label, metric.label, *metric.aliases) if a.lower() not in shared]
    return rng.choice(own) if own else metric.label
