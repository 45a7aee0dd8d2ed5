"""Words that leave the model no choice: what is certain by them is not its to say, and the grammar drops it.

No other topic in a few words that name a machine and a metric, no forecast without a word of the future, no curve of
an amount ("kWh used"), the one statistic that is named. "Highest" and "lowest" give a ranking's order; "worst" and
"best" do of a metric with one alarm limit, whose side is the bad one. What is "expected tomorrow" is a forecast.
"""

from __future__ import annotations

import re
from typing import Final

from cc_common.catalog.equipment import Metric
from cc_common.catalog.resolution import Resolution
from cc_common.plan.model import Order

_FEW_WORDS: Final = 9
BOTH: Final[tuple[Order, ...]] = ("desc", "asc")
_BEST: Final = re.compile(r"\b(?:best|healthiest|finest|most efficient|strongest|cleanest|fittest)\b", re.I)
_WORST: Final = re.compile(
    r"\b(?:worst|poorest|least efficient|most inefficient|dirtiest|filthiest|unhealthiest|sickest|"
    r"most (?:worn|clogged|choked))\b",
    re.I,
)
_HIGH: Final = re.compile(
    r"\b(?:highest|biggest|largest|greatest|hottest|warmest|top|maximum|max|peak|descending)\b", re.I
)
_LOW: Final = re.compile(
    r"\b(?:lowest|smallest|coldest|coolest|driest|bottom|minimum|min|fewest|weakest|least(?!\s+efficient)|ascending)\b",
    re.I,
)


_DOING: Final = re.compile(
    r"\b(?:switch|turn|power|start|stop|re-?start|re-?set|trip|shut|kill|disable|enable|isolate|set|chang|rais|lower|"
    r"increas|reduc|decreas|adjust|open|clos|put|mak|let|run|speed|slow|ramp|unload|load|fire|fir|bring|tak|delet|eras|"
    r"remov|drop|wip|clear|overwrit|edit|updat|acknowledg|ack|silenc|cancel|dismiss|bypass|overrid|mut|inhibit|swap|send|"
    r"dispatch|fix|repair|boost|push|crank|throttl|transfer|purg|drain|test|modify|activat|deactivat|engag|releas|begin|"
    r"cut|crack|bump|dial|move|swing|schedul|tun|insert|truncat|writ|remot|forc|lock|unlock|exercis|call|"
    r"get .* (?:go|runn))(?:e|es|ed|ing|s|en|n)?\b",
    re.I,
)
_FUTURE: Final = re.compile(
    r"\b(?:will|won't|'ll|forecast\w*|predict\w*|project\w*|expect\w*|outlook|tomorrow|next|coming|ahead|upcoming|until|"
    r"till|before|how long|when|runs? (?:out|dry)|heading|headed|estimat\w*|extrapolat\w*|future|anticipat\w*|"
    r"prognos\w*|going to (?:be|reach|hit)|days? left|hours? left|last(?:s)?(?: us)? (?:for )?at)\b",
    re.I,
)
_FORESEEN: Final = re.compile(r"\b(?:forecast|predict(?:ed|ion)?|expected|projected|projection)\b", re.I)
_AHEAD: Final = re.compile(r"\b(?:next|coming|tomorrow|ahead)\b", re.I)
_AMOUNT: Final = re.compile(
    r"\b(?:used|usage|consumed|consumption|burn(?:ed|t)|how (?:much|many|often)|total|number of|counted|count|"
    r"altogether)\b",
    re.I,
)
_CURVE: Final = re.compile(
    r"\b(?:trend\w*|plot\w*|graph\w*|chart\w*|curve|profile|histor\w+|over time|develop\w*|evol\w*|chang\w*|"
    r"progress\w*|hourly|daily|per (?:hour|day)|by (?:the )?(?:hour|day)|each (?:hour|day)|every|draw|course|"
    r"moved?|line)\b",
    re.I,
)
_SAME: Final = re.compile(r"^\W*(?:\w+\W+){0,2}(?:same|ditto|likewise)\b(?! (?:as|period|time|window))", re.I)
_STATISTICS: Final[dict[str, re.Pattern[str]]] = {
    "max": re.compile(r"\b(?:max|maximum|maxima|peaked|peaks?)\b(?! (?:hours?|time|tariff|load))", re.I),
    "min": re.compile(r"\b(?:minimum|minima)\b", re.I),
    "avg": re.compile(r"\b(?:average[ds]?|avg|averaging)\b", re.I),
}


def may_be_command(question: str) -> bool:
    """Whether some word asks for something to be done."""
    return _DOING.search(question) is not None


def is_plain_reading(resolution: Resolution) -> bool:
    """A few words that name a machine and a metric, and ask for nothing to be done: no other topic can be meant."""
    few = len(resolution.question.split()) <= _FEW_WORDS
    named = bool(resolution.equipment) and resolution.metric_named
    return few and named and not may_be_command(resolution.question)


def must_be_forecast(resolution: Resolution) -> bool:
    """Whether a forecast of a machine's metric is asked for by its name, with a time that lies ahead."""
    named = bool(resolution.equipment) and resolution.metric_named
    return named and bool(_FORESEEN.search(resolution.question) and _AHEAD.search(resolution.question))


def may_be_forecast(resolution: Resolution, now_or_later: bool) -> bool:
    """Whether some word, window or level speaks of the time ahead, or a forecast was asked for before."""
    after = (resolution.before or "").startswith("forecast")
    return bool(now_or_later or after or resolution.levels or _FUTURE.search(resolution.question))


def asks_amount(resolution: Resolution) -> bool:
    """Whether an amount is asked for and no curve: of what adds up that is one figure."""
    question = resolution.question
    return bool(_AMOUNT.search(question)) and not (resolution.step or resolution.before or _CURVE.search(question))


def repeated(resolution: Resolution) -> str | None:
    """The intent asked for before, where the same is wanted of something else."""
    before = (resolution.before or "").split()
    return before[0] if before and _SAME.search(resolution.question) else None


def certain_intent(resolution: Resolution) -> str | None:
    """The only intent that the words leave; None where the model is to say."""
    return "forecast" if must_be_forecast(resolution) else repeated(resolution)


def statistic_named(question: str) -> str | None:
    """The only one of average, minimum and maximum that is named; None for none or several."""
    named = [name for name, words in _STATISTICS.items() if words.search(question)]
    return named[0] if len(named) == 1 else None


def orders(question: str, metric: Metric) -> tuple[Order, ...]:
    """The orders that the question allows for this metric."""
    high, low = bool(_HIGH.search(question)), bool(_LOW.search(question))
    if high != low:
        return ("desc",) if high else ("asc",)
    best, worst = bool(_BEST.search(question)), bool(_WORST.search(question))
    bad = _bad_end(metric)
    if high or best == worst or bad is None:
        return BOTH
    good: Order = "asc" if bad == "desc" else "desc"
    return (bad,) if worst else (good,)


def _bad_end(metric: Metric) -> Order | None:
    """The side of its only limit; None for a metric with none or both."""
    if (metric.low is None) == (metric.high is None):
        return None
    return "desc" if metric.low is None else "asc"
