"""Splits a question into words and numbers ("CH-1", "ch 1", "ch1" are the same two), and matches phrases."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Generic, TypeVar

from cc_common.understanding.english_words import PERCENT, plural

_UNITS: Final = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS: Final = (
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
_TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_UNIT_ORDINALS: Final = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_TEEN_ORDINALS: Final = ("tenth", "eleventh", "twelfth", *(f"{word}th" for word in _TEENS[3:]))

UNITS: Final = {word: value for value, word in enumerate(_UNITS, start=1)}
TEENS: Final = {word: value for value, word in enumerate(_TEENS, start=10)}
TENS: Final = dict(zip(_TENS, range(20, 100, 10), strict=True)) | {"fourty": 40}
ORDINALS: Final = {word: value for value, word in enumerate((*_UNIT_ORDINALS, *_TEEN_ORDINALS), start=1)} | {
    f"{word[:-1]}ieth": value for word, value in TENS.items()
}
ZEROS: Final = frozenset({"zero", "oh"})
NUMBER_WORDS: Final = frozenset({*UNITS, *TEENS, *TENS, "zero", "hundred", "thousand"})
_NUMBER_WORD: Final = "|".join(sorted(NUMBER_WORDS - {"zero"}, key=len, reverse=True))
_IN_WORDS: Final = re.compile(
    rf"\b(?:zero|(?:(?:one|a) (?=hundred|thousand)|(?!one\b))"
    rf"(?:{_NUMBER_WORD})(?:[ -](?:and )?(?:{_NUMBER_WORD}))*)\b",
    re.I,
)
_POINT: Final = re.compile(r"(?<=\d) point ((?:\d|zero|one)(?: (?:\d|zero|one))*)\b", re.I)
_HALF: Final = re.compile(r"(\d+) and a half\b", re.I)
SUFFIXES: Final = frozenset({"st", "nd", "rd", "th"})
MAX_DIGITS: Final = 9  # more digits are no machine number, and int() of thousands of digits is slow


def read_number(words: Sequence[str], at: int) -> tuple[int, int] | None:
    """The cardinal at `words[at]` (lower case) and the index after it; None for none or an ordinal."""
    word = words[at]
    if read_ordinal(words, at):
        return None
    if word.isascii() and word.isdigit():
        return (int(word), at + 1) if len(word) <= MAX_DIGITS else None
    if word == "zero":
        return _spelled_digits(words, at)
    return _spoken(words, at)


def read_ordinal(words: Sequence[str], at: int) -> tuple[int, int] | None:
    """The ordinal ("third", "twenty first", "3 rd") at `words[at]` and the index after it, or None."""
    word, after = words[at], words[at + 1] if at + 1 < len(words) else ""
    if word in ORDINALS:
        return ORDINALS[word], at + 1
    if word in TENS and after in _UNIT_ORDINALS:
        return TENS[word] + ORDINALS[after], at + 2
    if word.isascii() and word.isdigit() and len(word) <= MAX_DIGITS and after in SUFFIXES:
        return int(word), at + 2
    return None


def number_of(text: str) -> int | None:
    """Parses a text that is one number ("24", "twenty-four", "one hundred and five"), or None."""
    words = text.lower().replace("-", " ").split()
    found = read_number(words, 0) if words else None
    return found[0] if found and found[1] == len(words) else None


def with_digits(text: str) -> str:
    """Converts numbers in words to digits, except "one" alone: "hit two thousand" becomes "hit 2000"."""
    text = _IN_WORDS.sub(_in_digits, text)
    text = _POINT.sub(lambda found: "." + found[1].replace("zero", "0").replace("one", "1").replace(" ", ""), text)
    return _HALF.sub(r"\1.5", text)


def _in_digits(found: re.Match[str]) -> str:
    number = number_of(re.sub(r"^a ", "one ", found.group(), flags=re.I))
    return found.group() if number is None else str(number)


def _spelled_digits(words: Sequence[str], at: int) -> tuple[int, int]:
    """Parses digits read out one by one: "zero zero one"."""
    value, end = 0, at
    while end < min(len(words), at + MAX_DIGITS) and (words[end] in UNITS or words[end] in ZEROS):
        value, end = value * 10 + UNITS.get(words[end], 0), end + 1
    return value, end


def _spoken(words: Sequence[str], at: int) -> tuple[int, int] | None:
    found = _below_thousand(words, at)
    if found is None or words[found[1] : found[1] + 1] != ["thousand"]:
        return found
    thousands, end = found[0] * 1000, found[1] + 1
    rest_at = end + 1 if words[end : end + 1] == ["and"] else end
    rest = _below_thousand(words, rest_at)
    return (thousands + rest[0], rest[1]) if rest else (thousands, end)


def _below_thousand(words: Sequence[str], at: int) -> tuple[int, int] | None:
    small, end = _below_hundred(words, at)
    if end < len(words) and words[end] == "hundred" and (end == at or small < 10):
        rest_at = end + 2 if words[end + 1 : end + 2] == ["and"] else end + 1
        rest, rest_end = _below_hundred(words, rest_at)
        return (small or 1) * 100 + rest, rest_end if rest else end + 1
    return (small, end) if end > at else None


def _below_hundred(words: Sequence[str], at: int) -> tuple[int, int]:
    """The number below one hundred at `at`; (0, at) for none."""
    word = words[at] if at < len(words) else ""
    if word in TENS:
        unit = UNITS.get(words[at + 1], 0) if at + 1 < len(words) else 0
        return TENS[word] + unit, at + (2 if unit else 1)
    value = UNITS.get(word) or TEENS.get(word)
    return (value, at + 1) if value else (0, at)


_TOKEN: Final = re.compile(r"[^\W\d_]+|\d+|%")
_PERCENT: Final = ("%", "pct", "percentage")
_WEAK: Final = re.compile(r"(?<=\b(?:this|last|next|past) )weak\b", re.I)
_POSSESSIVE: Final = re.compile(r"(?<=\w)['\u2019\u02bc]s\b|(?<=[a-z] \d)s\b|(?<=[a-z] \d\d)s\b(?!\W*ago)", re.I)


@dataclass(frozen=True, slots=True)
class Token:
    """`word`: lower case, digits without leading zeros; `gap`: the text between the previous token and this one."""

    word: str
    text: str
    start: int
    end: int
    gap: str

    @property
    def is_number(self) -> bool:
        """Tells whether the token consists of digits."""
        return self.text[0].isdigit()


def normalise(text: str) -> str:
    """Applies NFKC, converts digits of other scripts to 0-9, blanks possessive endings.

    "This weak" becomes "this week", which the speller would not correct: "weak" is a word.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
    return _POSSESSIVE.sub(lambda found: " " * len(found.group()), _WEAK.sub("week", text))


def tokenise(text: str) -> list[Token]:
    """Splits a normalised text into tokens."""
    tokens: list[Token] = []
    end = 0
    for found in _TOKEN.finditer(text):
        tokens.append(_token(found, text[end : found.start()]))
        end = found.end()
    return tokens


@lru_cache(maxsize=8192)  # the indices of a plant read the same names repeatedly
def words_of(text: str) -> tuple[str, ...]:
    """Splits a catalogue name into words like a question."""
    return tuple(token.word for token in tokenise(normalise(text)))


def _token(found: re.Match[str], gap: str) -> Token:
    text = found.group()
    if text[0].isdigit():
        word = text.lstrip("0") or "0"
        word = word if len(word) <= MAX_DIGITS else text
    else:
        word = PERCENT if text.lower() in _PERCENT else text.lower()
    return Token(word, text, found.start(), found.end(), gap)


Words = tuple[str, ...]
Payload = TypeVar("Payload")
MAX_ABBREVIATED: Final = 3  # letters of an abbreviation, such as CH or AHU


class Phrases(Generic[Payload]):
    """Phrases by their first word; the longest match wins."""

    def __init__(self, phrases: Mapping[Words, Payload]) -> None:
        self._by_first: dict[str, list[tuple[Words, Payload]]] = {}
        for words in sorted(phrases, key=lambda w: (-len(w), w)):
            self._by_first.setdefault(words[0], []).append((words, phrases[words]))

    def find_at(self, words: Sequence[str], start: int) -> Iterator[tuple[int, Payload]]:
        """The phrases that start at `words[start]`, longest first: the index after it, and its payload."""
        for phrase, payload in self._by_first.get(words[start], ()):
            end = start + len(phrase)
            if end <= len(words) and all(words[start + i] == word for i, word in enumerate(phrase)):
                yield end, payload


def last_in_plural(words: Words) -> Words:
    """The phrase with its last word in the plural."""
    return (*words[:-1], plural(words[-1]))
