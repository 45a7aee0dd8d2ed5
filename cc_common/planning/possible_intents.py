"""Determines which intents a question can have: names, times and words exclude some, and sometimes all but one."""

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
    repeated_intent,
    speaks_of_alerts,
)
from cc_common.planning.intents import INTENTS
from cc_common.understanding import Resolution


def possible_intents(resolution: Resolution) -> tuple[str, ...]:
    """The possible intents of a question; at least one."""
    only = only_intent(resolution)
    if only is not None:
        return (only,)
    impossible = set(_impossible(resolution))
    return tuple(name for name in INTENTS.offered() if name not in impossible and INTENTS[name].is_possible(resolution))


def only_intent(resolution: Resolution) -> str | None:
    """The only intent that the words allow; None where the model decides.

    A future time implies a forecast, a machine beside the previous one a comparison, "same for" the previous intent.
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
    again = repeated_intent(resolution)
    return next((intent for intent in INTENTS.offered() if intent == again), None)


def _asks_ahead(resolution: Resolution) -> bool:
    """Tells whether the question asks for a machine's metric at future times only, without a command."""
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
        yield from ("rank", "list")  # about a named type, and no single machine
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
    """For a question that is no follow-up: a curve only where it names one, no statistic without a time or a name."""
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
    """Possible but unlikely intents.

    A question with a time hardly asks for the newest reading; one with a machine's metric and no time hardly for more.
    A question about something named is no refusal, unless it is a command.
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
    """Unlikely without a metric: a machine alone asks for its summary."""
    if not asks_now(resolution.question):
        yield "latest"
    yield from _hardly_of_a_period(resolution)
    if not may_be_forecast(resolution):
        yield "forecast"


def _hardly_without_a_time(resolution: Resolution) -> Iterator[str]:
    """Unlikely without a time, unless a word names them."""
    yield from _hardly_of_a_period(resolution)
    yield from _hardly_of_a_metric(resolution.question)


def _hardly_of_a_period(resolution: Resolution) -> Iterator[str]:
    """Curves and statistics are unlikely without a time and without a word for either."""
    if not may_be_curve(resolution):
        yield "trend"
    if not asks_figure(resolution.question):
        yield "statistics"


def _hardly_of_a_metric(question: str) -> Iterator[str]:
    """Intents about a whole machine are unlikely beside a metric, unless a word names them."""
    if not asks_odd(question):
        yield "anomalies"
    if not speaks_of_alerts(question):
        yield "alerts"
    if not asks_report(question):
        yield "summary"


def _hardly_of_a_time(resolution: Resolution) -> Iterator[str]:
    """With a time: a period without a word for a statistic is a curve; for amounts or several machines it is not."""
    if resolution.equipment and resolution.metric_named:
        yield from _hardly_of_a_metric(resolution.question)
    counted = [metric.kind != "gauge" for metric in resolution.metrics]
    if not may_be_curve(resolution) and (all(counted) or len(resolution.equipment) > 1):
        yield "trend"
    elif not (any(counted) or may_be_statistic(resolution)):
        yield "statistics"
