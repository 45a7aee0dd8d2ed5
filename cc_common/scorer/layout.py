"""Which row of the scorer's table stands for what. Rows keep their meaning for good; another layout has another LAYOUT.

Open vocabularies (equipment types, units, words) are hashed, so that any plant fits and two names may share a row.
The tuples below are spelled out, not imported: a new intent may only ever be added at the end, in a new layout.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final
from zlib import crc32

LAYOUT: Final = 1
RANK: Final = 8
COLUMNS: Final = RANK + 1  # a row is an embedding and a bias

_INTENTS: Final = "latest trend statistics compare rank anomalies alerts forecast summary list out_of_scope"
_WIDGETS: Final = "kpi trend alerts comparison ranking statistics anomalies forecast table gauge summary"
INTENTS: Final = tuple(_INTENTS.split())
WIDGETS: Final = tuple(_WIDGETS.split())
KINDS: Final = ("none", "gauge", "counter", "tally")
WINDOW_HOURS: Final = (1, 24, 7 * 24, 31 * 24, 366 * 24)  # upper ends of the classes of length; beyond: one more
MACHINES: Final = (0, 1, 2, 5)  # upper ends of the classes of how many machines; beyond: one more
HOURS_PER_CLASS: Final = 4
PLACES: Final = 4  # of the model's own order: first, second, third, later

TYPE_ROWS: Final = 64
UNIT_ROWS: Final = 32
PAIR_ROWS: Final = 97  # an intent and a type together
WORD_ROWS: Final = 365

ALWAYS: Final = 0
INTENT: Final = ALWAYS + 1
TYPE: Final = INTENT + len(INTENTS)
KIND: Final = TYPE + TYPE_ROWS
UNIT: Final = KIND + len(KINDS)
WINDOW: Final = UNIT + UNIT_ROWS  # none, the classes, the longest, ahead
MANY: Final = WINDOW + len(WINDOW_HOURS) + 3
HOUR: Final = MANY + len(MACHINES) + 1
PAIR: Final = HOUR + 24 // HOURS_PER_CLASS
WORD: Final = PAIR + PAIR_ROWS
CONTEXT_ROWS: Final = WORD + WORD_ROWS

# Rows of a widget, counted from 0; in the table they follow the rows of the context.
WIDGET: Final = 0
PLACE: Final = WIDGET + len(WIDGETS)
WIDGET_INTENT: Final = PLACE + PLACES
WIDGET_KIND: Final = WIDGET_INTENT + len(WIDGETS) * len(INTENTS)
WIDGET_ROWS: Final = WIDGET_KIND + len(WIDGETS) * len(KINDS)
WIDGET_FEATURES: Final = 4  # rows each widget has: type, place, type in this intent, type for this kind of metric

ROWS: Final = CONTEXT_ROWS + WIDGET_ROWS
PARAMETERS: Final = ROWS * COLUMNS


@lru_cache(maxsize=8192)
def hashed(word: str, rows: int) -> int:
    """A row in [0, rows) for any word, the same in every process."""
    return crc32(word.encode("utf-8", "surrogatepass")) % rows
