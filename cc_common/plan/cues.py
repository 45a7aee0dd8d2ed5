"""Words that leave the model less to choose: what they make certain is not its to say, and the grammar drops it.

No other topic in a few words that name a machine and a metric, no forecast without a word of the future, no curve of
an amount ("kWh used"), the one statistic that is named. "Highest" and "lowest" give a ranking's order;
"worst" and "best" do of a metric with one alarm limit, whose side is the bad one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

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
    r"\b(?:highest|biggest|largest|greatest|hottest|warmest|top|maximum|max|peak|descending|more\b(?=.*\bof all))\b",
    re.I,
)
_LOW: Final = re.compile(
    r"\b(?:lowest|smallest|coldest|coolest|driest|bottom|minimum|min|fewest|weakest|least(?!\s+efficient)|ascending|"
    r"less\b(?=.*\bof all)|the less|most (?:small|low|down|little|empty))\b",
    re.I,
)
_FIRST: Final = r"(?:high|hot|warm|big|large|most|great|top|strong|fast|full)\w*"
_LAST: Final = r"(?:low|cold|cool|small|least|few|bottom|weak|slow|empt)\w*"
_DOWN: Final = re.compile(rf"\b{_FIRST} (?:\w+ )?(?:to|->|down to) (?:the )?{_LAST}\b", re.I)
_UP: Final = re.compile(rf"\b{_LAST} (?:\w+ )?(?:to|->|up to) (?:the )?{_FIRST}\b", re.I)
_ON_TOP: Final = re.compile(
    r"\b(?:(?:at|on|to) (?:the )?top|first|up top)\b(?=\W*$|\W+(?:please|pls|of (?:the|my) list|then|now|and)\b)", re.I
)
_ANY_ORDER: Final = re.compile(r"\b(?:\w+est|most|least|other|end|reverse\w*|opposite|last|first|down|up)\b", re.I)

_DOING: Final = re.compile(
    r"\b(?:switch|turn|start|stop|re-?start|re-?set|trip|shut|kill|disable|enable|isolate|set|chang|rais|lower|"
    r"increas|reduc|decreas|adjust|open|clos|put|mak|let|run|slow|ramp|unload|"
    r"fir(?!e?\s*(?:pump|water|hydrant|main|tank|fighting))|bring|tak|delet|eras|"
    r"remov|drop|wip|clear|overwrit|edit|updat|ackn\w*|ack|silenc|cancel|dismiss|bypass|overrid|mut|inhibit|swap|send|"
    r"dispatch|fix|repair|boost|push|crank|throttl|transfer|purg|drain|test|modify|activat|deactivat|engag|releas|begin|"
    r"cut|crack|bump|dial|move|swing|schedul|tun|insert|truncat|writ|remot|forc|lock|unlock|exercis|call|"
    r"keep|hold|maintain|get .* (?:go|runn))(?:e|es|ed|ing|s|en|n)?\b",
    re.I,
)
# These name metrics as well: a command only where a clause begins with them.
_DOING_FIRST: Final = re.compile(
    r"(?:^|[,.;:!?-]|\b(?:please|pls|to|and|then|you|must|now|go|just|let's))\s*"
    r"(?:power|speed|load|order|buy|book)\b(?!\s*[,?%]|\s+(?:of|on|at|in|percent|pct|level|kva|kw)\b)",
    re.I,
)
_FUTURE: Final = re.compile(
    r"\b(?:will|won't|'ll|in wh\w+ time|forecast\w*|predict\w*|project\w*|expect\w*|outlook|tomorrow|coming|ahead|"
    r"upcoming|until|next(?!\W*$| in number| one| to)|till|before|how long|when|runs? (?:out|dry)|heading|headed|"
    r"estimat\w*|extrapolat\w*|future|anticipat\w*|prognos\w*|going to (?:be|reach|hit)|days? left|hours? left|"
    r"last(?:s)?(?: us)? (?:for )?at)\b",
    re.I,
)
_FORESEEN: Final = re.compile(r"\b(?:forecast|predict(?:ed|ion)?|expected|projected|projection)\b", re.I)
_AHEAD: Final = re.compile(r"\b(?:next|coming|tomorrow|ahead)\b", re.I)
_WHEN_REACHED: Final = re.compile(
    r"^(?!.*\b(?:tell|alert|notify|warn|call|message|text|ping|inform|remind) (?:me|us)\b).*"
    r"\b(?:when\b(?!.*\b(?:did|was|were|had|has)\b)|how long (?:until|till|before)|in (?:which|what) time|"
    r"after how (?:much|long|many))\b",
    re.I,
)
# Whoever speaks of these may mean to lead the model astray: it shall read that, and refuse.
_MEDDLING: Final = re.compile(
    r"[^\w\s.,;:!?'\u2019()\u2013\u2014-]|\b(?:ignor\w+|rules?|system|prompts?|instruct\w+|answer\w*|repl(?:y|ies)|say\w*|"
    r"translat\w+|pretend\w*|assistant|user|admin\w*|password|tokens?|obey|numbers?|model|you|your)\b",
    re.I,
)
_ORDERING: Final = re.compile(
    r"^\W*(?:please\W+|pls\W+)?(?:order|buy|purchase|book)\b(?!.*\b(?:by|after|from|first|last)\b)", re.I
)
_LIMITS: Final = re.compile(r"\b(?:limits?|set ?points?|thresholds?|settings?|mean|means|meaning)\b", re.I)
_AMOUNT: Final = re.compile(
    r"\b(?:used|usage|consumed|consumption|burn(?:ed|t)|how (?:much|many|often)|total|number of|counted|count|"
    r"altogether)\b",
    re.I,
)
_FIGURE: Final = re.compile(
    r"\b(?:used?|usage|using|uses|consum\w+|burn(?:ed|t|s)?|total\w*|sum|number of|count\w*|altogether|overall|did|has|"
    r"have|had|was|were|got|been|average\w*|avg|mean|median|typical\w*|usual\w*|normal\w*|max\w*|min(?!utes?\b)\w*|"
    r"how (?:much|many|often|few|little|far|high|low|hot|cold|warm|cool|long)|peak\w*|high\w*|low\w*|top|bottom|"
    r"larg\w+|small\w+|bigg?\w*|great\w+|short\w+|long\w+|weak\w+|strong\w+|hott\w+|"
    r"cold\w+|warm\w+|cool(?!ing)\w+|most|least|few\w+|worst|best|record|extreme\w*|"
    r"range|spread|statistic\w*|stats?|deviation|variance)\b",
    re.I,
)
_CURVE: Final = re.compile(
    r"\b(?:trend\w*|plot\w*|graph\w*|chart\w*|diagram|curve|profile|histor\w+|over time|develop\w*|evol\w*|chang\w*|"
    r"progress\w*|hourly|daily|per (?:hour|day)|by (?:the )?(?:hour|day)|each (?:hour|day)|every|draw|course|"
    r"moved?|line|time series|pattern|behav\w+|stable|steady|rising|falling|dropp\w+|fallen|risen|worse|going|"
    r"creeping|climb\w*|drift\w*|"
    r"minute by|hour by|day by|looke?d? like)\b",
    re.I,
)
_PLOT: Final = re.compile(
    r"\b(?:plot(?:s|ted)?|graph(?:s|ed)?|chart(?:s|ed)?|curves?|trend(?:s|line)?|diagrams?)\b", re.I
)
_JOINED: Final = re.compile(r"\b(?:and|n|both|plus|with|also|as well|together|or|along)\b|[&+,/;]", re.I)
_ORDERED: Final = re.compile(
    r"\b(?!(?:test|rest|request|latest|interest|west)\b)\w+est\b|\b(?:most|least|top|bottom|rank\w*|order\w*|sort\w*|"
    r"leagues?|lead\w*|max\w*|min(?!utes?\b)\w*|who|which|what|where|compar\w+|worst|poor\w*|weak\w*|strong\w*|by|first|"
    r"high|low|more|less|list|all|table)\b",
    re.I,
)
_ALERT: Final = re.compile(
    r"\bal[ae]\w?r|\b(?:alms?\b|alr?ms?\b|alr?ts?\b|alram|warn|fault|trip|trouble|wrong|flash|horn|siren|beep)", re.I
)
_ALARMS: Final = re.compile(r"\b(?:alerts?|alarms?|alarmed|warnings?|alms?|alr?ms|alr?ts)\b", re.I)
_ODD: Final = re.compile(
    r"\b(?:anomal\w*|abnorm\w*|odd\w*|strange\w*|unusual\w*|weird\w*|normal\w*|deviat\w*|outlier\w*|irregular\w*|suspicious|"
    r"funny|behav\w+|off|wrong)\b",
    re.I,
)
_MAYBE_ODD: Final = re.compile(
    r"\b(?:anom\w+|ordinary|suspicious\w*|freak\w*|unexpected\w*|jump\w*|spik\w+|erratic\w*|glitch\w*|act(?:ing|ed)|"
    r"misbehav\w*|pattern|fishy|peculiar\w*|problem\w*|issues?|amiss|surpris\w+|hiccups?)\b",
    re.I,
)
_ALERT_LONG: Final = ("alarm", "alarms", "alert", "alerts", "warning", "warnings")
_SAME: Final = re.compile(r"^\W*(?:\w+\W+){0,5}(?:same|ditto|likewise)\b(?! (?:as|period|time|window))", re.I)
_PEAKS: Final = re.compile(
    r"\b(?:hit|reach\w*|saw|seen|got(?! (?:the\b|least|most|\w+est\b))|"
    r"went|gone|peak\w*|spik\w*|record\w*|average\w*|avg|mean|typical\w*|usual\w*|"
    r"max\w*|min(?!utes?\b)\w*|ever|extreme\w*|topped)\b",
    re.I,
)
_NOW: Final = re.compile(
    r"\b(?:now|currently|at (?:the|this) moment|at present|presently|this minute|rn|live|most recent(?:ly)?|newest|"
    r"latest|last (?:known|recorded|reading|value))\b",
    re.I,
)
# Asked beside a time or without one: a figure of a period.
_SURELY_FIGURE: Final = re.compile(
    r"\b(?:total\w*|sum|altogether|overall|extreme\w*|range|spread|statistic\w*|stats?|deviation|variance|ever|top|"
    r"peak\w*|record(?!ed)|typical\w*|usual\w*|normal\w*|mean|worst|best|least|"
    r"most(?! recent)|bottom)\b|\b(?!(?:latest|newest|test|rest|request|nearest)\b)\w{3,}est\b",
    re.I,
)
_REPORT: Final = re.compile(
    r"\b(?:summ?[ae]r\w+|overview|report\w*|status|health\w*|condition|doing|going|run\w*|state of|rundown|brief\w*|"
    r"perform\w*|behav\w+|ok(?:ay)?|fine|happy|well)\b",
    re.I,
)

_STATISTICS: Final[dict[str, re.Pattern[str]]] = {
    "max": re.compile(r"\b(?:max|maximum|maxima|peaked|peaks?)\b(?! (?:hours?|time|tariff|load))", re.I),
    "min": re.compile(r"\b(?:minimum|minima)\b", re.I),
    "avg": re.compile(r"\b(?:average[ds]?|avg|averaging)\b", re.I),
}
_PEAKS_LONG: Final = ("average", "averaged", "maximum", "minimum")
_FIGURE_LONG: Final = (
    *_PEAKS_LONG, "highest", "lowest", "greatest", "largest", "smallest", "biggest", "total", "weakest", "worst",
)  # fmt: skip
_STATISTICS_LONG: Final = {
    "max": ("maximum",),
    "min": ("minimum",),
    "avg": ("average", "averaged", "averages", "averaging"),
}
_FUTURE_LONG: Final = ("forecast", "predict", "prediction", "projection", "expected", "tomorrow", "outlook")
_REACHED: Final[dict[str, re.Pattern[str]]] = {  # "how warm did it get"
    "max": re.compile(
        r"\bhow (?:high|hot|warm|big|fast)\b.*\b(?:did|has|have|had)\b.*\b(?:get|go|got|gone|reach|climb|rise|been)\b",
        re.I,
    ),
    "min": re.compile(
        r"\bhow (?:low|cold|cool|slow)\b.*\b(?:did|has|have|had)\b.*\b(?:get|go|got|gone|drop|fall|sink|been)\b", re.I
    ),
}


def may_be_command(question: str) -> bool:
    """Whether some word asks for something to be done."""
    return bool(_DOING.search(question) or _DOING_FIRST.search(question))


def is_meddling(question: str) -> bool:
    """Whether some word or mark may mean to lead the model astray."""
    return _MEDDLING.search(question) is not None


def is_plain_reading(resolution: Resolution) -> bool:
    """A few words that name machines and a metric, and ask for nothing to be done: no other topic can be meant."""
    few = len(resolution.question.split()) <= _FEW_WORDS
    named = bool(resolution.equipment or resolution.equipment_types) and resolution.metric_named
    return few and named and not may_be_command(resolution.question)


def must_be_forecast(resolution: Resolution) -> bool:
    """Whether a forecast of a machine's metric is asked for by its name, with a time that lies ahead."""
    named = bool(resolution.equipment) and resolution.metric_named
    return named and bool(_FORESEEN.search(resolution.question) and _AHEAD.search(resolution.question))


def asks_when_reached(resolution: Resolution) -> bool:
    """Whether the moment is asked for at which a machine's metric comes to a level."""
    named = bool(resolution.equipment) and resolution.metric_named
    return named and bool(resolution.levels and _WHEN_REACHED.search(resolution.question))


def orders_goods(question: str) -> bool:
    """Whether something is to be bought: "order two drums of oil", not "order the pumps by flow"."""
    return _ORDERING.search(question) is not None


def asks_only_alerts(resolution: Resolution) -> bool:
    """A few words that ask for the alarms of what they name, and for nothing to be done."""
    few, question = len(resolution.question.split()) <= _FEW_WORDS, resolution.question
    named = bool(resolution.equipment or resolution.equipment_types) and not resolution.metric_named
    return few and named and asks_alerts(question) and not (may_be_command(question) or _LIMITS.search(question))


def may_be_forecast(resolution: Resolution) -> bool:
    """Whether some word, window or level speaks of the time ahead, or a forecast was asked for before."""
    after = (resolution.before or "").startswith("forecast")
    ahead = any(window.label in ("tomorrow", "next_week") for window in resolution.windows)
    said = _FUTURE.search(resolution.question) or _slipped(resolution.question, _FUTURE_LONG)
    return bool(ahead or after or resolution.levels or said)


def may_be_curve(resolution: Resolution) -> bool:
    """Whether a word or step speaks of a curve, or the question follows another."""
    return bool(resolution.step or resolution.before or _CURVE.search(resolution.question))


def asks_curve(resolution: Resolution) -> bool:
    """Whether a picture over time is asked for by its name."""
    return _PLOT.search(resolution.question) is not None


def asks_several(resolution: Resolution) -> bool:
    """Whether something joins what is asked for: without it one metric is meant."""
    return bool(resolution.metrics_joined or _JOINED.search(resolution.question))


def asks_both(resolution: Resolution) -> bool:
    """Whether two are asked for."""
    return re.search(r"\bboth\b", resolution.question, re.I) is not None


def asks_order(resolution: Resolution) -> bool:
    """Whether some word may put machines in order."""
    return bool(resolution.order or _ORDERED.search(resolution.question) or _slipped(resolution.question, _FIGURE_LONG))


def speaks_of_alerts(question: str) -> bool:
    """Whether some word may speak of alarms and what sets them off."""
    return _ALERT.search(question) is not None or _slipped(question, _ALERT_LONG)


def asks_alerts(question: str) -> bool:
    """Whether alarms are asked for by their name, and nothing odd beside them."""
    named = _ALARMS.search(question) or _slipped(question, _ALERT_LONG)
    return bool(named) and not _ODD.search(question)


def asks_amount(resolution: Resolution) -> bool:
    """Whether an amount is asked for and no curve: of what adds up that is one figure."""
    return bool(_AMOUNT.search(resolution.question)) and not may_be_curve(resolution)


def may_be_statistic(resolution: Resolution) -> bool:
    """Whether some word may ask for a figure of a period."""
    return _FIGURE.search(resolution.question) is not None or _slipped(resolution.question, _FIGURE_LONG)


def _slipped(question: str, wanted: Sequence[str]) -> bool:
    """Whether a word is one of these but for one slip of the finger."""
    return any(is_slip(word, wanted) for word in re.findall(r"[a-z]{5,}", question.lower()))


def is_slip(word: str, wanted: Sequence[str]) -> bool:
    """Whether it is one of these, but for one slip of the finger at most."""
    return process.extractOne(word, wanted, scorer=OSA.distance, score_cutoff=1) is not None


def repeated(resolution: Resolution) -> str | None:
    """The intent asked for before, where the same is wanted of something else."""
    before = (resolution.before or "").split()
    return before[0] if before and (resolution.again or _SAME.search(resolution.question)) else None


def statistic_named(question: str) -> str | None:
    """The only one of average, minimum and maximum that is named; None for none or several."""
    named = [name for name, words in _STATISTICS.items() if words.search(question)]
    named = named or [name for name, words in _STATISTICS_LONG.items() if _slipped(question, words)]
    named = named or [name for name, words in _REACHED.items() if words.search(question)]
    return named[0] if len(named) == 1 else None


def speaks_of_statistic(question: str) -> bool:
    """Whether some word may name the statistic that machines are ordered or drawn by, beside the order itself."""
    return _PEAKS.search(question) is not None or _slipped(question, _PEAKS_LONG)


def asks_now(question: str) -> bool:
    """Whether this moment is named."""
    return _NOW.search(question) is not None


def asks_figure(question: str) -> bool:
    """Whether a figure of a period is asked for by its name, with a time or without: "the peak", "highest"."""
    return bool(statistic_named(question) or _SURELY_FIGURE.search(question))


def asks_odd(question: str) -> bool:
    """Whether some word may speak of what is unusual."""
    return bool(_ODD.search(question) or _MAYBE_ODD.search(question))


def asks_report(question: str) -> bool:
    """Whether some word may ask how a machine is doing as a whole."""
    return _REPORT.search(question) is not None


def orders(resolution: Resolution, metric: Metric) -> tuple[Order, ...]:
    """The orders that the question allows for this metric; the one of before where no word speaks of any."""
    question = resolution.question
    down, up = bool(_DOWN.search(question)), bool(_UP.search(question))
    if down != up:
        return ("desc",) if down else ("asc",)
    high, low = bool(_HIGH.search(question)), bool(_LOW.search(question))
    if high and low and (top := _ON_TOP.search(question)):  # "coolest at the top"
        question = question[: top.start()]
        high, low = bool(_HIGH.search(question)), bool(_LOW.search(question))
    if high != low:
        return ("desc",) if high else ("asc",)
    best, worst = bool(_BEST.search(question)), bool(_WORST.search(question))
    if resolution.order and not (high or best or worst or _ANY_ORDER.search(question)):
        return (resolution.order,)
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
