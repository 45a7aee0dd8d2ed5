"""Intents that ask for readings of single machines: the newest, their course, their statistics, side by side."""

from __future__ import annotations

from typing import Final

from cc_common.core.evidence import Statistic
from cc_common.planning.grammar_parts import (
    LETTERS,
    MAX_METRICS,
    Candidates,
    group,
    metric_letters,
    metrics_and_statistics,
    words_in_row,
)
from cc_common.planning.intent_rules import asks_amount
from cc_common.planning.intents.registry import Intent

OF_WINDOW: Final[tuple[Statistic, ...]] = ("avg", "min", "max", "delta", "sum")
OF_WINDOW_OR_NEWEST: Final[tuple[Statistic, ...]] = ("last", *OF_WINDOW)


def _latest(candidates: Candidates) -> str:
    return group(_newest(numbers, candidates) for numbers in candidates.machines())


def _newest(numbers: tuple[str, ...], candidates: Candidates) -> str:
    kinds = candidates.letters_by_kind(candidates.types_of(numbers))
    found = sorted(letter for letters in kinds.values() for letter in letters)
    letters = metric_letters(found, candidates.most(MAX_METRICS), least=candidates.least(found, MAX_METRICS))
    return f'{words_in_row(numbers)} " " {letters}' if letters else ""


def _trend(candidates: Candidates) -> str:
    """An amount is no curve: of what adds up it is one figure."""
    letters = candidates.gauges() if asks_amount(candidates.resolution) else LETTERS
    return group(_measured(numbers, candidates, among=letters) for numbers in candidates.machines())


def _statistics(candidates: Candidates) -> str:
    return group(_measured(numbers, candidates) for numbers in candidates.machines())


def _measured(numbers: tuple[str, ...], candidates: Candidates, *, among: str = LETTERS) -> str:
    metrics = metrics_and_statistics(
        candidates.types_of(numbers), candidates, most=MAX_METRICS, statistics=OF_WINDOW, among=among
    )
    return f'{words_in_row(numbers)} " " {metrics}' if metrics else ""


def _compare(candidates: Candidates) -> str:
    return group(_compared(numbers, candidates) for numbers in candidates.machines() if len(numbers) > 1)


def _compared(numbers: tuple[str, ...], candidates: Candidates) -> str:
    usual = candidates.usual and bool(candidates.resolution.windows)
    metrics = metrics_and_statistics(
        candidates.types_of(numbers), candidates, most=1, statistics=OF_WINDOW_OR_NEWEST, usual=usual
    )
    return f'{words_in_row(numbers)} " " {metrics}' if metrics else ""


LATEST: Final = Intent(
    name="latest",
    label="newest reading",
    description="The newest reading of a machine's metrics.",
    examples=("Show chiller 1 power", "What is the vibration of pump 3?", "AHU 6 supply air temperature right now"),
    about=("machines",),
    needs=("equipment", "metrics"),
    statistics=("last",),
    widgets=("kpi", "gauge", "trend", "statistics", "table", "alerts"),
    usual_widgets=("kpi", "trend", "alerts"),
    subject=_latest,
)
TREND: Final = Intent(
    name="trend",
    label="course over time",
    description="How metrics of machines went over a window, as a curve.",
    examples=(
        "Plot chiller 2 power over the last 24 hours",
        "Trend of boiler 1 steam pressure yesterday",
        "Show pump 4 flow for the last 7 days as a curve",
    ),
    about=("machines",),
    needs=("equipment", "metrics", "aggregation"),
    may_have=("window", "step"),
    statistics=OF_WINDOW,
    widgets=("trend", "statistics", "kpi", "table"),
    usual_widgets=("trend", "statistics"),
    subject=_trend,
)
STATISTICS: Final = Intent(
    name="statistics",
    label="statistics",
    description="One figure of a window: an average, a minimum, a maximum, a sum or what a counter gained.",
    examples=(
        "Average power of chiller 1 yesterday",
        "What was the maximum oil temperature of transformer 2 last week?",
        "How much energy did energy meter 5 use today?",
    ),
    about=("machines",),
    needs=("equipment", "metrics", "aggregation"),
    may_have=("window",),
    statistics=OF_WINDOW,
    widgets=("statistics", "kpi", "trend", "table"),
    usual_widgets=("statistics", "trend"),
    subject=_statistics,
)
COMPARE: Final = Intent(
    name="compare",
    label="comparison",
    description="One metric of several machines side by side.",
    examples=(
        "Compare power of chiller 1 and chiller 2 today",
        "Vibration of pump 1 versus pump 2",
        "Compare fan power of AHU 3 and AHU 4 yesterday",
    ),
    about=("machines",),
    needs=("equipment", "metrics", "aggregation"),
    may_have=("window",),
    statistics=OF_WINDOW_OR_NEWEST,
    widgets=("comparison", "trend", "statistics", "table"),
    usual_widgets=("comparison", "trend"),
    subject=_compare,
)
