"""Phrases found in a row of words, the longest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Generic, TypeVar

from cc_common.catalog.resolution.english import plural

Words = tuple[str, ...]
Payload = TypeVar("Payload")
MOST_ABBREVIATED: Final = 3  # letters of an abbreviation, such as CH or AHU


class Phrases(Generic[Payload]):
    """Phrases by their first word; the longest that fits wins."""

    def __init__(self, phrases: Mapping[Words, Payload]) -> None:
        self._by_first: dict[str, list[tuple[Words, Payload]]] = {}
        for words in sorted(phrases, key=lambda w: (-len(w), w)):
            self._by_first.setdefault(words[0], []).append((words, phrases[words]))

    def at(self, words: Sequence[str], start: int) -> Iterator[tuple[int, Payload]]:
        """Every phrase that starts at `words[start]`, longest first: the index after it, and its payload."""
        for phrase, payload in self._by_first.get(words[start], ()):
            end = start + len(phrase)
            if end <= len(words) and all(words[start + i] == word for i, word in enumerate(phrase)):
                yield end, payload


def last_in_plural(words: Words) -> Words:
    """The phrase with its last word in the plural."""
    return (*words[:-1], plural(words[-1]))
