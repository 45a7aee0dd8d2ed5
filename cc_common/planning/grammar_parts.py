"""Parts of a question's grammar as Lark text, from its candidates. The intents compose them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from cc_common.catalog.store import Catalog
from cc_common.core.evidence import Statistic
from cc_common.planning.intent_rules import (
    allowed_orders,
    asks_both,
    asks_now,
    asks_several,
    asks_upkeep,
    speaks_of_statistic,
    statistic_named,
)
from cc_common.planning.plan import STATISTICS_OF_KIND
from cc_common.understanding import Resolution

LETTERS: Final = "abcdef"
MAX_METRICS: Final = 3
PLANT: Final = "plant"


@dataclass(frozen=True)
class Candidates:
    """What the line may name: numbers of machines, letters of metrics, types, windows."""

    resolution: Resolution
    catalog: Catalog
    leaning: bool = False  # restricts statistics to the likely ones

    def machines(self) -> Iterator[tuple[str, ...]]:
        """Each machine alone, then all of them together; as numbers from 1."""
        numbers = tuple(str(i + 1) for i in range(len(self.resolution.equipment)))
        yield from ((n,) for n in numbers)
        if len(numbers) > 1:
            yield numbers

    @property
    def usual(self) -> bool:
        """Tells whether only the usual statistic is likely: no word names another, and no question precedes."""
        asked = self.resolution
        return self.leaning and asked.before is None and not speaks_of_statistic(asked.question)

    @property
    def newest(self) -> bool:
        """Tells whether the question asks for the present, or follows one that did and names no other statistic."""
        question, before = self.resolution.question, self.resolution.before or ""
        return asks_now(question) or (before.endswith(" last") and not speaks_of_statistic(question))

    def types_of(self, numbers: Iterable[str]) -> set[str]:
        """The equipment types of these machines."""
        return {self.resolution.equipment[int(n) - 1].type for n in numbers}

    def types(self) -> tuple[str, ...]:
        """The types that the question names, else all types of the plant."""
        return self.resolution.equipment_types or tuple(t.name for t in self.catalog.types)

    def wholes(self) -> tuple[str, ...]:
        """The subjects of a summary; for due maintenance only the plant or the named types."""
        if asks_upkeep(self.resolution) and not self.resolution.equipment:
            return self.resolution.equipment_types or (PLANT,)
        return (*self.types(), PLANT)

    def letters_by_kind(self, types: Iterable[str]) -> dict[str, list[str]]:
        """Letters of the candidate metrics that all of `types` have, by kind of metric."""
        kinds: dict[str, list[str]] = {}
        wanted = [self.catalog.type(name) for name in types]
        for letter, metric in zip(LETTERS, self.resolution.metrics, strict=False):
            if all(t.metric(metric.name) for t in wanted):
                kinds.setdefault(metric.kind, []).append(letter)
        return kinds

    def gauges(self) -> str:
        """Letters of the candidate metrics that are gauges."""
        pairs = zip(LETTERS, self.resolution.metrics, strict=False)
        return "".join(letter for letter, metric in pairs if metric.kind == "gauge")

    def most(self, most: int) -> int:
        """The maximum number of metrics: one, where the question joins none."""
        return most if self.resolution.before is not None or asks_several(self.resolution) else 1

    def least(self, letters: Collection[str], most: int) -> int:
        """The minimum number of these letters: all, up to `most`, where the question joins metrics."""
        every = self.resolution.metrics_joined and len(letters) == len(self.resolution.metrics) <= most
        both = len(self.resolution.equipment) == 1 and len(letters) > 1 and asks_both(self.resolution)
        return len(letters) if every else min(2, most) if both else 1

    def letters_by_order(self) -> dict[tuple[str, ...], str]:
        """Letters of the candidate metrics by the orders that the question's words allow for them."""
        found: dict[tuple[str, ...], str] = {}
        for letter, metric in zip(LETTERS, self.resolution.metrics, strict=False):
            allowed = allowed_orders(self.resolution, metric)
            found[allowed] = found.get(allowed, "") + letter
        return found


def metrics_and_statistics(
    types: set[str],
    candidates: Candidates,
    *,
    most: int,
    statistics: Collection[Statistic],
    usual: bool = False,
    among: str = LETTERS,
) -> str:
    """Up to `most` letters (in `among`) of metrics of one kind, and its statistics: no sum of temperatures.

    Statistics are limited to `statistics`; `last` only for gauges, where the question names no time. `usual`: for
    gauges only `last`, or else only the mean.
    """
    alternatives = []
    for kind, found in candidates.letters_by_kind(types).items():
        letters = [letter for letter in found if letter in among]
        last = ("last",) if kind == "gauge" and not candidates.resolution.windows else ()
        allowed = [name for name in (*STATISTICS_OF_KIND[kind], *last) if name in statistics]
        named = statistic_named(candidates.resolution.question)
        possible = [named] if kind == "gauge" and named else allowed
        if kind == "gauge" and not named and (usual or ("last" in allowed and candidates.newest)):
            possible = ["last"] if "last" in allowed else allowed[:1]
        if letters:
            least = candidates.least(letters, most)
            several = metric_letters(letters, candidates.most(most), least=least)
            alternatives.append(f'{several} " " {any_of(possible)}')
    return group(alternatives)


def metric_letters(letters: list[str], most: int, *, least: int = 1) -> str:
    """Between `least` and `most` of these letters, in order."""
    return group(words_in_row(chosen) for size in range(least, most + 1) for chosen in combinations(letters, size))


def words_in_row(words: Iterable[str]) -> str:
    """Words separated by blanks, each a terminal of its own: the lexer takes the longest match without backtracking.

    With "a b" as one terminal, "a max" would not match: the lexer would consume the blank as part of "a b".
    """
    return ' " " '.join(f'"{word}"' for word in words)


def any_of(words: Iterable[str]) -> str:
    """An alternative of these words."""
    quoted = " | ".join(f'"{word}"' for word in words)
    return f"({quoted})"


def group(alternatives: Iterable[str]) -> str:
    """An alternative of these expressions; "" where all are empty."""
    possible = [a for a in alternatives if a]
    return f"({' | '.join(possible)})" if possible else ""
