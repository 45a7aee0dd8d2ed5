"""Resolver: combines what a question names: machines, times, metrics, counts, and unknown names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from cc_common.catalog.equipment import Equipment, Metric
from cc_common.catalog.store import Catalog
from cc_common.core.windows import Window
from cc_common.understanding.ambiguous_words import drop_taken_back
from cc_common.understanding.english_words import BOUNDS, COUNTING, PLACES, VERBS
from cc_common.understanding.machine_names import Mention, find_names
from cc_common.understanding.metrics import MetricFinder
from cc_common.understanding.question import Level, Question, find_levels
from cc_common.understanding.spelling import Speller
from cc_common.understanding.time_expressions import TIME_WORDS, TimeExpressions, find_times
from cc_common.understanding.tokens import Token, normalise, read_number, tokenise
from cc_common.understanding.unknown_names import (
    find_tags,
    find_unknown_machine_kinds,
    find_unknown_measures,
    nearest_machines,
    nearest_names,
)
from cc_common.understanding.vocabulary import Vocabulary

MAX_EQUIPMENT: Final = 5
_WORD: Final = re.compile(r"[^\W\d_]{4,12}")
MAX_NUMBER: Final = 999  # above the count of any ranking


@dataclass(frozen=True, kw_only=True)
class UnknownName:
    """A name that the plant does not have, as written, with up to three similar display names (or labels)."""

    text: str
    kind: Literal["equipment", "metric"]
    nearest: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Resolution:
    """The entities that a question names: the only choices of the plan."""

    question: str
    equipment: tuple[Equipment, ...]  # at most five, in order of mention
    equipment_types: tuple[str, ...]  # named with or without a number, in order of mention
    metrics: tuple[Metric, ...]  # at most six candidates of those types (of all types when none is named), best first
    metric_named: bool  # False: no word names a metric, and `metrics` are the first ones
    windows: tuple[Window, ...]
    step: str | None  # "PT1H" from "by hour"
    numbers: tuple[int, ...]  # counts such as top-N: not part of a name, time or threshold
    unknown: tuple[UnknownName, ...]
    metrics_joined: bool = False  # two or three that "and" joins: the question asks for all
    levels: tuple[Level, ...] = ()  # a level to reach or cross: "above 80", "run out"
    before: str | None = None  # the previous question, where this one depends on it: "trend avg"
    adding: bool = False  # adds a machine to the comparison of the previous question
    again: bool = False  # only a name: repeats the previous question for it
    order: Literal["desc", "asc"] | None = None  # the order of the previous ranking
    now: datetime | None = None  # the time of the question

    def lies_ahead(self, window: Window) -> bool:
        """Tells whether a window starts after the time of the question."""
        return self.now is not None and window.start >= self.now


class Resolver:
    """Resolves questions about one plant; its indices are built once. Threads may share it."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._vocabulary = Vocabulary(catalog.types, catalog.equipment)
        self._speller = Speller(names=self._vocabulary.names.meanings, others=self._vocabulary.metric_words)
        self._time_speller = Speller(names={}, others=TIME_WORDS)
        self._metrics = MetricFinder(catalog.types)
        self._rates = _rates(catalog)

    def resolve(self, question: str, *, now: datetime) -> Resolution:
        """Finds names, times and numbers of a question; `now` is timezone-aware. Never raises."""
        text = _WORD.sub(self._mend, normalise(question))
        times = find_times(self._rates.sub(lambda m: "\x00" * len(m.group()), text), now=now, tz=self._catalog.tz)
        reading = self._read(text, times)
        named = find_names(reading)
        said = [(w.span[0], w.window) for i, w in enumerate(times.windows) if i not in reading.refuted]
        windows = drop_taken_back(text, said)
        reading.settle_lengths()
        mentions = drop_taken_back(text, ((reading.tokens[m.start].start, m) for m in named))
        machines = [mention for mention in mentions if not mention.place]
        types = tuple(dict.fromkeys(name for mention in machines or mentions for name in mention.types))
        unknown = [*self._missing(mentions), *self._tags(reading, machines)]
        levels = find_levels(text)
        found = self._metrics.find(reading, types)
        if "empty" in levels and not found.named:
            found = self._metrics.of_tanks(types) or found
        unknown += self._strangers(reading, named=bool(machines), metric=found.named)
        unknown += [UnknownName(text=t, kind="metric", nearest=nearest) for t, nearest in found.missing]
        return Resolution(
            question=question,
            equipment=tuple(dict.fromkeys(m for mention in mentions for m in mention.machines))[:MAX_EQUIPMENT],
            equipment_types=types,
            metrics=found.metrics,
            metric_named=found.named,
            metrics_joined=found.joined,
            windows=tuple(dict.fromkeys(windows)),
            step=times.step,
            numbers=_counts(reading),
            unknown=tuple(dict.fromkeys(unknown)),
            levels=levels,
            now=now,
        )

    def has_word(self, word: str) -> bool:
        """Tells whether a word is in the plant's names or metrics."""
        return self._vocabulary.has(word.lower())

    def _mend(self, found: re.Match[str]) -> str:
        """Corrects a typing error to a word of time, unless the plant has the word itself."""
        word = found.group().lower()
        mended = self._time_speller.correct(word)
        of_plant = word in self._speller.known or self._speller.correct(word) not in (word, mended)
        return found.group() if of_plant else mended

    def _read(self, text: str, times: TimeExpressions) -> Question:
        tokens = tokenise(text)
        bare = {w.span: i for i, w in enumerate(times.windows) if w.bare}
        taken = set(_within(tokens, (span for span in times.spans if span not in bare)))
        lengths = {at: i for span, i in bare.items() for at in _within(tokens, [span])}
        words = [t.word if at in taken else self._meant(tokens, at) for at, t in enumerate(tokens)]
        return Question(
            text=text, tokens=tokens, words=words, vocabulary=self._vocabulary, taken=taken, lengths=lengths
        )

    def _meant(self, tokens: Sequence[Token], at: int) -> str:
        """The corrected word; for a verb such as "pulling" (not "pull up"), the plant's noun."""
        word = tokens[at].word
        noun = VERBS.get(word)
        phrasal = at + 1 < len(tokens) and tokens[at + 1].word in ("up", "out", "down", "off")
        return noun if noun in self._vocabulary.metric_words and not phrasal else self._speller.correct(word)

    def _missing(self, mentions: Iterable[Mention]) -> list[UnknownName]:
        return [
            UnknownName(text=missing.text, kind="equipment", nearest=nearest_machines(mention, missing.number))
            for mention in mentions
            for missing in mention.missing
        ]

    def _strangers(self, reading: Question, *, named: bool, metric: bool) -> Iterator[UnknownName]:
        """Finds kinds of machines, where none of the plant's is named, and measures that the plant does not have.

        `metric`: the question names a metric of the plant; then a measure must be asked for ("noise of pump 3").
        """
        if not named:
            labels = tuple(t.plural for t in self._catalog.types[:3])
            yield from (
                UnknownName(text=t, kind="equipment", nearest=labels) for t in find_unknown_machine_kinds(reading)
            )
        yield from (
            UnknownName(text=text, kind="metric", nearest=()) for text in find_unknown_measures(reading, asked=metric)
        )

    def _tags(self, reading: Question, mentions: Sequence[Mention]) -> list[UnknownName]:
        catalog = self._catalog
        return [
            UnknownName(
                text=tag, kind="equipment", nearest=nearest_names(tag, number, catalog.types, catalog.equipment)
            )
            for tag, number in find_tags(reading, machines_named=bool(mentions))
        ]


def _rates(catalog: Catalog) -> re.Pattern[str]:
    """Units such as "kilograms per hour", which do not imply an hourly step."""
    metrics = [m for t in catalog.types for m in t.metrics]
    texts = {text for m in metrics for text in (m.unit, m.unit_spoken, *m.aliases) if " per " in text}
    alternatives = "|".join(re.escape(text) for text in sorted(texts, key=lambda text: (-len(text), text)))
    return re.compile(rf"\b(?:{alternatives})\b" if texts else r"(?!)", re.I)


def _within(tokens: Sequence[Token], spans: Iterable[tuple[int, int]]) -> Iterable[int]:
    for start, end in spans:
        yield from (at for at, token in enumerate(tokens) if token.start < end and token.end > start)


def _counts(reading: Question) -> tuple[int, ...]:
    """The remaining numbers that are counts: not "floor 3", not "above 80", not "80 kW"."""
    found: list[int] = []
    at = 0
    while at < len(reading.tokens):
        read = read_number(reading.words, at) if reading.free(at) else None
        if read and _is_count(reading, at, *read):
            found.append(read[0])
        at = read[1] if read else at + 1
    return tuple(found)


def _is_count(reading: Question, at: int, number: int, end: int) -> bool:
    before = reading.word(at - 1)
    if not 0 < number <= MAX_NUMBER or reading.vocabulary.is_unit(reading.words, end):
        return False
    if reading.gap(end) == "." and reading.word(end).isdigit():
        return False
    if reading.word(at) == "one":
        return before in COUNTING
    return before not in PLACES | BOUNDS
