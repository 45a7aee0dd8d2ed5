"""A question as words and numbers: "CH-1", "ch 1" and "ch1" are the same two tokens with different gaps."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cc_common.catalog.resolution.english import PERCENT
from cc_common.numerals import MOST_DIGITS

_TOKEN: Final = re.compile(r"[^\W\d_]+|\d+|%")
_PERCENT: Final = ("%", "pct", "percentage")
_WEAK: Final = re.compile(r"(?<=\b(?:this|last|next|past) )weak\b", re.I)
_POSSESSIVE: Final = re.compile(r"(?<=\w)['\u2019\u02bc]s\b|(?<=[a-z] \d)s\b|(?<=[a-z] \d\d)s\b(?!\W*ago)", re.I)


@dataclass(frozen=True, slots=True)
class Token:
    """`word` is lower case, digits without leading zeros; `gap` is what stands between it and the token before."""

    word: str
    text: str
    start: int
    end: int
    gap: str

    @property
    def is_number(self) -> bool:
        """Whether it is made of digits."""
        return self.text[0].isdigit()


def normalise(text: str) -> str:
    """Compatibility form (full width becomes plain), other scripts' digits as 0-9, possessive endings blanked.

    "This weak" is a week: no speller mends a word that is one.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
    return _POSSESSIVE.sub(lambda found: " " * len(found.group()), _WEAK.sub("week", text))


def tokenise(text: str) -> list[Token]:
    """The tokens of a normalised text."""
    tokens: list[Token] = []
    end = 0
    for found in _TOKEN.finditer(text):
        tokens.append(_token(found, text[end : found.start()]))
        end = found.end()
    return tokens


@lru_cache(maxsize=8192)  # every index of a plant reads the same names again
def words_of(text: str) -> tuple[str, ...]:
    """The words of a name in the catalogue, as they would be read in a question."""
    return tuple(token.word for token in tokenise(normalise(text)))


def _token(found: re.Match[str], gap: str) -> Token:
    text = found.group()
    if text[0].isdigit():
        word = text.lstrip("0") or "0"
        word = word if len(word) <= MOST_DIGITS else text
    else:
        word = PERCENT if text.lower() in _PERCENT else text.lower()
    return Token(word, text, found.start(), found.end(), gap)
