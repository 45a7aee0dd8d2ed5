"""Parses the model's line to a Plan, and renders a Plan as a line (for corrections and training)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Final, TypeVar, cast
from zoneinfo import ZoneInfo

from cc_common.catalog.equipment import Metric
from cc_common.catalog.store import Catalog
from cc_common.core.errors import InvalidInput
from cc_common.core.evidence import Statistic
from cc_common.core.windows import DAY, PlantTime, Window
from cc_common.planning.grammar_parts import LETTERS, PLANT
from cc_common.planning.intent_rules import asks_several
from cc_common.planning.intents import INTENTS, REASONS, Intent
from cc_common.planning.plan import STATISTICS_OF_KIND, Order, Plan
from cc_common.understanding import Resolution
from cc_common.understanding.question import Level, Side, threshold_side

DEFAULT_HOURS: Final = 24
MAX_FORECAST_HOURS: Final = 7 * 24  # the horizon of a search for a threshold crossing
_MIN_FORECAST: Final = timedelta(hours=1)  # shortest window of a forecast


def aimed_ahead(plan: Plan, resolution: Resolution, catalog: Catalog, now: datetime) -> Plan:
    """Sets a forecast's window to start now and end in the future, and its threshold to the level of the question."""
    metric = catalog.metric(plan.equipment[0], plan.metrics[0])
    levels = (_level(level, metric, threshold_side(resolution.question, level)) for level in resolution.levels)
    threshold, side = next((level for level in levels if level[0] is not None), (None, None))
    asked = _rest_of_today(plan.window, catalog.tz, now) if resolution.windows and plan.window else None
    usual = next_hours(now, DEFAULT_HOURS if threshold is None else MAX_FORECAST_HOURS)
    window = replace(asked, start=max(now, asked.start)) if asked and asked.end > now else usual
    passed = asked if asked and _has_passed(asked, resolution, now) else None
    machines = _all_named(plan, resolution, catalog)
    return replace(plan, equipment=machines, threshold=threshold, side=side, window=window, passed=passed)


def next_hours(now: datetime, hours: int) -> Window:
    """The window of the next `hours` hours."""
    return Window(start=now, end=now + timedelta(hours=hours), label=f"PT{hours}H")


def _rest_of_today(window: Window, tz: str, now: datetime) -> Window:
    """Extends "today" to the end of the day; returns any other window unchanged."""
    plant = PlantTime(now=now, zone=ZoneInfo(tz))
    if window.label != "today":
        return window
    return replace(window, end=max(plant.to_utc(plant.today + DAY), now + _MIN_FORECAST))


def _has_passed(window: Window, resolution: Resolution, now: datetime) -> bool:
    """Tells whether the question names a past time: not "this week", and no time of the previous question."""
    return resolution.before is None and window.end <= now and not (window.label or "").startswith("this_")


def _all_named(plan: Plan, resolution: Resolution, catalog: Catalog) -> tuple[str, ...]:
    """All machines that the question joins and that have the metric; for a follow-up, those of the line."""
    if resolution.before is not None or not asks_several(resolution):
        return plan.equipment
    named = (e.id for e in resolution.equipment)
    return tuple(e for e in named if e in plan.equipment or catalog.measures(e, plan.metrics[0]))


def _level(level: Level, metric: Metric, side: Side | None) -> tuple[float | None, Side | None]:
    """The value of a level: "empty" is zero, "full" a hundred percent, "limit" the metric's limit on that side."""
    if level == "limit":
        own = metric.low if side == "below" else metric.high
        either = metric.high if metric.high is not None else metric.low
        return (either, None) if own is None else (own, side)
    if isinstance(level, float):
        return level, side
    return {"empty": 0.0, "full": 100.0 if metric.unit == "%" else None}[level], side


DEFAULT_TOP_N: Final = 5
MAX_WORDS: Final = 16
STATISTICS: Final = {"last", *(statistic for allowed in STATISTICS_OF_KIND.values() for statistic in allowed)}

Word = TypeVar("Word", bound=str)


def parse_plan(text: str, resolution: Resolution, catalog: Catalog, *, now: datetime) -> Plan:
    """Parses a line to a Plan; InvalidInput for a line that the grammar does not admit.

    A line without windows has those of the question, else the 24 hours before `now`.
    """
    head, _, tail = text.strip().partition(":")
    words = head.split()
    try:
        intent = INTENTS[_one_of(INTENTS.offered(), words.pop(0))]
        if intent.name == "out_of_scope":
            return Plan(intent=intent.name, reason=REASONS[words[0]])
        plan = _plan(intent, words, tail.split(), resolution, catalog, now)
        if _complete(plan) and _head(render_plan(plan, resolution)) == _head(text):
            return aimed_ahead(plan, resolution, catalog, now) if intent.is_ahead else plan
    except (ValueError, LookupError, InvalidInput):
        pass
    raise InvalidInput(f"The question's grammar does not admit this line: {text!r}")


def _head(line: str) -> list[str]:
    return line.partition(":")[0].split()


def _complete(plan: Plan) -> bool:
    """Tells whether the plan has every slot that its intent needs."""
    intent = INTENTS[plan.intent]
    shown = bool(plan.widgets) or not intent.widgets
    return shown and all(getattr(plan, part) for part in intent.needs)


def _plan(
    intent: Intent, words: list[str], shown: list[str], resolution: Resolution, catalog: Catalog, now: datetime
) -> Plan:
    equipment = tuple(resolution.equipment[int(w) - 1].id for w in _take(words, str.isdigit))
    types = {PLANT, *(t.name for t in catalog.types)}
    named = _take(words, types.__contains__, 1) if not equipment else []
    metrics = tuple(resolution.metrics[LETTERS.index(w)].name for w in _take(words, LETTERS.__contains__))
    aggregation = next(iter(_take(words, STATISTICS.__contains__, 1)), None)
    order = next(iter(_take(words, ("desc", "asc").__contains__, 1)), None)
    return Plan(
        intent=intent.name,
        equipment=equipment,
        metrics=metrics,
        equipment_type=next((name for name in named if name != PLANT), None),
        aggregation=cast("Statistic | None", intent.implied_statistic or aggregation),
        order=cast("Order | None", order),
        top_n=_top_n(words, resolution) if "top_n" in intent.slots else None,
        window=_window(intent, aggregation, words, resolution, now),
        step=resolution.step if "step" in intent.slots else None,
        widgets=tuple(dict.fromkeys(_one_of(intent.widgets, word) for word in shown)),
    )


def render_plan(plan: Plan, resolution: Resolution) -> str:
    """Renders `plan` as its line, the inverse of parse; InvalidInput when it names anything outside the candidates."""
    if plan.intent == "out_of_scope":
        return f"out_of_scope {next((key for key, reason in REASONS.items() if reason == plan.reason), 'topic')}"
    try:
        words = [plan.intent, *_subject(plan, resolution), *_count_and_window(plan, resolution)]
    except ValueError as exc:
        raise InvalidInput("The plan names something outside the question's candidates.") from exc
    line = " ".join(words)
    return f"{line}: {' '.join(plan.widgets)}" if INTENTS[plan.intent].widgets else line


def _subject(plan: Plan, resolution: Resolution) -> list[str]:
    intent = INTENTS[plan.intent]
    ids, names = [e.id for e in resolution.equipment], [m.name for m in resolution.metrics]
    words = [str(ids.index(e) + 1) for e in plan.equipment]
    if "types" in intent.about and not words:
        words.append(plan.equipment_type or PLANT)
    words += sorted(LETTERS[names.index(m)] for m in plan.metrics)
    if plan.aggregation and intent.implied_statistic is None:
        words.append(plan.aggregation)
    return words + ([plan.order] if plan.order else [])


def _count_and_window(plan: Plan, resolution: Resolution) -> list[str]:
    words = []
    if "top_n" in INTENTS[plan.intent].slots and len([n for n in resolution.numbers if n > 0]) > 1:
        words += ["top", str(plan.top_n)]
    if plan.window and len(resolution.windows) > 1:
        words.append(f"w{resolution.windows.index(plan.window) + 1}")
    return words


def _top_n(words: list[str], resolution: Resolution) -> int:
    if words and words[0] == "top":
        return int(words[1])
    return next((n for n in resolution.numbers if n > 0), DEFAULT_TOP_N)


def _window(
    intent: Intent, aggregation: str | None, words: list[str], resolution: Resolution, now: datetime
) -> Window | None:
    if "window" not in intent.slots:
        return None
    if resolution.windows:
        chosen = int(words[-1][1:]) if words and words[-1][0] == "w" else 1
        return resolution.windows[chosen - 1]
    if intent.default_window == "none":
        return None
    if intent.default_window == "ahead":
        return next_hours(now, DEFAULT_HOURS)
    newest = aggregation == "last" and "last" in intent.statistics
    return None if newest else Window(start=now - timedelta(hours=DEFAULT_HOURS), end=now, label="PT24H")


def _take(words: list[str], wanted: Callable[[str], bool], most: int = MAX_WORDS) -> list[str]:
    """Removes and returns up to `most` leading words that are in `wanted`."""
    taken = list(takewhile(wanted, words[:most]))
    del words[: len(taken)]
    return taken


def _one_of(allowed: Iterable[Word], word: str) -> Word:
    found = [a for a in allowed if a == word]
    return found[0]
