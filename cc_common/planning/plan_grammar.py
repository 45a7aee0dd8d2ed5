"""The line in which the model says its plan, its grammar, and the way back.

    latest 1 a: kpi trend                 machine 1, metric a, as numbered in the prompt
    statistics 1 2 a avg: statistics kpi  which statistic of both machines
    rank ahu b max desc: ranking          over a type; top_n and the window are code's unless the question holds several
    summary plant: summary                no machine named
    anomalies 1 a: anomalies trend        of one metric; "anomalies 1" of all its metrics
    forecast 1 a: forecast                the time ahead, and the level to reach, are code's
    out_of_scope control                  why not

Short on purpose: every token costs an operator some milliseconds, and what only code can know (ids, dates, counts) is
not the model's to spell. Machines are numbered and metrics lettered in the order of the Resolution.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from cc_common.catalog.store import Catalog
from cc_common.planning.intent_rules import (
    asks_amount,
    asks_both,
    asks_now,
    asks_several,
    asks_upkeep,
    orders,
    speaks_of_statistic,
    statistic_named,
)
from cc_common.planning.plan import OFFERED, STATISTICS_OF_KIND, WIDGETS_OF, Intent
from cc_common.planning.possible_intents import possible_intents, unlikely_intents
from cc_common.understanding import Resolution

LETTERS: Final = "abcdef"
_LIKELY: Final = "// likely "
MAX_METRICS: Final = 3
MAX_WIDGETS: Final = 4
PLANT: Final = "plant"
REASONS: Final = {
    "topic": "I answer questions about this plant's machines and their readings.",
    "control": "I only show readings; I never switch or set a machine.",
}


def grammar(resolution: Resolution, catalog: Catalog) -> str:
    """Lark text for llguidance that admits exactly the lines this question's candidates allow."""
    intents, hardly = possible_intents(resolution), unlikely_intents(resolution)
    likely = [intent for intent in intents if intent not in hardly]
    wide = _lark(intents, Candidates(resolution, catalog))
    narrow = _lark(likely, Candidates(resolution, catalog, leaning=True))
    return wide if narrow == wide else wide + "".join(f"{_LIKELY}{line}\n" for line in narrow.splitlines())


def likely_of(lark: str) -> str:
    """The narrower grammar of what is likely, which rides along in the comments; "" where there is none."""
    lines = (line.removeprefix(_LIKELY) for line in lark.splitlines() if line.startswith(_LIKELY))
    return "".join(f"{line}\n" for line in lines)


def _lark(intents: Sequence[Intent], candidates: Candidates) -> str:
    bodies = {intent: _body(intent, candidates) for intent in intents}
    bodies = bodies if any(bodies.values()) else {intent: _body(intent, candidates) for intent in OFFERED}
    lines = [f"start: {' | '.join(intent for intent, body in bodies.items() if body)}"]
    lines += [f"{intent}: {body}" for intent, body in bodies.items() if body]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Candidates:
    """What the line may name: numbers of machines, letters of metrics, types, windows."""

    resolution: Resolution
    catalog: Catalog
    leaning: bool = False  # only the likely statistics

    def machines(self) -> Iterator[tuple[str, ...]]:
        """Each machine alone, then all that were named together; as numbers from 1."""
        numbers = tuple(str(i + 1) for i in range(len(self.resolution.equipment)))
        yield from ((n,) for n in numbers)
        if len(numbers) > 1:
            yield numbers

    @property
    def usual(self) -> bool:
        """Whether only the usual statistic is likely: no word speaks of another, and nothing was asked before."""
        asked = self.resolution
        return self.leaning and asked.before is None and not speaks_of_statistic(asked.question)

    @property
    def newest(self) -> bool:
        """Whether this moment is asked for, or was before and no word speaks of another statistic."""
        question, before = self.resolution.question, self.resolution.before or ""
        return asks_now(question) or (before.endswith(" last") and not speaks_of_statistic(question))

    def types_of(self, numbers: Iterable[str]) -> set[str]:
        """The equipment types of these machines."""
        return {self.resolution.equipment[int(n) - 1].type for n in numbers}

    def types(self) -> tuple[str, ...]:
        """The types the question names, else all the plant has."""
        return self.resolution.equipment_types or tuple(t.name for t in self.catalog.types)

    def wholes(self) -> tuple[str, ...]:
        """What may be summed up; where it is asked what is due, nothing less than the plant or the types named."""
        if asks_upkeep(self.resolution) and not self.resolution.equipment:
            return self.resolution.equipment_types or (PLANT,)
        return (*self.types(), PLANT)

    def letters_by_kind(self, types: Iterable[str]) -> dict[str, list[str]]:
        """Letters of the candidate metrics that every one of `types` has, by kind of metric."""
        kinds: dict[str, list[str]] = {}
        wanted = [self.catalog.type(name) for name in types]
        for letter, metric in zip(LETTERS, self.resolution.metrics, strict=False):
            if all(t.metric(metric.name) for t in wanted):
                kinds.setdefault(metric.kind, []).append(letter)
        return kinds

    def gauges(self) -> str:
        """Letters of the candidate metrics that do not add up."""
        pairs = zip(LETTERS, self.resolution.metrics, strict=False)
        return "".join(letter for letter, metric in pairs if metric.kind == "gauge")

    def most(self, most: int) -> int:
        """How many metrics may be wanted: one, where nothing joins any."""
        return most if self.resolution.before is not None or asks_several(self.resolution) else 1

    def least(self, letters: Collection[str], most: int) -> int:
        """How many of these letters are wanted at least: all, if so many may be, where the question joins metrics."""
        every = self.resolution.metrics_joined and len(letters) == len(self.resolution.metrics) <= most
        both = len(self.resolution.equipment) == 1 and len(letters) > 1 and asks_both(self.resolution)
        return len(letters) if every else min(2, most) if both else 1

    def letters_by_order(self) -> dict[tuple[str, ...], str]:
        """Letters of the candidate metrics by the orders that the question's words leave for them."""
        found: dict[tuple[str, ...], str] = {}
        for letter, metric in zip(LETTERS, self.resolution.metrics, strict=False):
            allowed = orders(self.resolution, metric)
            found[allowed] = found.get(allowed, "") + letter
        return found


def _body(intent: Intent, candidates: Candidates) -> str:
    """One intent's line as a Lark expression; "" where the candidates do not allow the intent."""
    if intent == "out_of_scope":
        return f'"out_of_scope " {_any(REASONS)}'
    subject = _subject(intent, candidates)
    return f'"{intent} " {subject}{_window(intent, candidates)} ":" {_widgets(intent)}' if subject else ""


def _subject(intent: Intent, candidates: Candidates) -> str:
    match intent:
        case "latest":
            return _group(_newest(numbers, candidates) for numbers in candidates.machines())
        case "trend":
            gauges = asks_amount(candidates.resolution)
            return _group(_measured(numbers, candidates, gauges=gauges) for numbers in candidates.machines())
        case "statistics":
            return _group(_measured(numbers, candidates) for numbers in candidates.machines())
        case "compare":
            return _group(_compared(numbers, candidates) for numbers in candidates.machines() if len(numbers) > 1)
        case "rank":
            return _group(_ranked(name, candidates) for name in candidates.types())
        case "forecast":
            return _group(_forecast(numbers, candidates) for numbers in candidates.machines())
        case "anomalies":
            rows = [_searched(numbers, candidates) for numbers in candidates.machines()]
            return _group([*rows, _any([*candidates.types(), PLANT])])
        case "list":
            return _any(candidates.types())
        case _:
            return _group([*map(_row, candidates.machines()), _any(candidates.wholes())])


def _newest(numbers: tuple[str, ...], candidates: Candidates) -> str:
    kinds = candidates.letters_by_kind(candidates.types_of(numbers))
    found = sorted(letter for letters in kinds.values() for letter in letters)
    letters = _letters(found, candidates.most(MAX_METRICS), least=candidates.least(found, MAX_METRICS))
    return f'{_row(numbers)} " " {letters}' if letters else ""


def _forecast(numbers: tuple[str, ...], candidates: Candidates) -> str:
    kinds = candidates.letters_by_kind(candidates.types_of(numbers))
    letters = sorted(letter for letters in kinds.values() for letter in letters)
    return f'{_row(numbers)} " " {_any(letters)}' if letters else ""


def _searched(numbers: tuple[str, ...], candidates: Candidates) -> str:
    """Machines in which to look for the unusual; in one metric where the question speaks of any."""
    named = candidates.resolution.metric_named
    letters = [a for found in candidates.letters_by_kind(candidates.types_of(numbers)).values() for a in found]
    return f'{_row(numbers)} (" " {_any(sorted(letters))})?' if named and letters else _row(numbers)


def _measured(numbers: tuple[str, ...], candidates: Candidates, *, gauges: bool = False) -> str:
    """`gauges`: only of metrics that do not add up."""
    letters = candidates.gauges() if gauges else LETTERS
    metrics = _metrics(candidates.types_of(numbers), candidates, most=MAX_METRICS, newest=False, among=letters)
    return f'{_row(numbers)} " " {metrics}' if metrics else ""


def _compared(numbers: tuple[str, ...], candidates: Candidates) -> str:
    usual = candidates.usual and bool(candidates.resolution.windows)
    metrics = _metrics(candidates.types_of(numbers), candidates, most=1, newest=True, usual=usual)
    return f'{_row(numbers)} " " {metrics}' if metrics else ""


def _ranked(equipment_type: str, candidates: Candidates) -> str:
    several = [str(n) for n in candidates.resolution.numbers if n > 0]
    count = f' " top " {_any(several)}' if len(several) > 1 else ""
    usual = candidates.usual
    ways = [
        f'{metrics} " " {_any(order)}'
        for order, letters in candidates.letters_by_order().items()
        if (metrics := _metrics({equipment_type}, candidates, most=1, newest=True, usual=usual, among=letters))
    ]
    return f'"{equipment_type} " {_group(ways)}{count}' if ways else ""


def _metrics(
    types: set[str],
    candidates: Candidates,
    *,
    most: int,
    newest: bool,
    usual: bool = False,
    among: str = LETTERS,
) -> str:
    """Up to `most` letters (of those in `among`) of one kind and its statistics: a sum of temperatures means nothing.

    The newest readings of gauges can be set side by side too, unless the question names a time. `usual`: of gauges
    these alone, or else their means.
    """
    alternatives = []
    for kind, found in candidates.letters_by_kind(types).items():
        letters = [letter for letter in found if letter in among]
        last = ("last",) if newest and kind == "gauge" and not candidates.resolution.windows else ()
        named = statistic_named(candidates.resolution.question)
        possible = (named,) if kind == "gauge" and named else (*STATISTICS_OF_KIND[kind], *last)
        if kind == "gauge" and not named and (usual or (last and candidates.newest)):
            possible = last or STATISTICS_OF_KIND[kind][:1]
        if letters:
            least = candidates.least(letters, most)
            several = _letters(letters, candidates.most(most), least=least)
            alternatives.append(f'{several} " " {_any(possible)}')
    return _group(alternatives)


def _letters(letters: list[str], most: int, *, least: int = 1) -> str:
    return _group(_row(chosen) for size in range(least, most + 1) for chosen in combinations(letters, size))


def _row(words: Iterable[str]) -> str:
    """Words with blanks between them, each a terminal of its own: the lexer takes the longest and never goes back.

    Were "a b" one terminal, "a max" could not be said: the blank after "a" would already belong to "a b".
    """
    return ' " " '.join(f'"{word}"' for word in words)


def _window(intent: Intent, candidates: Candidates) -> str:
    """Which of several: a forecast is of the time ahead, all else of the time that was, where both are named."""
    asked = candidates.resolution
    if len(asked.windows) < 2 or intent in ("latest", "list"):
        return ""
    fitting = [i for i, window in enumerate(asked.windows, 1) if asked.lies_ahead(window) == (intent == "forecast")]
    return f' " w" {_any(str(i) for i in fitting or range(1, len(asked.windows) + 1))}'


def _widgets(intent: Intent) -> str:
    one = f'" " {_any(WIDGETS_OF[intent])}'
    return f"{one} ({one}){{0,{MAX_WIDGETS - 1}}}"


def _any(words: Iterable[str]) -> str:
    quoted = " | ".join(f'"{word}"' for word in words)
    return f"({quoted})"


def _group(alternatives: Iterable[str]) -> str:
    possible = [a for a in alternatives if a]
    return f"({' | '.join(possible)})" if possible else ""
