"""Expands chat abbreviations, and corrects typing errors to the only closest known word."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from cc_common.understanding.english_words import ORDINARY, singular
from cc_common.understanding.tokens import NUMBER_WORDS, ORDINALS

# Only unambiguous ones: "min" and "sec" are not. Abbreviations of machines and metrics are in the catalogue.
_WORDS: Final = {
    "hr": "hour", "hrs": "hours", "wk": "week", "wks": "weeks", "mth": "month", "mths": "months", "mnth": "month",
    "tmrw": "tomorrow", "tmw": "tomorrow", "tmrrw": "tomorrow", "tmr": "tomorrow", "tomo": "tomorrow",
    "2mrw": "tomorrow", "2moro": "tomorrow", "yday": "yesterday", "yest": "yesterday", "ystdy": "yesterday",
    "2day": "today", "tdy": "today", "2nite": "tonight", "nxt": "next", "lst": "last", "prev": "previous",
    "mny": "many", "mch": "much", "hw": "how", "wht": "what", "wats": "what is", "wots": "what is", "whats": "what is",
    "whatll": "what will", "wen": "when", "whn": "when", "whr": "where", "wich": "which", "whch": "which",
    "abt": "about", "btwn": "between", "b4": "before", "til": "until", "thru": "through", "w/o": "without",
    "w/": "with", "opn": "open", "cls": "close", "shw": "show", "gimme": "give me", "lemme": "let me", "gv": "give",
    "gotta": "have to", "wanna": "want to", "gonna": "going to", "ppl": "people", "cud": "could", "shud": "should",
    "insted": "instead", "intead": "instead", "pls": "please", "plz": "please", "plse": "please", "thx": "thanks",
    "tks": "thanks", "curr": "current", "avrg": "average", "rtn": "return", "wek": "week",
    "sply": "supply", "evry": "every", "rdg": "reading", "rdgs": "readings",
}  # fmt: skip
_SHORT: Final = re.compile(
    rf"(?<![\w/#-])(?:{'|'.join(re.escape(word) for word in sorted(_WORDS, key=len, reverse=True))})"
    r"(?![\w-])(?=(?P<tag>[ #]\d)?)",
    re.I,
)
_TURNED: Final = re.compile(
    r"\bthe (\d{1,4}|[a-z]+) (last|past|previous|next|coming) (minutes|mins|hours|days|weeks|months)\b", re.I
)
_COUNTED: Final = re.compile(r"\d+|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty", re.I)
_BESIDES: Final = re.compile(r"\bas well as\b|\b(?:with|to|against|and|than) that of(?= (?:number )?\d)", re.I)
_HESITATING: Final = re.compile(
    r"(?<![\w-])(?:[Ee]h+|[Uu]h+|[Uu]m+|[Ee]r+m?|[Ee]hm|[Hh]mm+)\b(?![-#\s]*\d)[\s,.\u2026]*"
)


def expand_abbreviations(question: str, is_name: Callable[[str], bool]) -> str:
    """Expands the question's abbreviations, except words of the plant and tags ("HR 3")."""

    def whole(found: re.Match[str]) -> str:
        short = found.group()
        return short if is_name(short) or (short.isupper() and found["tag"] is not None) else _WORDS[short.lower()]

    question = _SHORT.sub(whole, question)
    question = _HESITATING.sub("", question).strip() or question
    return _TURNED.sub(_in_order, _BESIDES.sub("and", question))


def _in_order(found: re.Match[str]) -> str:
    """Reorders "the 5 last days" to "the last 5 days"."""
    count, which, unit = found.groups()
    return f"the {which} {count} {unit}" if _COUNTED.fullmatch(count) else found.group()


_INFLECTIONS: Final = ("ion", "ed", "ing")
_MIN_LETTERS: Final = 4
_MIN_CONSONANTS: Final = 3
_VOWELS: Final = re.compile("[aeiou]")
_MAX_LETTERS: Final = 24
_CHOICES: Final = 8


class Speller:
    """Corrects typing errors to the closest known word; leaves English words and ambiguous corrections unchanged.

    `names` maps words of types and machines to their meanings; they have priority over words of metrics and numbers.
    """

    def __init__(self, *, names: Mapping[str, str], others: Iterable[str]) -> None:
        numbers = (word for word in NUMBER_WORDS if len(word) > _MIN_LETTERS)
        self._meaning = {w: singular(w) for w in (*others, *numbers) if len(w) >= _MIN_LETTERS} | dict(names)
        self._names = frozenset(names)
        self.known = frozenset((*names, *others, *NUMBER_WORDS, *ORDINALS)) | ORDINARY
        self._by_length: dict[int, list[str]] = {}
        for word in sorted(w for w in self._meaning if len(w) >= _MIN_LETTERS and w.isalpha()):
            self._by_length.setdefault(len(word), []).append(word)
        self._by_consonants: dict[str, set[str]] = {}
        for word in self._meaning:
            self._by_consonants.setdefault(_consonants(word), set()).add(word)
        self.correct = lru_cache(maxsize=4096)(self._correct)

    def _correct(self, word: str) -> str:
        """The closest known word, else `word` itself."""
        if (meant := self._without_vowels(word)) is not None:
            return meant
        if not _MIN_LETTERS <= len(word) <= _MAX_LETTERS or word in self.known or not word.isalpha():
            return word
        choices = [w for n in range(len(word) - 2, len(word) + 3) for w in self._by_length.get(n, ())]
        near = process.extract(word, choices, scorer=OSA.distance, score_cutoff=2, limit=_CHOICES)
        found = ((w, d) for w, d, _ in near if _plausible(word, w, int(d)))
        ranked = sorted((d, w not in self._names, w[-1] != word[-1], w) for w, d in found)
        closest = [w for distance, rank, _, w in ranked if (distance, rank) == ranked[0][:2]]
        return closest[0] if len({self._meaning[w] for w in closest}) == 1 else word

    def _without_vowels(self, word: str) -> str | None:
        """The only known word with exactly these consonants: "spd" is "speed"."""
        if len(word) < _MIN_CONSONANTS or word in self.known or _VOWELS.search(word):
            return None
        meant = self._by_consonants.get(word, set())
        return min(meant) if len({self._meaning[w] for w in meant}) == 1 else None


def _consonants(word: str) -> str:
    return _VOWELS.sub("", word)


def _plausible(typed: str, meant: str, distance: int) -> bool:
    """Accepts one edit in a word of up to seven letters, two in a longer one; errors in the first letter are rare."""
    if any(typed.endswith(end) and not meant.endswith(end) for end in _INFLECTIONS):
        return False
    if distance > (2 if len(meant) >= 8 else 1):
        return False
    if len(meant) == _MIN_LETTERS and sorted(typed) != sorted(meant):  # short words: transpositions only
        return False
    return typed[0] == meant[0] or (distance == 1 and len(meant) >= 7)
