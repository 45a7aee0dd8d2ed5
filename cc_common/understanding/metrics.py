"""Finds candidates for the metrics of a question among those of its types, best first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from cc_common.catalog.equipment import EquipmentType, Metric
from cc_common.understanding.ambiguous_words import names_nothing
from cc_common.understanding.english_words import COMMON, GENERIC, IMPLIED, STOP, VERBS, singular
from cc_common.understanding.question import Question, Scope, Scopes
from cc_common.understanding.unknown_names import find_metrics_of_other_types
from cc_common.understanding.vocabulary import MetricPhrase

MAX_METRICS: Final = 6
_EXACT: Final = 0.5  # score of a full name above the sum of its words
_UNIT: Final = 0.4
MAX_JOINED: Final = 3
_TANK: Final = frozenset({"fuel", "level"})
JOINTS: Final = frozenset({"and", "plus", "n"})
_MAX_TURNED: Final = 3  # words of "the chilled water supply" after "temperature of"
_MIN_SHARED: Final = 2  # words of "water temperature"
_MAX_JOINT: Final = 3  # words between two metrics: "temperature and the"


@dataclass(frozen=True, kw_only=True)
class MetricsFound:
    """Candidates, best first; `missing`: names of metrics that only other types have, with the nearest labels.

    `joined`: each candidate has words of its own and "and" joins them: the question asks for all.
    """

    metrics: tuple[Metric, ...]
    named: bool
    joined: bool = False
    missing: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(kw_only=True)
class _Claim:
    """The evidence for one metric: its score, and the tokens of its name or words."""

    score: float = 0.0
    positions: set[int] = field(default_factory=set)
    exact: set[int] = field(default_factory=set)
    by_head: bool = False


class MetricFinder:
    """Finds metrics in questions about one plant."""

    def __init__(self, types: Sequence[EquipmentType]) -> None:
        self._scopes = Scopes(types)

    def find(self, question: Question, types: Sequence[str]) -> MetricsFound:
        """Finds candidates among the metrics of `types` (of all types when none is given) and claims their tokens."""
        scope = self._scopes.select(types)
        closed = frozenset(question.taken)
        claims, units = _claims(question, scope)
        if not claims and not units:
            claims, units = _claims(question, scope, verbs=True)
        if not claims and not units:
            units = _units_in_names(question, scope)
        exact = {at for claim in claims.values() for at in claim.exact}
        absent = list(find_metrics_of_other_types(question, scope, closed, exact)) if types else []
        corrected = _is_named_beside(question, exact.difference(*(positions for positions, _ in absent)))
        missing = () if corrected else tuple(found for _, found in absent)
        question.taken.update(at for claim in claims.values() for at in claim.positions)
        if not claims:
            claims = {name: _Claim(score=_UNIT, positions={at}) for name, at in units.items()}
        for name in units.keys() & claims.keys():
            claims[name].score += _UNIT
        claims = _in_the_unit_asked_for(claims, units)
        if not claims:
            return MetricsFound(metrics=tuple(scope.metrics.values())[:MAX_METRICS], named=False, missing=missing)
        best = sorted(_undominated(claims), key=lambda n: (-claims[n].score, min(claims[n].positions), scope.order[n]))
        joined = _are_joined(question, [claims[name].positions for name in best])
        metrics = tuple(scope.metrics[n] for n in best[:MAX_METRICS])
        return MetricsFound(metrics=metrics, named=True, joined=joined, missing=missing)

    def of_tanks(self, types: Sequence[str]) -> MetricsFound | None:
        """The fuel metric of these types, for "runs dry" without a metric's name; None where they have none."""
        scope = self._scopes.select(types)
        tanks = [metric for metric in scope.metrics.values() if _TANK.issuperset(metric.label.split())]
        return MetricsFound(metrics=tuple(tanks), named=True) if types and tanks else None


def _claims(question: Question, scope: Scope, *, verbs: bool = False) -> tuple[dict[str, _Claim], dict[str, int]]:
    """Claims by metric name, from names and their words, or from verbs; and the positions of units."""
    claims: dict[str, _Claim] = defaultdict(_Claim)
    units: dict[str, int] = {}
    at = 0
    while at < len(question.tokens):
        if _is_verb(question, at) != verbs:
            at += 1
            continue
        end, named, measured = _phrase(question, scope, at)
        if _shares_tail(question, scope, claims, at, end):
            at = end + 3
            continue
        if shared := _shares_head(question, scope, at):
            end, named, measured = at + 1, shared, []
        _add_exact(claims, scope, range(at, end), named)
        implied = bool(named) and question.word(at) in IMPLIED  # the metric's own word, no hint at another
        if end - at <= 1 and not (measured or implied) and question.free(at) and not _is_silent(question, at):
            _add_word(claims, scope, at, question.word(at))
        for name in measured:
            units.setdefault(name, at)
            if named and name not in named:
                _add_unit(claims[name], at)
        if measured and end - at == 1:
            _add_word_of_unit(claims, named)
        if measured or named:
            question.taken.update(range(at, end))
        further, shared = _shares_start(question, scope, at, end)
        _add_exact(claims, scope, range(end + 1, further), shared)
        question.taken.update(range(end, further))
        at = max(further, at + 1)
    return claims, units


def _units_in_names(question: Question, scope: Scope) -> dict[str, int]:
    """Finds units that are part of a machine's name: "kWh meter 5"."""
    units: dict[str, int] = {}
    for at in sorted(question.names):
        for _, phrase in question.vocabulary.metrics.find_at(question.words[: at + 1], at):
            units.update({m.name: at for t, m in phrase.measured if t in scope.types})
    return units


def _phrase(question: Question, scope: Scope, at: int) -> tuple[int, list[str], list[str]]:
    """The longest phrase of the scope at `at`: the index after it, the metrics it names, those it is the unit of."""
    if not question.free(at) or names_nothing(question, at):
        return at, [], []
    if (turned := _turned(question, scope, at)) is not None:
        return (*turned, [])
    for end, phrase in question.vocabulary.metrics.find_at(question.words, at):
        named = _named(phrase, scope)
        measured = [m.name for t, m in phrase.measured if t in scope.types]
        if (named or measured) and all(question.free(i) for i in range(at, end)):
            return end, named, list(dict.fromkeys(measured))
    return at, [], []


def _turned(question: Question, scope: Scope, at: int) -> tuple[int, list[str]] | None:
    """Matches "voltage of the battery" as battery voltage: the index after it, and the metrics it names."""
    if question.word(at + 1) != "of":
        return None
    start = at + 3 if question.word(at + 2) == "the" else at + 2
    for end in range(min(start + _MAX_TURNED, len(question.words)), start, -1):
        words = [*question.words[start:end], question.word(at)]
        named = _named_by(question, scope, words)
        if named and all(question.free(i) for i in range(start, end)):
            return end, named
    return None


def _named(phrase: MetricPhrase, scope: Scope) -> list[str]:
    """The metrics of the scope that the phrase names, without duplicates."""
    return list(dict.fromkeys(metric.name for kind, metric in phrase.named if kind in scope.types))


def _named_by(question: Question, scope: Scope, words: Sequence[str]) -> list[str]:
    """The metrics of the scope that all these words together name."""
    whole = (phrase for n, phrase in question.vocabulary.metrics.find_at(words, 0) if n == len(words))
    return [name for phrase in whole for name in _named(phrase, scope)]


def _shares_head(question: Question, scope: Scope, at: int) -> list[str]:
    """The metrics of "supply" in "supply and return air temperature"."""
    if not question.free(at) or question.word(at + 1) not in JOINTS:
        return []
    second = at + 3 if question.word(at + 2) == "the" else at + 2
    end, named, _ = _phrase(question, scope, second) if second < len(question.tokens) else (second, [], [])
    if not named or end - second < _MIN_SHARED:
        return []
    return _named_by(question, scope, [question.word(at), *question.words[second + 1 : end]])


def _shares_tail(question: Question, scope: Scope, claims: dict[str, _Claim], at: int, end: int) -> bool:
    """Claims the metrics of "supply" and "return" in "water temperature, supply and return", only where both match."""
    if end - at < _MIN_SHARED or question.word(end + 1) not in JOINTS or end + 2 >= len(question.words):
        return False
    pair = []
    for place in (end, end + 2):
        words = [*question.words[at : end - 1], question.word(place), question.word(end - 1)]
        pair.append(_named_by(question, scope, words))
    if not all(pair):
        return False
    for place, named in zip((end, end + 2), pair, strict=True):
        _add_exact(claims, scope, range(place, place + 1), named)
    question.taken.update(range(at, end + 3))
    return True


def _shares_start(question: Question, scope: Scope, at: int, end: int) -> tuple[int, list[str]]:
    """The metrics of "return" in "condenser water supply and return" and the index after them; `end` for none."""
    if end - at < _MAX_JOINT or question.word(end) not in JOINTS:
        return end, []
    for kept in range(end - at - 1, 1, -1):
        words = [*question.words[at : at + kept], *question.words[end + 1 : end + 1 + _MAX_JOINT]]
        for length, phrase in question.vocabulary.metrics.find_at(words, 0):
            if length > kept and (named := _named(phrase, scope)):
                return end + 1 + length - kept, named
    return end, []


def _add_exact(claims: dict[str, _Claim], scope: Scope, positions: range, named: Iterable[str]) -> None:
    for name in named:
        claim = claims[name]
        claim.score += _EXACT * len(positions) + (1.0 * len(positions) if len(positions) > 1 else 0.0)
        claim.positions.update(positions)
        claim.exact.update(positions)
        claim.by_head = True


def _add_unit(claim: _Claim, at: int) -> None:
    """Adds the score of a unit such as "volts", which names one voltage and measures all."""
    claim.score += _UNIT
    claim.positions.add(at)
    claim.by_head = True


def _add_word_of_unit(claims: dict[str, _Claim], named: Sequence[str]) -> None:
    """Gives "volts", which names a voltage, the same weight as "amps", which names a current."""
    for name in named:
        claims[name].score += 1 / len(named) - _UNIT


def _is_verb(question: Question, at: int) -> bool:
    """Tells whether a noun replaces a verb ("pulling"), which names a metric only where no other word does."""
    return question.tokens[at].word in VERBS


def _is_silent(question: Question, at: int) -> bool:
    return question.word(at) in STOP or names_nothing(question, at)


def _add_word(claims: dict[str, _Claim], scope: Scope, at: int, word: str) -> None:
    """Scores one word for every metric with that word in its names, higher for rarer words."""
    names = scope.meant_by(word)
    for name in names:
        claim = claims[name]
        claim.score += 1 / len(names)
        claim.positions.add(at)
        claim.by_head = claim.by_head or singular(IMPLIED.get(word, word)) in scope.heads[name]


def _in_the_unit_asked_for(claims: dict[str, _Claim], units: Iterable[str]) -> dict[str, _Claim]:
    """Removes claims whose words all fit a metric of the requested unit: "load in percent" excludes load in kVA."""
    measured = [claims[name].positions for name in claims.keys() & set(units)]
    return {n: c for n, c in claims.items() if n in units or not any(c.positions <= other for other in measured)}


def _undominated(claims: dict[str, _Claim]) -> Iterator[str]:
    """Removes metrics that another one matches better: "return temperature" excludes the supply temperature."""
    for name, claim in claims.items():
        others = [other for other in claims.values() if other is not claim]
        if not any(_dominates(other, claim) for other in others):
            yield name


def _dominates(other: _Claim, claim: _Claim) -> bool:
    if not claim.positions <= other.positions or claim.exact >= claim.positions:
        return False
    return claim.positions < other.positions or (claim.positions <= other.exact and not claim.by_head)


def _are_joined(question: Question, claimed: Sequence[Set[int]]) -> bool:
    """Tells whether each of a few metrics has words of its own and "and" joins them."""
    own = [set(at).difference(*(other for other in claimed if other is not at)) for at in claimed]
    if not 1 < len(claimed) <= MAX_JOINED or not all(own):
        return False
    ends = sorted((min(positions), max(positions)) for positions in own)
    *earlier, last = [(before, after) for (_, before), (after, _) in pairwise(ends)]
    return _is_joint(question, *last) and all(_is_joint(question, *joint, marks="&+,") for joint in earlier)


def _is_joint(question: Question, before: int, after: int, marks: str = "&+") -> bool:
    """Tells whether the text between two tokens is a short joint: "and", "and the", "plus", "&", "+"."""
    between = range(before + 1, after)
    joins = any(question.word(at) in JOINTS for at in between)
    return len(between) <= _MAX_JOINT and (joins or any(set(question.gap(at)) & set(marks) for at in (*between, after)))


def _is_named_beside(question: Question, exact: Set[int]) -> bool:
    """Tells whether the question also names a metric that the machines have: "amps, sorry, i mean kilowatts"."""
    return any(question.word(at) not in COMMON and singular(question.word(at)) not in GENERIC for at in exact)
