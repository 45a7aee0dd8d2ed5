"""Expands a template: (a|b) chooses one, [x|y] chooses one or nothing, {slot} is filled by a function."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Final

_INNERMOST: Final = re.compile(r"\(([^()\[\]]*)\)|\[([^()\[\]]*)\]")
_SLOT: Final = re.compile(r"\{(\w+)\}")
_KEEP: Final = 0.4  # probability of an optional part


def expand(template: str, fill: Callable[[str], str], rng: random.Random) -> str:
    """One sentence of the template, single spaces between words."""
    text, found = template, 1
    while found:
        text, found = _INNERMOST.subn(lambda match: _choose(match, rng), text)
    filled = _SLOT.sub(lambda match: fill(match[1]), text)
    return re.sub(r"\s+([,?:])", r"\1", " ".join(filled.split()))


def _choose(match: re.Match[str], rng: random.Random) -> str:
    required, optional = match.group(1, 2)
    if required is not None:
        return str(rng.choice(required.split("|")))
    return str(rng.choice(optional.split("|"))) if rng.random() < _KEEP else ""


_BEFORE: Final = (
    "please ",
    "pls ",
    "hey, ",
    "ok ",
    "hi, ",
    "can you ",
    "so ",
    "quick question: ",
    "um ",
    "operator here, ",
)
_AFTER: Final = (" please", " pls", " thanks", " for me", " ?", "!", " asap", " thx", " if you can")


def add_typing_errors(question: str, rng: random.Random) -> str:
    """Makes the sentence look typed: casing, courtesy, punctuation, and at times a typing error."""
    if rng.random() < 0.12:
        question = rng.choice(_BEFORE) + question
    if rng.random() < 0.10:
        question += rng.choice(_AFTER)
    elif rng.random() < 0.25:
        question += rng.choice(("?", ".", "?"))
    if rng.random() < 0.10:
        question = _slip(question, rng)
    style = rng.random()
    if style < 0.45:
        return question[:1].upper() + question[1:]
    return question.upper() if style > 0.97 else question.lower() if style > 0.6 else question


def _slip(question: str, rng: random.Random) -> str:
    """One typing error in a word of at least five letters without digits: swapped, dropped or doubled letters."""
    words = question.split(" ")
    long = [i for i, word in enumerate(words) if len(word) >= 5 and word.isalpha()]
    if not long:
        return question
    at = rng.choice(long)
    word, i = words[at], rng.randrange(1, len(words[at]) - 1)
    swapped, dropped, doubled = (
        word[:i] + word[i + 1] + word[i] + word[i + 2 :],
        word[:i] + word[i + 1 :],
        word[:i] + word[i : i + 1] * 2 + word[i + 1 :],
    )
    words[at] = rng.choice((swapped, dropped, doubled))
    return " ".join(words)
