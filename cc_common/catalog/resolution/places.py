"""Where the plant's machines stand: "Tower B", "Boiler House 1". A place is no machine, whatever words it shares."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from cc_common.catalog.equipment import Equipment
from cc_common.catalog.resolution.english import PLACES
from cc_common.catalog.resolution.families import Names
from cc_common.catalog.resolution.phrases import Phrases, Words
from cc_common.catalog.resolution.tokens import words_of

Types = frozenset[str]


def index_places(equipment: Sequence[Equipment], names: Names) -> Phrases[Types]:
    """The types that stand at each place with a letter or a number of its own; words such as "level" need no index."""
    types: dict[Words, set[str]] = defaultdict(set)
    for machine in equipment:
        for words in _spoken(machine.location):
            types[words].add(machine.type)
    return Phrases({w: frozenset(t) for w, t in types.items() if w[0] not in PLACES and not _is_machine(w, names)})


def _spoken(location: str) -> Iterator[Words]:
    """ "Tower A", "Tower A, Level 3" and "Room C" of "Pump Room C": each up to a letter or a number."""
    parts = [words_of(part) for part in location.split(",")]
    for words in (*parts, words_of(location)):
        for end in (at + 1 for at, word in enumerate(words) if at and _is_identifier(word)):
            yield words[:end]
            yield words[end - 2 : end]


def _is_identifier(word: str) -> bool:
    return word.isdigit() or len(word) == 1


def _is_machine(words: Words, names: Names) -> bool:
    """Whether the plant has a machine of that very name."""
    if any(end == len(words) for end, _ in names.machines.at(words, 0)):
        return True
    families: Iterable[int] = (
        n for end, family in names.families.at(words, 0) if end == len(words) - 1 for n in family.machines
    )
    return words[-1].isdigit() and int(words[-1]) in families
