"""The step between readings, as operators ask for it: "hourly", "every 15 minutes", "day by day"."""

from __future__ import annotations

import re
from typing import Final

from cc_common.window.durations import NUMBER, UNIT, read_length
from cc_common.window.points import GAP

_STEP: Final = re.compile(
    rf"\b(?:(?:every|each|per|by(?:{GAP}the)?(?!{GAP}[a-z]+s\b)){GAP}(?P<every>(?:{NUMBER}[\s-]{{0,3}})?{UNIT}|half{GAP}(?:an{GAP})?hour\b)"
    rf"|(?P<number>{NUMBER}[\s-]{{0,3}}{UNIT}){GAP}(?:interval|bucket|step|average|resolution|granularity|sample|bin)s?\b"
    rf"|(?P<half>half)[\s-]hourly\b|(?P<word>hour|dai|week|month|minute)ly\b"
    rf"|(?P<twice>hour|day|week|month|minute)(?:[\s-](?:by[\s-](?P=twice)\b|wise\b)|wise\b))",
    re.I | re.A,
)


def find_step(text: str) -> tuple[str, tuple[int, int]] | None:
    """The first step as an ISO 8601 duration (PT1H, P7D, ...) and where the text says it."""
    found = _STEP.search(text)
    length = read_length(_words(found)) if found else None
    return (length.label, found.span()) if found and length else None


def _words(found: re.Match[str]) -> str:
    word = (found["word"] or "").lower()
    half = f"{found['half']} hour" if found["half"] else ""
    return found["every"] or found["number"] or found["twice"] or half or ("day" if word == "dai" else word)
