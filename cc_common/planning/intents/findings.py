"""Intents of anomalies, alerts and forecasts, and the refusal."""

from __future__ import annotations

from typing import Final

from cc_common.planning.grammar_parts import PLANT, Candidates, any_of, group, words_in_row
from cc_common.planning.intents.readings import machines_or_wholes
from cc_common.planning.intents.registry import Intent


def _anomalies(candidates: Candidates) -> str:
    rows = [_searched(numbers, candidates) for numbers in candidates.machines()]
    return group([*rows, any_of([*candidates.types(), PLANT])])


def _searched(numbers: tuple[str, ...], candidates: Candidates) -> str:
    """The machines to search for anomalies; restricted to a metric where the question names one."""
    named = candidates.resolution.metric_named
    letters = [a for found in candidates.letters_by_kind(candidates.types_of(numbers)).values() for a in found]
    row = words_in_row(numbers)
    return f'{row} (" " {any_of(sorted(letters))})?' if named and letters else row


def _forecast(candidates: Candidates) -> str:
    return group(_forecast_of(numbers, candidates) for numbers in candidates.machines())


def _forecast_of(numbers: tuple[str, ...], candidates: Candidates) -> str:
    kinds = candidates.letters_by_kind(candidates.types_of(numbers))
    letters = sorted(letter for letters in kinds.values() for letter in letters)
    return f'{words_in_row(numbers)} " " {any_of(letters)}' if letters else ""


ANOMALIES: Final = Intent(
    name="anomalies",
    label="anomalies",
    description="What was unusual in a window, the strongest first.",
    examples=(
        "Any anomalies in chiller 1 today?",
        "Was anything unusual on the pumps yesterday?",
        "Show anomalies in the plant last week",
    ),
    about=("machines", "types"),
    may_have=("equipment", "equipment_type", "metrics", "window"),
    widgets=("anomalies", "trend", "alerts", "table"),
    usual_widgets=("anomalies", "trend"),
    subject=_anomalies,
)
ALERTS: Final = Intent(
    name="alerts",
    label="alerts",
    description="The alerts that are open, or those raised in a window that is named.",
    examples=("Show open alerts", "Any alarms on chiller 3?", "Alerts of the pumps yesterday"),
    about=("machines", "types"),
    may_have=("equipment", "equipment_type", "window"),
    widgets=("alerts", "anomalies", "table"),
    usual_widgets=("alerts", "table"),
    default_window="none",
    subject=machines_or_wholes,
)
FORECAST: Final = Intent(
    name="forecast",
    label="forecast",
    description="The course of a metric in the time ahead, or when it reaches a level.",
    examples=(
        "Forecast chiller 1 power for the next 6 hours",
        "Predict the load of UPS 2 tomorrow",
        "When will diesel generator 1 run out of fuel?",
    ),
    about=("machines",),
    needs=("equipment", "metrics"),
    may_have=("window",),
    widgets=("forecast", "trend", "table"),
    usual_widgets=("forecast", "trend"),
    default_window="ahead",
    subject=_forecast,
)


REASONS: Final = {
    "topic": "I answer questions about this plant's machines and their readings.",
    "control": "I only show readings; I never switch or set a machine.",
}


def _reason(_: Candidates) -> str:
    return any_of(REASONS)


OUT_OF_SCOPE: Final = Intent(
    name="out_of_scope",
    label="out of scope",
    description="A refusal with its reason: another topic, or a command (machines are never switched or set).",
    examples=("Switch off AHU 6", "What is the weather like tomorrow?", "Who won the match yesterday?"),
    subject=_reason,
)
