"""What the scorer looks at: a scene (the question and its plan) and a widget, each as row numbers of its table."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from cc_common.catalog.equipment import EquipmentType
from cc_common.catalog.store import Catalog
from cc_common.errors import InvalidInput
from cc_common.plan import Plan
from cc_common.scorer import layout

MOST_WORDS: Final = 24
_WORD: Final = re.compile(r"[^\W\d_]{2,}")  # letters only: which machine was named says little about widgets
_KINDS: Final = {kind: row for row, kind in enumerate(layout.KINDS)}
_INTENTS: Final = {intent: row for row, intent in enumerate(layout.INTENTS)}
_WIDGETS: Final = {widget: row for row, widget in enumerate(layout.WIDGETS)}


@dataclass(frozen=True, kw_only=True)
class Scene:
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


def scene_of(question: str, plan: Plan, catalog: Catalog, *, at: datetime) -> Scene:
    """The scene of a question asked `at` that moment and answered by `plan`."""
    shown = _type_shown(plan, catalog)
    metric = shown.metric(plan.metrics[0]) if shown and plan.metrics else None
    return Scene(
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


def context_features(scene: Scene) -> tuple[int, ...]:
    """Rows of the scene, each once: nine for what is known of every scene, then its words'."""
    machines = scene.equipment_type or ""
    fixed = (
        layout.ALWAYS,
        layout.INTENT + _known(scene.intent, _INTENTS, "intent"),
        layout.TYPE + layout.hashed(machines, layout.TYPE_ROWS),
        layout.KIND + _known(scene.kind or "none", _KINDS, "kind of metric"),
        layout.UNIT + layout.hashed(scene.unit, layout.UNIT_ROWS),
        layout.WINDOW + _window_class(scene),
        layout.MANY + bisect_left(layout.MACHINES, scene.machines),
        layout.HOUR + scene.hour // layout.HOURS_PER_CLASS,
        layout.PAIR + layout.hashed(f"{scene.intent} {machines}", layout.PAIR_ROWS),
    )
    return fixed + tuple(dict.fromkeys(_words(scene.question)))


def widget_features(context: Sequence[int], widget: str, place: int) -> tuple[int, ...]:
    """Rows of one widget in that context; `place` counts from 0 in the order in which the model named the widgets."""
    row = _known(widget, _WIDGETS, "widget type")
    intent, kind = context[1] - layout.INTENT, context[3] - layout.KIND
    return (
        layout.WIDGET + row,
        layout.PLACE + min(place, layout.PLACES - 1),
        layout.WIDGET_INTENT + row * len(layout.INTENTS) + intent,
        layout.WIDGET_KIND + row * len(layout.KINDS) + kind,
    )


def _type_shown(plan: Plan, catalog: Catalog) -> EquipmentType | None:
    if plan.equipment:
        return catalog.type_of(plan.equipment[0])
    return catalog.type(plan.equipment_type) if plan.equipment_type else None


def _words(question: str) -> Iterator[int]:
    for word in _WORD.findall(question.lower())[:MOST_WORDS]:
        yield layout.WORD + layout.hashed(word, layout.WORD_ROWS)


def _window_class(scene: Scene) -> int:
    longest = len(layout.WINDOW_HOURS) + 1
    if scene.window is None:
        return 0
    return longest + 1 if scene.ahead else 1 + bisect_left(layout.WINDOW_HOURS, scene.window / timedelta(hours=1))


def _known(name: str, rows: dict[str, int], what: str) -> int:
    try:
        return rows[name]
    except KeyError:
        raise InvalidInput(f"The scorer knows no {what} {name!r}; it knows {', '.join(rows)}.") from None
