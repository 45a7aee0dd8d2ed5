"""Plans by keyword rules: the same names, times and grammar, with keywords instead of the model. The model's floor."""

from __future__ import annotations

import re
from typing import Final

from cc_common.catalog.store import Catalog
from cc_common.planning.grammar_parts import LETTERS
from cc_common.understanding import Resolution

INTENTS: Final = (
    ("out_of_scope control", r"\b(switch|turn|start|stop|restart|reset|set|raise|lower|open|close|ack|delete)\b"),
    ("forecast", r"\b(forecast|predict\w*|will|expect\w*|outlook|run out|next)\b"),
    ("alerts", r"\b(alert|alarm)\w*\b"),
    ("anomalies", r"\b(anomal\w+|unusual|strange|odd|abnormal\w*|outlier\w*|weird|spike\w*)\b"),
    ("rank", r"\b(rank\w*|top|bottom|which|worst|best|league|leading)\b|\b\w+est\b"),
    ("compare", r"\b(compar\w+|vs|versus|against|difference|than|side by side)\b"),
    ("list", r"\b(list|how many|inventory|do we have)\b"),
    ("trend", r"\b(trend|plot|graph|chart|curve|history|over time|hourly|daily|changed?|develop\w*)\b"),
    ("statistics", r"\b(average|avg|mean|max\w*|min\w*|peak|total|sum|used|consum\w+|how much|highest|lowest)\b"),
    ("summary", r"\b(summary|overview|status|how is|how are|doing|report|health|brief)\b"),
)  # fmt: skip
STATISTICS: Final = (
    ("max", r"\b(max\w*|peak|highest|hottest|worst)\b"),
    ("min", r"\b(min\w*|lowest|coldest|least)\b"),
)
WIDGET: Final = {"compare": "comparison", "rank": "ranking", "latest": "kpi", "list": "table"}


def plan(resolution: Resolution, catalog: Catalog) -> str:
    """A line of the plan language."""
    text = resolution.question.lower()
    intent = next((name for name, words in INTENTS if re.search(words, text)), "latest")
    if intent.startswith("out_of_scope"):
        return intent
    intent = _possible(intent, resolution)
    subject = _subject(intent, resolution)
    metric = _metric(intent, text, resolution)
    window = " w1" if len(resolution.windows) > 1 and intent not in ("latest", "list") else ""
    count = f" top {resolution.numbers[0]}" if intent == "rank" and len(resolution.numbers) > 1 else ""
    return f"{intent} {subject}{metric}{count}{window}: {WIDGET.get(intent, intent)}"


def _possible(intent: str, resolution: Resolution) -> str:
    """The intent, or the nearest that the names permit."""
    machines, types = resolution.equipment, resolution.equipment_types
    if not machines and not types and not resolution.metric_named and intent in ("latest", "trend", "statistics"):
        return "out_of_scope topic"
    if machines and intent == "rank":
        return "compare" if len(machines) > 1 else "statistics"
    if intent == "compare" and len(machines) < 2:
        return "rank" if types and not machines else "trend"
    if not machines and intent in ("latest", "trend", "statistics", "forecast"):
        return "rank" if resolution.metric_named else "summary"
    if intent == "latest" and machines and not resolution.metric_named:
        return "summary"
    return "trend" if intent == "latest" and resolution.windows else intent


def _subject(intent: str, resolution: Resolution) -> str:
    if resolution.equipment and intent not in ("rank", "list"):
        return " ".join(str(i + 1) for i in range(len(resolution.equipment)))
    return next(iter(resolution.equipment_types), "plant" if intent not in ("rank", "list") else "chiller")


def _metric(intent: str, text: str, resolution: Resolution) -> str:
    if intent in ("summary", "list", "alerts", "anomalies"):
        return ""
    if intent in ("latest", "forecast"):
        return f" {LETTERS[0]}"
    kind = resolution.metrics[0].kind
    usual = {"gauge": "avg", "counter": "delta", "tally": "sum"}[kind]
    named = next((name for name, words in STATISTICS if re.search(words, text)), usual)
    newest = kind == "gauge" and not resolution.windows and intent in ("rank", "compare")
    statistic = "last" if newest else named if kind == "gauge" and intent == "statistics" else usual
    order = (" asc" if re.search(STATISTICS[1][1], text) else " desc") if intent == "rank" else ""
    return f" {LETTERS[0]} {statistic}{order}"
