"""Which metrics a question may mean: candidates of the types it names, best first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from rapidfuzz import fuzz, process

from cc_common.catalog.equipment import EquipmentType, Metric
from cc_common.catalog.resolution.english import (
    AFTER_ADJECTIVE,
    COMMON,
    GENERIC,
    IMPLIED,
    MEASURED,
    STOP,
    VERBS,
    singular,
)
from cc_common.catalog.resolution.metric_phrases import MetricPhrase
from cc_common.catalog.resolution.question import Question
from cc_common.catalog.resolution.scope import Scope, Scopes

MOST_METRICS: Final = 6
MOST_NEAREST: Final = 3
_EXACT: Final = 0.5  # what a whole name is worth above its words
_UNIT: Final = 0.4
MOST_JOINED: Final = 3
JOINTS: Final = frozenset({"and", "plus", "n"})
_LONGEST_JOINT: Final = 3  # words between two metrics: "temperature and the"
_TO_BE_DRAWN: Final = ("me", "us", "a", "the", "it", "them", "this", "that")


@dataclass(frozen=True, kw_only=True)
class MetricsFound:
    """Candidates, best first; `missing` are names of metrics that only other types have, with the nearest labels.

    `joined`: each has words of its own, with an "and" between them: all are wanted.
    """

    metrics: tuple[Metric, ...]
    named: bool
    joined: bool = False
    missing: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(kw_only=True)
class _Claim:
    """What speaks for one metric: its score, and the tokens that said its name or words."""

    score: float = 0.0
    positions: set[int] = field(default_factory=set)
    exact: set[int] = field(default_factory=set)
    by_head: bool = False


class MetricFinder:
    """Finds metrics in questions about one plant."""

    def __init__(self, types: Sequence[EquipmentType]) -> None:
        self._scopes = Scopes(types)

    def find(self, question: Question, types: Sequence[str]) -> MetricsFound:
        """Candidates among the metrics of `types`; of all types when none is given. What named them is claimed."""
        scope = self._scopes.of(types)
        closed = frozenset(question.taken)
        claims, units = _claims(question, scope)
        if not claims and not units:
            claims, units = _claims(question, scope, verbs=True)
        if not claims and not units:
            units = _units_in_names(question, scope)
        exact = {at for claim in claims.values() for at in claim.exact}
        absent = list(_missing(question, scope, closed, exact)) if types else []
        corrected = _is_named_beside(question, exact.difference(*(positions for positions, _ in absent)))
        missing = () if corrected else tuple(found for _, found in absent)
        question.taken.update(at for claim in claims.values() for at in claim.positions)
        if not claims:
            claims = {name: _Claim(score=_UNIT, positions={at}) for name, at in units.items()}
        for name in units.keys() & claims.keys():
            claims[name].score += _UNIT
        claims = _in_the_unit_asked_for(claims, units)
        if not claims:
            return MetricsFound(metrics=tuple(scope.metrics.values())[:MOST_METRICS], named=False, missing=missing)
        best = sorted(_undominated(claims), key=lambda n: (-claims[n].score, min(claims[n].positions), scope.order[n]))
        joined = _are_joined(question, [claims[name].positions for name in best])
        metrics = tuple(scope.metrics[n] for n in best[:MOST_METRICS])
        return MetricsFound(metrics=metrics, named=True, joined=joined, missing=missing)


def _claims(question: Question, scope: Scope, *, verbs: bool = False) -> tuple[dict[str, _Claim], dict[str, int]]:
    """Claims by metric name from names and their words, or from verbs; and where units of metrics stand."""
    claims: dict[str, _Claim] = defaultdict(_Claim)
    units: dict[str, int] = {}
    at = 0
    while at < len(question.tokens):
        if _is_verb(question, at) != verbs:
            at += 1
            continue
        end, named, measured = _phrase(question, scope, at)
        if shared := _shares_head(question, scope, at):
            end, named, measured = at + 1, shared, []
        _add_exact(claims, scope, range(at, end), named)
        implied = bool(named) and question.word(at) in IMPLIED  # its own name here, and no hint at another
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
    """The unit that a machine is called by: "kWh meter 5"."""
    units: dict[str, int] = {}
    for at in sorted(question.names):
        for _, phrase in question.vocabulary.metrics.at(question.words[: at + 1], at):
            units.update({m.name: at for t, m in phrase.measured if t in scope.types})
    return units


def _phrase(question: Question, scope: Scope, at: int) -> tuple[int, list[str], list[str]]:
    """The longest phrase of the scope at `at`: where it ends, the metrics it names, the metrics it is the unit of."""
    if not question.free(at) or _names_nothing(question, at):
        return at, [], []
    for end, phrase in question.vocabulary.metrics.at(question.words, at):
        named = [m.name for t, m in phrase.named if t in scope.types]
        measured = [m.name for t, m in phrase.measured if t in scope.types]
        if (named or measured) and all(question.free(i) for i in range(at, end)):
            return end, list(dict.fromkeys(named)), list(dict.fromkeys(measured))
    return at, [], []


def _shares_head(question: Question, scope: Scope, at: int) -> list[str]:
    """Metrics that "supply" names in "supply and return air temperature"."""
    if not question.free(at) or question.word(at + 1) not in JOINTS:
        return []
    end, named, _ = _phrase(question, scope, at + 2)
    if not named or end - at < _LONGEST_JOINT + 1:
        return []
    whole, words = end - at - 2, [question.word(at), *question.words[at + 3 : end]]
    for length, phrase in question.vocabulary.metrics.at(words, 0):
        if length == whole:
            return list(dict.fromkeys(m.name for t, m in phrase.named if t in scope.types))
    return []


def _shares_start(question: Question, scope: Scope, at: int, end: int) -> tuple[int, list[str]]:
    """Metrics that "return" names in "condenser water supply and return", and where they end; `end` for none."""
    if end - at < _LONGEST_JOINT or question.word(end) not in JOINTS:
        return end, []
    for kept in range(end - at - 1, 1, -1):
        words = [*question.words[at : at + kept], *question.words[end + 1 : end + 1 + _LONGEST_JOINT]]
        for length, phrase in question.vocabulary.metrics.at(words, 0):
            named = list(dict.fromkeys(m.name for t, m in phrase.named if t in scope.types))
            if length > kept and named:
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
    """Of "volts", which names one voltage and measures them all."""
    claim.score += _UNIT
    claim.positions.add(at)
    claim.by_head = True


def _add_word_of_unit(claims: dict[str, _Claim], named: Sequence[str]) -> None:
    """ "Volts" as the name of a voltage counts as much as "amps", which is no unit here."""
    for name in named:
        claims[name].score += 1 / len(named) - _UNIT


def _is_verb(question: Question, at: int) -> bool:
    """Whether a noun stands here for a verb ("pulling"), which names a metric only where nothing else does."""
    return question.tokens[at].word in VERBS


def _is_silent(question: Question, at: int) -> bool:
    return question.word(at) in STOP or _names_nothing(question, at)


def _names_nothing(question: Question, at: int) -> bool:
    """Whether a word that names a metric elsewhere does not here."""
    return _is_adjective(question, at) or _is_to_plot(question, at) or _is_to_compare(question, at)


def _is_to_plot(question: Question, at: int) -> bool:
    """Whether "draw" asks for a picture: "draw me the speed"; not "draw of pump 3"."""
    if question.tokens[at].word != "draw" or at + 1 >= len(question.tokens):
        return False
    after = question.word(at + 1)
    return after in _TO_BE_DRAWN or (at == 0 and after not in ("of", "on", "at", "for", "by"))


def _is_to_compare(question: Question, at: int) -> bool:
    """Whether "stack" sets machines side by side: "how does it stack up against"."""
    return question.tokens[at].word == "stack" and question.word(at + 1) in ("up", "it", "that", "them", "against")


def _add_word(claims: dict[str, _Claim], scope: Scope, at: int, word: str) -> None:
    """One word counts for every metric with that word in its names, the more the fewer they are."""
    names = scope.meant_by(word)
    for name in names:
        claim = claims[name]
        claim.score += 1 / len(names)
        claim.positions.add(at)
        claim.by_head = claim.by_head or singular(IMPLIED.get(word, word)) in scope.heads[name]


def _is_adjective(question: Question, at: int) -> bool:
    """Whether "current" only means now: "current power", "the current status"; not "current of meter 3"."""
    if question.word(at) != "current" or question.word(at - 1) in MEASURED or at + 1 >= len(question.tokens):
        return False
    after = question.word(at + 1)
    known = after in question.vocabulary.metric_words and after not in STOP
    return known or after in AFTER_ADJECTIVE or at + 1 in question.names


def _in_the_unit_asked_for(claims: dict[str, _Claim], units: Iterable[str]) -> dict[str, _Claim]:
    """Without those whose words all speak for one that has the unit as well: "load in percent" is no load in kVA."""
    measured = [claims[name].positions for name in claims.keys() & set(units)]
    return {n: c for n, c in claims.items() if n in units or not any(c.positions <= other for other in measured)}


def _undominated(claims: dict[str, _Claim]) -> Iterator[str]:
    """Metrics not said better by another: "return temperature" leaves out the supply temperature."""
    for name, claim in claims.items():
        others = [other for other in claims.values() if other is not claim]
        if not any(_dominates(other, claim) for other in others):
            yield name


def _dominates(other: _Claim, claim: _Claim) -> bool:
    if not claim.positions <= other.positions or claim.exact >= claim.positions:
        return False
    return claim.positions < other.positions or (claim.positions <= other.exact and not claim.by_head)


def _are_joined(question: Question, claimed: Sequence[Set[int]]) -> bool:
    """Whether each of a few metrics is said by words that say no other, and "and" stands between them."""
    own = [set(at).difference(*(other for other in claimed if other is not at)) for at in claimed]
    if not 1 < len(claimed) <= MOST_JOINED or not all(own):
        return False
    ends = sorted((min(positions), max(positions)) for positions in own)
    return all(_is_joint(question, before, after) for (_, before), (after, _) in pairwise(ends))


def _is_joint(question: Question, before: int, after: int) -> bool:
    """Whether what stands between two tokens joins them and is short: "and", "and the", "plus", "&", "+"."""
    between = range(before + 1, after)
    joins = any(question.word(at) in JOINTS for at in between)
    return len(between) <= _LONGEST_JOINT and (
        joins or any(set(question.gap(at)) & set("&+") for at in (*between, after))
    )


def _is_named_beside(question: Question, exact: Set[int]) -> bool:
    """Whether a metric that the machines have is named as well: "amps, sorry, i mean kilowatts"."""
    return any(question.word(at) not in COMMON and singular(question.word(at)) not in GENERIC for at in exact)


def _missing(
    question: Question, scope: Scope, closed: Set[int], exact: Set[int]
) -> Iterator[tuple[range, tuple[str, tuple[str, ...]]]]:
    """Names of metrics that clearly belong to other types only ("fuel level" asked of a chiller), and their tokens."""
    at = 0
    while at < len(question.tokens):
        end = next(
            (
                end
                for end, phrase in _foreign(question, at, closed)
                if _is_clear(question, scope, range(at, end), exact, phrase)
            ),
            at,
        )
        if end > at:
            text = question.slice(at, end)
            yield range(at, end), (text, _nearest(text, scope))
            question.taken.update(range(at, end))
        at = max(end, at + 1)


def _foreign(question: Question, at: int, closed: Set[int]) -> Iterator[tuple[int, MetricPhrase]]:
    if _names_nothing(question, at):
        return
    for end, phrase in question.vocabulary.metrics.at(question.words, at):
        if phrase.named and closed.isdisjoint(range(at, end)):
            yield end, phrase


def _is_clear(question: Question, scope: Scope, positions: range, exact: Set[int], phrase: MetricPhrase) -> bool:
    """Whether some word of the phrase, as typed, sets it apart from all that the types in scope have."""
    words = [question.word(at) for at in positions if at not in exact]
    if phrase.types & scope.types or any(question.tokens[at].word != question.word(at) for at in positions):
        return False
    if len(positions) == 1 and question.word(positions[0]).endswith("ing"):
        return False
    if question.word(positions[0]) == "how":  # "how long" is a way to ask for a metric, and no name of one
        return False
    telling = [w for w in words if w not in COMMON and not {w, singular(w)} & GENERIC]
    return any(not scope.meant_by(word) for word in telling)


def _nearest(text: str, scope: Scope) -> tuple[str, ...]:
    labels = list(dict.fromkeys(m.label for m in scope.metrics.values()))
    found = process.extract(text.lower(), labels, scorer=fuzz.ratio, limit=MOST_NEAREST)
    return tuple(label for label, _, _ in found)
