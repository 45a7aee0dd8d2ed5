"""Generates follow-up questions and their meaning after a previous answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from cc_common.planning import INTENTS
from training.corpus.phrases import follow_ups
from training.corpus.question_draft import Draw
from training.corpus.sample import STATISTIC_OF_KIND, STATISTICS_OF_KIND, Sample
from training.corpus.standalone_questions import draw_question, with_statistic
from training.corpus.template import add_typing_errors

Change = Callable[[Draw, Sample], Sample | None]


def follow_up(draw: Draw, first: Sample) -> Sample | None:
    """A question after `first`; None where that change is not meaningful."""
    changed = draw.rng.choice(CHANGES[first.intent])(draw, replace(first, before=None))
    if changed is None or (changed.intent == "compare" and len(changed.equipment) < 2):
        return None
    return replace(changed, question=add_typing_errors(changed.question, draw.rng), before=first)


def _asked(first: Sample, question: str, intent: str, **changed: Any) -> Sample:
    return replace(first, question=question, intent=intent, widgets=INTENTS[intent].usual_widgets, **changed)


def _kind(draw: Draw, first: Sample) -> str:
    metric = draw.kind.metric(first.metrics[0]) if first.metrics else None
    return metric.kind if metric else "gauge"


def _another(draw: Draw, first: Sample) -> str:
    """The machine of the follow-up: another one, if there is."""
    draw.needs_two()
    draw.machines = [m for m in draw.machines if m.id != first.equipment[0]][:1] or draw.machines
    return draw.machines[0].id


def _other_time(draw: Draw, first: Sample) -> Sample:
    question = draw_question(draw, follow_ups.OTHER_TIME)
    statistic = STATISTIC_OF_KIND[_kind(draw, first)] if first.aggregation == "last" else first.aggregation
    return _asked(first, question, "trend" if first.intent == "latest" else first.intent, aggregation=statistic)


def _other_machine(draw: Draw, first: Sample) -> Sample | None:
    if len(first.equipment) != 1:
        return None
    other = _another(draw, first)
    question = draw_question(draw, follow_ups.OTHER_MACHINE)
    return _asked(first, question, first.intent, equipment=(other,))


def _other_machine_now(draw: Draw, first: Sample) -> Sample | None:
    """ "What's pump 40 at": the newest reading, whatever was shown of the other."""
    if len(first.equipment) != 1:
        return None
    other = _another(draw, first)
    question = draw_question(draw, follow_ups.OTHER_MACHINE_NOW)
    return _asked(first, question, "latest", equipment=(other,), aggregation="last")


def _other_metric(draw: Draw, first: Sample) -> Sample | None:
    kind = _kind(draw, first)
    others = [m for m in draw.kind.metrics if m.name not in first.metrics and m.kind == kind]
    if len(first.metrics) != 1 or not others:
        return None
    draw.metric = draw.rng.choice(others)
    return _asked(first, draw_question(draw, follow_ups.OTHER_METRIC), first.intent, metrics=(draw.metric.name,))


def _its_metric(draw: Draw, first: Sample) -> Sample | None:
    """After alerts or anomalies of a machine: a reading of it."""
    if len(first.equipment) != 1:
        return None
    question = draw_question(draw, follow_ups.ITS_METRIC)
    return _asked(first, question, "latest", metrics=(draw.metric.name,), aggregation="last")


def _other_statistic(draw: Draw, first: Sample) -> Sample | None:
    choices = [s for s in STATISTICS_OF_KIND[_kind(draw, first)] if s != first.aggregation]
    if not choices or len(first.metrics) != 1:
        return None
    statistic = draw.rng.choice(choices)
    question = with_statistic(draw, follow_ups.OTHER_STATISTIC, statistic)
    intent = "statistics" if first.intent in ("latest", "trend") else first.intent
    return _asked(first, question, intent, aggregation=statistic)


def _as_curve(draw: Draw, first: Sample) -> Sample:
    statistic = STATISTIC_OF_KIND[_kind(draw, first)]
    return _asked(first, draw_question(draw, follow_ups.AS_CURVE), "trend", aggregation=statistic)


def _as_table(draw: Draw, first: Sample) -> Sample:
    question = draw_question(draw, follow_ups.AS_TABLE)
    return replace(first, question=question, widgets=("table", INTENTS[first.intent].usual_widgets[0]))


def _right_now(draw: Draw, first: Sample) -> Sample | None:
    if first.intent in ("compare", "rank"):
        if _kind(draw, first) != "gauge":
            return None
        return _asked(first, draw_question(draw, follow_ups.RIGHT_NOW), first.intent, aggregation="last")
    return _asked(first, draw_question(draw, follow_ups.RIGHT_NOW), "latest", aggregation="last")


def _with_another(draw: Draw, first: Sample) -> Sample | None:
    """Newest readings are compared as such; a series or a statistic by its statistic."""
    if len(first.equipment) != 1 or len(first.metrics) != 1:
        return None
    other = _another(draw, first)
    last = first.intent == "latest" and _kind(draw, first) == "gauge"
    statistic = (
        "last" if last else STATISTIC_OF_KIND[_kind(draw, first)] if first.intent == "latest" else first.aggregation
    )
    machines = (*first.equipment, other)
    question = draw_question(draw, follow_ups.WITH_ANOTHER)
    return _asked(first, question, "compare", equipment=machines, aggregation=statistic)


def _other_end(draw: Draw, first: Sample) -> Sample:
    order = "asc" if first.order == "desc" else "desc"
    return _asked(first, draw_question(draw, follow_ups.OTHER_END[order]), "rank", order=order)


def _any_alerts(draw: Draw, first: Sample) -> Sample | None:
    return _about_machine(draw, first, "alerts", follow_ups.ANY_ALERTS)


def _anything_odd(draw: Draw, first: Sample) -> Sample | None:
    return _about_machine(draw, first, "anomalies", follow_ups.ANYTHING_ODD)


def _about_machine(draw: Draw, first: Sample, intent: str, templates: tuple[str, ...]) -> Sample | None:
    """Asks about the machine as a whole for alerts; about the same metric for anomalies."""
    if len(first.equipment) != 1 or len(first.metrics) > 1:
        return None
    metrics = first.metrics if intent == "anomalies" else ()
    return _asked(first, draw_question(draw, templates), intent, metrics=metrics, aggregation=None)


def _what_comes(draw: Draw, first: Sample) -> Sample | None:
    if len(first.equipment) != 1 or len(first.metrics) != 1:
        return None
    return _asked(first, draw_question(draw, follow_ups.WHAT_COMES), "forecast", aggregation=None)


_OF_READINGS: Final[tuple[Change, ...]] = (
    _other_time, _other_time, _other_machine, _other_machine, _other_metric, _other_metric, _other_statistic, _as_table,
    _with_another, _any_alerts, _anything_odd, _what_comes,
)  # fmt: skip
CHANGES: Final[dict[str, tuple[Change, ...]]] = {
    "latest": (*_OF_READINGS, _as_curve, _as_curve, _other_machine_now),
    "trend": (*_OF_READINGS, _right_now),
    "statistics": (*_OF_READINGS, _as_curve, _right_now, _other_machine_now),
    "compare": (_other_time, _other_metric, _as_curve, _as_table, _right_now),
    "rank": (_other_end, _other_end, _other_time, _other_metric, _right_now),
    "anomalies": (_other_time, _other_machine, _its_metric),
    "alerts": (_other_time, _other_machine, _its_metric),
    "forecast": (_other_machine, _other_metric, _right_now),
}
FOLLOWED: Final = tuple(CHANGES)  # intents that may be followed up
