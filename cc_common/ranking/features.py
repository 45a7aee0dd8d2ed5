"""The ranker's features: a question's context and a widget as row numbers of its table."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final
from zlib import crc32
from zoneinfo import ZoneInfo

from cc_common import planning
from cc_common.catalog.equipment import EquipmentType
from cc_common.catalog.store import Catalog
from cc_common.core.errors import InvalidInput
from cc_common.planning import Plan
from cc_common.ranking.layout import (
    CURRENT,
    HOUR_ROWS,
    HOURS_PER_CLASS,
    KINDS,
    MACHINES,
    MANY_ROWS,
    PAIR_ROWS,
    PLACES,
    TYPE_ROWS,
    UNIT_ROWS,
    WINDOW_HOURS,
    WINDOW_ROWS,
    WORD_ROWS,
    pair_rows,
)

LAYOUT: Final = CURRENT.number
RANK: Final = 8
COLUMNS: Final = RANK + 1  # a row is an embedding and a bias
INTENTS: Final = tuple(planning.INTENTS)
WIDGETS: Final = planning.WIDGETS

# Rows of a context; see layout.py for their names.
ALWAYS: Final = 0
INTENT: Final = ALWAYS + 1
TYPE: Final = INTENT + len(INTENTS)
KIND: Final = TYPE + TYPE_ROWS
UNIT: Final = KIND + len(KINDS)
WINDOW: Final = UNIT + UNIT_ROWS
MANY: Final = WINDOW + WINDOW_ROWS
HOUR: Final = MANY + MANY_ROWS
PAIR: Final = HOUR + HOUR_ROWS
WORD: Final = PAIR + PAIR_ROWS
CONTEXT_ROWS: Final = len(CURRENT.context)

# Rows of a widget, counted from 0; in the table they follow the rows of the context.
WIDGET: Final = 0
PLACE: Final = WIDGET + len(WIDGETS)
WIDGET_INTENT: Final = pair_rows(CURRENT, INTENTS, WIDGETS)  # by widget, then intent
WIDGET_ROWS: Final = len(CURRENT.widget)
WIDGET_KIND: Final = WIDGET_ROWS - len(WIDGETS) * len(KINDS)
WIDGET_FEATURES: Final = 4  # rows each widget has: type, place, type in this intent, type for this kind of metric

ROWS: Final = CONTEXT_ROWS + WIDGET_ROWS
PARAMETERS: Final = ROWS * COLUMNS


@lru_cache(maxsize=8192)
def hash_row(word: str, rows: int) -> int:
    """Hashes a word to a row in [0, rows), the same in every process."""
    return crc32(word.encode("utf-8", "surrogatepass")) % rows


MAX_WORDS: Final = 24
_WORD: Final = re.compile(r"[^\W\d_]{2,}")  # letters only: which machine was named says little about widgets
_KINDS: Final = {kind: row for row, kind in enumerate(KINDS)}
_INTENT_INDEX: Final = {intent: row for row, intent in enumerate(INTENTS)}
_WIDGET_INDEX: Final[dict[str, int]] = {widget: row for row, widget in enumerate(WIDGETS)}


@dataclass(frozen=True, kw_only=True)
class QuestionContext:
    """What is known before widgets are ordered. `kind`, `unit`: of the first metric; `hour`: 0-23, plant time."""

    question: str
    intent: str
    equipment_type: str | None = None
    kind: str | None = None
    unit: str = ""
    window: timedelta | None = None  # length; None: the newest readings
    ahead: bool = False  # the window lies in the future
    machines: int = 0  # how many are named
    hour: int = 0


def question_context(question: str, plan: Plan, catalog: Catalog, *, at: datetime) -> QuestionContext:
    """The scene of a question asked `at` that moment and answered by `plan`."""
    shown = _type_shown(plan, catalog)
    metric = shown.metric(plan.metrics[0]) if shown and plan.metrics else None
    return QuestionContext(
        question=question,
        intent=plan.intent,
        equipment_type=shown.name if shown else None,
        kind=metric.kind if metric else None,
        unit=metric.unit if metric else "",
        window=plan.window.end - plan.window.start if plan.window else None,
        ahead=plan.window is not None and plan.window.start >= at,
        machines=len(plan.equipment),
        hour=at.astimezone(ZoneInfo(catalog.tz)).hour,
    )


def context_features(scene: QuestionContext) -> tuple[int, ...]:
    """Rows of the scene, each once: nine for what is known of every scene, then its words'."""
    machines = scene.equipment_type or ""
    fixed = (
        ALWAYS,
        INTENT + _known(scene.intent, _INTENT_INDEX, "intent"),
        TYPE + hash_row(machines, TYPE_ROWS),
        KIND + _known(scene.kind or "none", _KINDS, "kind of metric"),
        UNIT + hash_row(scene.unit, UNIT_ROWS),
        WINDOW + _window_class(scene),
        MANY + bisect_left(MACHINES, scene.machines),
        HOUR + scene.hour // HOURS_PER_CLASS,
        PAIR + hash_row(f"{scene.intent} {machines}", PAIR_ROWS),
    )
    return fixed + tuple(dict.fromkeys(_words(scene.question)))


def widget_features(context: Sequence[int], widget: str, place: int) -> tuple[int, ...]:
    """Rows of one widget in that context; `place` counts from 0 in the order in which the model named the widgets."""
    row = _known(widget, _WIDGET_INDEX, "widget type")
    intent, kind = context[1] - INTENT, context[3] - KIND
    return (
        WIDGET + row,
        PLACE + min(place, PLACES - 1),
        WIDGET_INTENT[row][intent],
        WIDGET_KIND + row * len(KINDS) + kind,
    )


def _type_shown(plan: Plan, catalog: Catalog) -> EquipmentType | None:
    if plan.equipment:
        return catalog.type_of(plan.equipment[0])
    return catalog.type(plan.equipment_type) if plan.equipment_type else None


def _words(question: str) -> Iterator[int]:
    for word in _WORD.findall(question.lower())[:MAX_WORDS]:
        yield WORD + hash_row(word, WORD_ROWS)


def _window_class(scene: QuestionContext) -> int:
    longest = len(WINDOW_HOURS) + 1
    if scene.window is None:
        return 0
    return longest + 1 if scene.ahead else 1 + bisect_left(WINDOW_HOURS, scene.window / timedelta(hours=1))


def _known(name: str, rows: dict[str, int], what: str) -> int:
    try:
        return rows[name]
    except KeyError:
        raise InvalidInput(f"The scorer knows no {what} {name!r}; it knows {', '.join(rows)}.") from None
