"""Intents of readings: latest, trend, statistics, compare; of a type or the plant: rank, list, summary."""

from __future__ import annotations

from typing import Final

from cc_common.core.evidence import Statistic
from cc_common.planning.grammar_parts import (
    LETTERS,
    MAX_METRICS,
    Candidates,
    any_of,
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
    """The grammar of a trend; an amount (counter or tally) is one figure, no curve."""
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


def _rank(candidates: Candidates) -> str:
    return group(_ranked(name, candidates) for name in candidates.types())


def _ranked(equipment_type: str, candidates: Candidates) -> str:
    several = [str(n) for n in candidates.resolution.numbers if n > 0]
    count = f' " top " {any_of(several)}' if len(several) > 1 else ""
    ways = [
        f'{metrics} " " {any_of(order)}'
        for order, letters in candidates.letters_by_order().items()
        if (metrics := _metric(equipment_type, candidates, letters))
    ]
    return f'"{equipment_type} " {group(ways)}{count}' if ways else ""


def _metric(equipment_type: str, candidates: Candidates, letters: str) -> str:
    return metrics_and_statistics(
        {equipment_type},
        candidates,
        most=1,
        statistics=OF_WINDOW_OR_NEWEST,
        usual=candidates.usual,
        among=letters,
    )


def machines_or_wholes(candidates: Candidates) -> str:
    """Machines, or else a type or the whole plant."""
    return group([*map(words_in_row, candidates.machines()), any_of(candidates.wholes())])


def _list(candidates: Candidates) -> str:
    return any_of(candidates.types())


RANK: Final = Intent(
    name="rank",
    label="ranking",
    description="The machines of a type in the order of one metric, the first few.",
    examples=(
        "Which chiller has the highest power?",
        "Top 5 pumps by vibration",
        "Which AHU has the lowest supply air temperature?",
    ),
    about=("types",),
    needs=("equipment_type", "metrics", "aggregation", "order"),
    may_have=("top_n", "window"),
    statistics=OF_WINDOW_OR_NEWEST,
    widgets=("ranking", "comparison", "kpi", "table"),
    usual_widgets=("ranking", "table"),
    subject=_rank,
)
SUMMARY: Final = Intent(
    name="summary",
    label="summary",
    description="How a machine, a type or the whole plant is doing, and what is due for maintenance.",
    examples=("Summary of chiller 1", "How are the pumps doing?", "Give me an overview of the plant"),
    about=("machines", "types"),
    may_have=("equipment", "equipment_type", "window"),
    widgets=("summary", "kpi", "trend", "alerts", "anomalies", "table"),
    usual_widgets=("summary", "kpi", "alerts"),
    subject=machines_or_wholes,
)
LIST: Final = Intent(
    name="list",
    label="list",
    description="The machines of a type, by number.",
    examples=("List all chillers", "Which pumps do we have?", "Show all boilers"),
    about=("types",),
    needs=("equipment_type",),
    widgets=("table", "ranking"),
    usual_widgets=("table",),
    subject=_list,
)
