"""Rules on a question's words that restrict the intents, statistics and orders from which the model chooses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from cc_common.catalog.equipment import Metric
from cc_common.planning import intent_words as words
from cc_common.planning.plan import Order
from cc_common.understanding import Resolution

_FEW_WORDS: Final = 9
BOTH: Final[tuple[Order, ...]] = ("desc", "asc")


def may_be_command(question: str) -> bool:
    """Tells whether a word may be a command to a machine."""
    return bool(words.DOING.search(question) or words.DOING_FIRST.search(question))


def is_meddling(question: str) -> bool:
    """Tells whether a word or mark may belong to a prompt injection."""
    return words.MEDDLING.search(question) is not None


def may_be_another_topic(question: str) -> bool:
    """Tells whether a word may ask for what readings do not answer: advice, prices, people."""
    return words.ANOTHER_TOPIC.search(question) is not None


def is_plain_reading(resolution: Resolution) -> bool:
    """Tells whether a short question names machines and a metric and no command: then it is not off topic."""
    few = len(resolution.question.split()) <= _FEW_WORDS
    named = bool(resolution.equipment or resolution.equipment_types) and resolution.metric_named
    return few and named and not may_be_command(resolution.question)


def must_be_forecast(resolution: Resolution) -> bool:
    """Tells whether the question names a forecast of a machine's metric and a future time."""
    named = bool(resolution.equipment) and resolution.metric_named
    return named and bool(words.FORESEEN.search(resolution.question) and words.AHEAD.search(resolution.question))


def asks_when_reached(resolution: Resolution) -> bool:
    """Tells whether the question asks when a machine's metric reaches a level."""
    named, question = bool(resolution.equipment) and resolution.metric_named, resolution.question
    lasting = words.LASTING.search(question) and any(metric.unit == "%" for metric in resolution.metrics)
    return named and bool(resolution.levels and (lasting or words.WHEN_REACHED.search(question)))


def orders_goods(question: str) -> bool:
    """Tells whether the question asks to buy something: "order two drums of oil", not "order the pumps by flow"."""
    return words.ORDERING.search(question) is not None


def asks_only_alerts(resolution: Resolution) -> bool:
    """Tells whether a short question asks only for alerts, without a command."""
    few, question = len(resolution.question.split()) <= _FEW_WORDS, resolution.question
    named = bool(resolution.equipment or resolution.equipment_types) and not resolution.metric_named
    return few and named and asks_alerts(question) and not (may_be_command(question) or words.LIMITS.search(question))


def asks_upkeep(resolution: Resolution) -> bool:
    """Tells whether a short question asks for due maintenance, without a time."""
    few, question = len(resolution.question.split()) <= _FEW_WORDS, resolution.question
    asked = few and words.UPKEEP.search(question) and not words.NOT_UPKEEP.search(question)
    return bool(asked) and not (resolution.windows or may_be_command(question))


def may_be_forecast(resolution: Resolution) -> bool:
    """Tells whether a word, window or level refers to the future, or the previous question was a forecast."""
    after = (resolution.before or "").startswith("forecast")
    ahead = any(window.label in ("tomorrow", "next_week") for window in resolution.windows)
    said = words.FUTURE.search(resolution.question) or _slipped(resolution.question, words.FUTURE_LONG)
    return bool(ahead or after or resolution.levels or said)


def may_be_curve(resolution: Resolution) -> bool:
    """Tells whether a word or step suggests a curve, or the question is a follow-up."""
    return bool(resolution.step or resolution.before or words.CURVE.search(resolution.question))


def asks_curve(resolution: Resolution) -> bool:
    """Tells whether the question names a chart over time."""
    return words.PLOT.search(resolution.question) is not None


def asks_several(resolution: Resolution) -> bool:
    """Tells whether the question joins several things; otherwise it asks for one metric."""
    return bool(resolution.metrics_joined or words.JOINED.search(resolution.question))


def asks_both(resolution: Resolution) -> bool:
    """Tells whether the question asks for two."""
    return re.search(r"\bboth\b", resolution.question, re.I) is not None


def asks_order(resolution: Resolution) -> bool:
    """Tells whether a word may ask for a ranking."""
    return bool(
        resolution.order
        or words.ORDERED.search(resolution.question)
        or _slipped(resolution.question, words.FIGURE_LONG)
    )


def speaks_of_alerts(question: str) -> bool:
    """Tells whether a word may refer to alerts and their conditions."""
    return words.ALERT.search(question) is not None or _slipped(question, words.ALERT_LONG)


def asks_alerts(question: str) -> bool:
    """Tells whether the question names alerts and no anomalies."""
    named = words.ALARMS.search(question) or _slipped(question, words.ALERT_LONG)
    return bool(named) and not words.ODD.search(question)


def asks_amount(resolution: Resolution) -> bool:
    """Tells whether the question asks for an amount and no curve: for a counter or tally that is one figure."""
    return bool(words.AMOUNT.search(resolution.question)) and not may_be_curve(resolution)


def may_be_statistic(resolution: Resolution) -> bool:
    """Tells whether a word may ask for a statistic of a period."""
    return words.FIGURE.search(resolution.question) is not None or _slipped(resolution.question, words.FIGURE_LONG)


def _slipped(question: str, wanted: Sequence[str]) -> bool:
    """Tells whether a word of the question is one of these, with at most one typing error."""
    return any(is_slip(word, wanted) for word in re.findall(r"[a-z]{5,}", question.lower()))


def is_slip(word: str, wanted: Sequence[str]) -> bool:
    """Tells whether a word is one of these, with at most one typing error."""
    return process.extractOne(word, wanted, scorer=OSA.distance, score_cutoff=1) is not None


def repeated_intent(resolution: Resolution) -> str | None:
    """The previous intent, where the question repeats it for something else."""
    before = (resolution.before or "").split()
    return before[0] if before and (resolution.again or words.SAME.search(resolution.question)) else None


def statistic_named(question: str) -> str | None:
    """The only one of average, minimum and maximum that the question names; None for none or several."""
    question = words.UNWANTED.sub("", question)
    named = [name for name, said in words.STATISTICS.items() if said.search(question)]
    named = named or [name for name, said in words.STATISTICS_LONG.items() if _slipped(question, said)]
    named = named or [name for name, said in words.REACHED.items() if said.search(question)]
    return named[0] if len(named) == 1 else None


def speaks_of_statistic(question: str) -> bool:
    """Tells whether a word may name the statistic of a ranking or a curve, in addition to the order itself."""
    return words.PEAKS.search(question) is not None or _slipped(question, words.PEAKS_LONG)


def asks_now(question: str) -> bool:
    """Tells whether the question names the present."""
    return words.NOW.search(question) is not None


def asks_figure(question: str) -> bool:
    """Tells whether the question names a statistic of a period, with or without a time: "the peak", "highest"."""
    return bool(statistic_named(question) or words.SURELY_FIGURE.search(question))


def asks_odd(question: str) -> bool:
    """Tells whether a word may refer to anomalies."""
    return bool(words.ODD.search(question) or words.MAYBE_ODD.search(question))


def asks_report(question: str) -> bool:
    """Tells whether a word may ask for a machine's overall status."""
    return words.REPORT.search(question) is not None


def allowed_orders(resolution: Resolution, metric: Metric) -> tuple[Order, ...]:
    """The orders that the question allows for this metric; the previous order where no word names one."""
    question = resolution.question
    if resolution.order and words.TURNED.search(question):
        return ("asc",) if resolution.order == "desc" else ("desc",)
    down, up = bool(words.DOWN.search(question)), bool(words.UP.search(question))
    if down != up:
        return ("desc",) if down else ("asc",)
    high, low = bool(words.HIGH.search(question)), bool(words.LOW.search(question))
    if top := words.ON_TOP.search(question):  # "coolest at the top", "worst on top"
        said = question[: top.start()]
        if any(order.search(said) for order in (words.LOW, words.WORST, words.BEST)):
            question, high, low = said, bool(words.HIGH.search(said)), bool(words.LOW.search(said))
    if high != low:
        return ("desc",) if high else ("asc",)
    best, worst = bool(words.BEST.search(question)), bool(words.WORST.search(question))
    if resolution.order and not (high or best or worst or words.ANY_ORDER.search(question)):
        return (resolution.order,)
    bad = _bad_end(metric)
    if high or best == worst or bad is None:
        return BOTH
    good: Order = "asc" if bad == "desc" else "desc"
    return (bad,) if worst else (good,)


def _bad_end(metric: Metric) -> Order | None:
    """The side of the metric's only limit; None for no limit or both."""
    if (metric.low is None) == (metric.high is None):
        return None
    return "desc" if metric.low is None else "asc"
