"""Intents that ask about many machines, or one, as a whole: ranked, summed up, listed."""

from __future__ import annotations

from typing import Final

from cc_common.planning.grammar_parts import Candidates, any_of, group, metrics_and_statistics, words_in_row
from cc_common.planning.intents.readings import OF_WINDOW_OR_NEWEST
from cc_common.planning.intents.registry import Intent


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
