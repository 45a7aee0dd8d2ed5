"""Typos: the one known word that a mistyped word is closest to."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from cc_common.catalog.english import ORDINARY
from cc_common.numerals import NUMBER_WORDS, ORDINALS

_INFLECTIONS: Final = ("ion", "ed", "ing")
_SHORTEST: Final = 4
_LONGEST: Final = 24


class Speller:
    """Corrects a typo to the one known word it is closest to; words that are English, or abbreviations, stay."""

    def __init__(self, words: Iterable[str]) -> None:
        self._known = frozenset(words)
        self._by_length: dict[int, list[str]] = {}
        for word in sorted(w for w in self._known if len(w) >= _SHORTEST and w.isalpha()):
            self._by_length.setdefault(len(word), []).append(word)
        self.correct = lru_cache(maxsize=4096)(self._correct)

    def _correct(self, word: str) -> str:
        """The known word meant, else `word` itself."""
        if not _SHORTEST <= len(word) <= _LONGEST or word in self._known or word in ORDINARY:
            return word
        if word in NUMBER_WORDS or word in ORDINALS or not word.isalpha():
            return word
        choices = [w for n in range(len(word) - 2, len(word) + 3) for w in self._by_length.get(n, ())]
        found = process.extract(word, choices, scorer=OSA.distance, score_cutoff=2, limit=2)
        if not found or (len(found) > 1 and found[0][1] == found[1][1]):
            return word
        best, distance, _ = found[0]
        return best if _plausible(word, best, int(distance)) else word


def _plausible(typed: str, meant: str, distance: int) -> bool:
    """One slip in a word of up to seven letters, two in a longer one; the first letter is rarely wrong."""
    if any(typed.endswith(end) and not meant.endswith(end) for end in _INFLECTIONS):
        return False
    if distance > (2 if len(meant) >= 8 else 1):
        return False
    return typed[0] == meant[0] or (distance == 1 and len(meant) >= 7)
