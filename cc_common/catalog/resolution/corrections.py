"""What a speaker takes back: "since yesterday, no wait, i mean the last 12 hours"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, TypeVar

_CORRECTION: Final = re.compile(
    r"\b(?:i mean(?:t)?|no,? wait|wait,? no|or rather|correction|scratch that|make (?:that|it)|sorry|actually no"
    r"|not that|no no|strike that|my mistake|my bad)\b",
    re.I,
)

Said = TypeVar("Said")


def takes_back(text: str) -> bool:
    """Whether something said before is taken back."""
    return _CORRECTION.search(text) is not None


def without_taken_back(text: str, said: Iterable[tuple[int, Said]]) -> tuple[Said, ...]:
    """Of things said at their places in the text, those after the last correction; all when none comes after it."""
    things = tuple(said)
    last = max((mark.end() for mark in _CORRECTION.finditer(text)), default=0)
    return tuple(thing for at, thing in things if at >= last) or tuple(thing for _, thing in things)
