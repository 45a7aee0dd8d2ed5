"""Layouts of the ranker's table: the name of every row. A table of another layout is carried over by these names."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from zlib import crc32

from cc_common.core.errors import InvalidInput
from cc_common.planning import INTENTS, WIDGETS

KINDS: Final = ("none", "gauge", "counter", "tally")
WINDOW_HOURS: Final = (1, 24, 7 * 24, 31 * 24, 366 * 24)  # upper ends of the classes of length; beyond: one more
MACHINES: Final = (0, 1, 2, 5)  # upper ends of the classes of how many machines; beyond: one more
HOURS_PER_CLASS: Final = 4
PLACES: Final = 4  # of the model's own order: first, second, third, later

TYPE_ROWS: Final = 64
UNIT_ROWS: Final = 32
PAIR_ROWS: Final = 97  # an intent and a type together
WORD_ROWS: Final = 365
WINDOW_ROWS: Final = len(WINDOW_HOURS) + 3  # none, the classes, the longest, ahead
MANY_ROWS: Final = len(MACHINES) + 1
HOUR_ROWS: Final = 24 // HOURS_PER_CLASS
_ELSEWHERE: Final = "an intent that does not list it"


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Names of the rows of a question's context, and of those of a widget that follow them in the table."""

    context: tuple[str, ...]
    widget: tuple[str, ...]

    @cached_property
    def number(self) -> int:
        """What an experience keeps of it: 1 for the first layout, else 31 bits of the checksum of its names."""
        return 1 if self == FIRST else crc32(self.to_json()) & 0x7FFF_FFFF

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of all rows of the table."""
        return (*self.context, *self.widget)

    def to_json(self) -> bytes:
        """The names as JSON; `layout_from_json` reads them back."""
        return json.dumps({"context": self.context, "widget": self.widget}, separators=(",", ":")).encode()


def layout_from_json(text: bytes | str) -> Layout:
    """The layout with these names; InvalidInput where they are none or one stands twice."""
    try:
        found = json.loads(text)
        layout = Layout(context=tuple(map(str, found["context"])), widget=tuple(map(str, found["widget"])))
    except (ValueError, KeyError, TypeError) as exc:
        raise InvalidInput("The names of the Tier-1 scorer's rows cannot be read.") from exc
    if len(set(layout.names)) != len(layout.names):
        raise InvalidInput("The Tier-1 scorer names two of its rows alike.")
    return layout


def build_layout(widgets_of: Mapping[str, Collection[str]], widgets: Sequence[str]) -> Layout:
    """The layout for these intents, each with the widgets it lists, and these widget types."""
    return Layout(
        context=tuple(_context_names(tuple(widgets_of))),
        widget=(
            *_widget_names(widgets),
            *_pair_names(widgets_of, widgets),
            *(f"widget {widget} in {_ELSEWHERE}" for widget in widgets),
            *_kind_names(widgets),
        ),
    )


def _context_names(intents: Sequence[str]) -> Iterator[str]:
    yield "always"
    yield from (f"intent {intent}" for intent in intents)
    yield from (f"type {row}" for row in range(TYPE_ROWS))
    yield from (f"kind {kind}" for kind in KINDS)
    yield from (f"unit {row}" for row in range(UNIT_ROWS))
    yield from (f"window {row}" for row in range(WINDOW_ROWS))
    yield from (f"machines {row}" for row in range(MANY_ROWS))
    yield from (f"hour {row}" for row in range(HOUR_ROWS))
    yield from (f"intent and type {row}" for row in range(PAIR_ROWS))
    yield from (f"word {row}" for row in range(WORD_ROWS))


def _widget_names(widgets: Sequence[str]) -> Iterator[str]:
    yield from (f"widget {widget}" for widget in widgets)
    yield from (f"place {row}" for row in range(PLACES))


def _pair_names(widgets_of: Mapping[str, Collection[str]], widgets: Sequence[str]) -> Iterator[str]:
    for widget in widgets:
        yield from (f"widget {widget} in {intent}" for intent in widgets_of if widget in widgets_of[intent])


def _kind_names(widgets: Sequence[str]) -> Iterator[str]:
    yield from (f"widget {widget} for {kind}" for widget in widgets for kind in KINDS)


def _first() -> Layout:
    """The layout of files of format 1, which name no rows: every widget in every intent."""
    every = (
        *_widget_names(_FIRST_WIDGETS),
        *_pair_names(dict.fromkeys(_FIRST_INTENTS, _FIRST_WIDGETS), _FIRST_WIDGETS),
        *_kind_names(_FIRST_WIDGETS),
    )
    return Layout(context=tuple(_context_names(_FIRST_INTENTS)), widget=every)


# Fixed for good: what is registered later has no row in the first layout.
_FIRST_INTENTS: Final = (
    *("latest", "trend", "statistics", "compare", "rank", "anomalies", "alerts"),
    *("forecast", "summary", "list", "out_of_scope"),
)
_FIRST_WIDGETS: Final = (
    *("kpi", "trend", "alerts", "comparison", "ranking", "statistics", "anomalies"),
    *("forecast", "table", "gauge", "summary"),
)
FIRST: Final = _first()
CURRENT: Final = build_layout({name: intent.widgets for name, intent in INTENTS.items()}, WIDGETS)
KNOWN: Final[Mapping[int, Layout]] = {layout.number: layout for layout in (FIRST, CURRENT)}


def pair_rows(layout: Layout, intents: Sequence[str], widgets: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    """Row of each widget (outer) in each intent (inner); one they share where the intent does not list the widget."""
    rows = {name: row for row, name in enumerate(layout.widget)}
    return tuple(
        tuple(rows.get(f"widget {w} in {i}", rows.get(f"widget {w} in {_ELSEWHERE}", -1)) for i in intents)
        for w in widgets
    )


def carry_context(rows: Sequence[int], old: Layout, new: Layout) -> tuple[int, ...] | None:
    """Rows of a context in another layout; None where that has no such row: its intent is gone."""
    index = {name: row for row, name in enumerate(new.context)}
    carried = [index.get(old.context[row]) for row in rows]
    return None if None in carried else tuple(row for row in carried if row is not None)


def carry_widget(rows: Sequence[int], old: Layout, new: Layout) -> tuple[int, ...] | None:
    """Rows of a widget in another layout; None where that has no such row: its type is gone."""
    index = {name: row for row, name in enumerate(new.widget)}
    carried = [index.get(name, index.get(_elsewhere(name))) for name in (old.widget[row] for row in rows)]
    return None if None in carried else tuple(row for row in carried if row is not None)


def _elsewhere(name: str) -> str:
    """The row that a widget shares in the intents that do not list it."""
    head, joint, _ = name.partition(" in ")
    return f"{head}{joint}{_ELSEWHERE}" if joint else name
