"""Which intents a question can have: names, times and words rule some out, and sometimes all but one."""

from __future__ import annotations

from collections.abc import Iterator

from cc_common.planning.intent_rules import (
    asks_alerts,
    asks_curve,
    asks_figure,
    asks_now,
    asks_odd,
    asks_only_alerts,
    asks_order,
    asks_report,
    asks_upkeep,
    asks_when_reached,
    is_meddling,
    is_plain_reading,
    may_be_another_topic,
    may_be_command,
    may_be_curve,
    may_be_forecast,
    may_be_statistic,
    must_be_forecast,
    orders_goods,
    repeated,
    speaks_of_alerts,
)
from cc_common.planning.intents import INTENTS
from cc_common.understanding import Resolution


def possible_intents(resolution: Resolution) -> tuple[str, ...]:
    """The intents that may be meant; at least one."""
    only = only_intent(resolution)
    if only is not None:
        return (only,)
    impossible = set(_impossible(resolution))
    return tuple(name for name in INTENTS.offered() if name not in impossible and INTENTS[name].is_possible(resolution))


def only_intent(resolution: Resolution) -> str | None:
    """The only one that the words leave; None where the model is to say.

    What is expected tomorrow is a forecast, a machine set beside the one before is a comparison, "same for" the same.
    """
    if must_be_forecast(resolution) or asks_when_reached(resolution) or _asks_ahead(resolution):
        return "forecast"
    if orders_goods(resolution.question):
        return "out_of_scope"
    if asks_only_alerts(resolution):
        return "alerts"
    if asks_upkeep(resolution):
        return "summary"
    if resolution.adding and len({machine.type for machine in resolution.equipment}) == 1:
        return "compare"
    again = repeated(resolution)
    return next((intent for intent in INTENTS.offered() if intent == again), None)


def _asks_ahead(resolution: Resolution) -> bool:
    """Whether a machine's metric is asked for at times that all lie ahead, and nothing is to be done."""
    named = bool(resolution.equipment) and resolution.metric_named and bool(resolution.windows)
    ahead = all(resolution.lies_ahead(window) for window in resolution.windows)
    return named and ahead and not may_be_command(resolution.question)


def _impossible(resolution: Resolution) -> Iterator[str]:
    alerts = speaks_of_alerts(resolution.question)
    if is_plain_reading(resolution):
        yield "out_of_scope"
    if not may_be_forecast(resolution):
        yield "forecast"
    if resolution.equipment or not resolution.equipment_types:
        yield from ("rank", "list")  # of a type that is named, and of no single machine
    if not (resolution.metric_named or asks_order(resolution)):
        yield "rank"
    if asks_alerts(resolution.question):
        yield "anomalies"
    if asks_odd(resolution.question) and not alerts:
        yield "alerts"
    if alerts:
        yield "list"
    elif resolution.equipment and resolution.metric_named:
        yield "alerts"
    if resolution.before is None:
        yield from _by_time(resolution)


def _by_time(resolution: Resolution) -> Iterator[str]:
    """Of a question that stands alone: a curve where one is asked for by its name, no unnamed figure of no time."""
    drawn = bool(resolution.equipment) and resolution.metric_named and asks_curve(resolution)
    if drawn:
        yield "latest"
    if drawn or len(resolution.equipment) > 1 or not (resolution.windows or may_be_statistic(resolution)):
        yield "statistics"
    if drawn:
        yield from ("anomalies", "alerts", "summary", "out_of_scope")
    if drawn and any(not resolution.lies_ahead(window) for window in resolution.windows):
        yield "forecast"


def unlikely_intents(resolution: Resolution) -> frozenset[str]:
    """What is left open but hardly meant.

    One that names a time asks for no newest reading; one that names none, and a machine's metric, hardly for more.
    What is named is asked about, unless something is to be done.
    """
    return frozenset((*_hardly_another_topic(resolution), *_hardly_another_form(resolution)))


def _hardly_another_topic(resolution: Resolution) -> Iterator[str]:
    named = bool(resolution.equipment or resolution.equipment_types) and resolution.metric_named
    doubts = (may_be_command, is_meddling, may_be_another_topic)
    if named and not any(doubt(resolution.question) for doubt in doubts):
        yield "out_of_scope"


def _hardly_another_form(resolution: Resolution) -> Iterator[str]:
    if resolution.before is not None:
        kept = resolution.before.split()[0]
        yield from (intent for intent in _hardly_of_a_metric(resolution.question) if intent != kept)
        if asks_curve(resolution) and kept in ("latest", "statistics", "trend"):
            yield from ("latest", "statistics")
    elif resolution.windows:
        yield from ("latest", *_hardly_of_a_time(resolution))
    elif len(resolution.equipment) == 1 and resolution.metric_named:
        yield from _hardly_without_a_time(resolution)
    elif resolution.equipment and not resolution.metric_named:
        yield from _hardly_without_a_metric(resolution)


def _hardly_without_a_metric(resolution: Resolution) -> Iterator[str]:
    """A machine alone is asked about as a whole."""
    if not asks_now(resolution.question):
        yield "latest"
    yield from _hardly_of_a_period(resolution)
    if not may_be_forecast(resolution):
        yield "forecast"


def _hardly_without_a_time(resolution: Resolution) -> Iterator[str]:
    """Each has words of its own."""
    yield from _hardly_of_a_period(resolution)
    yield from _hardly_of_a_metric(resolution.question)


def _hardly_of_a_period(resolution: Resolution) -> Iterator[str]:
    """No curve and no figure without a word for either, where no time is named."""
    if not may_be_curve(resolution):
        yield "trend"
    if not asks_figure(resolution.question):
        yield "statistics"


def _hardly_of_a_metric(question: str) -> Iterator[str]:
    """What is asked of a machine as a whole has words of its own."""
    if not asks_odd(question):
        yield "anomalies"
    if not speaks_of_alerts(question):
        yield "alerts"
    if not asks_report(question):
        yield "summary"


def _hardly_of_a_time(resolution: Resolution) -> Iterator[str]:
    """A period without a word for a figure is a curve; what adds up, or several machines, without one for it, none."""
    if resolution.equipment and resolution.metric_named:
        yield from _hardly_of_a_metric(resolution.question)
    counted = [metric.kind != "gauge" for metric in resolution.metrics]
    if not may_be_curve(resolution) and (all(counted) or len(resolution.equipment) > 1):
        yield "trend"
    elif not (any(counted) or may_be_statistic(resolution)):
        yield "statistics"
