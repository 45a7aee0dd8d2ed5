"""Writes the reference page of the intents from the registry.

.venv/bin/python -m cc_common.planning.intent_reference > docs/reference/intents.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Final

from cc_common.planning.intents import INTENTS, Intent

WIDTH: Final = 100
_HEAD: Final = """# Intents

Generated from the intent registry, `cc_common/planning/intents/`; do not edit.
`GET /api/v1/intents` gives the same as JSON. [How to add an intent](../howto/add-an-intent.md).
"""
_WINDOWS: Final = {
    "last_day": "the last 24 hours",
    "none": "none: the state of this moment",
    "ahead": "the next 24 hours",
}


def intent_reference() -> str:
    """The page as Markdown, lines of at most 100 characters."""
    return "\n".join([_HEAD, *(_section(intent) for intent in INTENTS.values())])


def _section(intent: Intent) -> str:
    facts = "\n".join(_item(f"{name}: {said}") for name, said in _facts(intent))
    examples = "\n".join(_item(f"“{question}”") for question in intent.examples)
    description = "\n".join(wrap(intent.description, WIDTH))
    return f"## {intent.name}\n\n{description}\n\n{facts}\n\nExamples:\n\n{examples}\n"


def _facts(intent: Intent) -> Iterator[tuple[str, str]]:
    yield "label in forms", intent.label
    yield "asked of", " and ".join(intent.about) or "nothing of the plant"
    yield "needs", _listed(intent.needs)
    yield "may have", _listed(intent.may_have)
    yield "statistics", _listed(intent.statistics)
    yield "widgets", _listed(intent.widgets)
    yield "widgets usually shown", _listed(intent.usual_widgets)
    if "window" in intent.slots:
        yield "window where none is named", _WINDOWS[intent.default_window]
    if not intent.offered:
        yield "offered to the model", "no"


def _listed(words: Sequence[str]) -> str:
    return ", ".join(f"`{word}`" for word in words) or "none"


def _item(text: str) -> str:
    return "\n".join(wrap(text, WIDTH, initial_indent="* ", subsequent_indent="  ", break_on_hyphens=False))


if __name__ == "__main__":
    sys.stdout.write(intent_reference())
