"""What the model reads: a static system message (kept in the KV cache) and the question with its candidates.

Serving and training build their messages here and nowhere else. No id, no date and no figure of the plant enters; the
time of day never does.
"""

from __future__ import annotations

from typing import Final

from cc_common.catalog.resolution import Resolution
from cc_common.plan.language import LETTERS

Message = dict[str, str]
MOST_BYTES: Final = 600  # of the question: a byte is at most one token, and the rest is no operator's question

_EXAMPLES: Final = (
    ("Show chiller 3 power\n1 Chiller 3\na power consumption\nb cooling load", "latest 1 a: kpi trend"),
    ("How did AHU 9 humidity move today?\n1 AHU 9\na humidity", "trend 1 a avg: trend statistics"),
    ("Hottest bearing of pump 4 this week\n1 Pump 4\na bearing temperature", "statistics 1 a max: statistics"),
    ("energy used by meter 20 yesterday\n1 Energy Meter 20\na energy", "statistics 1 a delta: kpi"),
    ("boiler 1 against 2, steam pressure\n1 Boiler 1\n2 Boiler 2\na steam pressure", "compare 1 2 a avg: comparison"),
    ("Which cooling towers draw the most?\ncooling_tower\na fan power", "rank cooling_tower a avg desc: ranking"),
    ("Weakest ups battery\nups\na battery charge", "rank ups a last asc: ranking kpi"),
    ("How is transformer 5 doing?\n1 Transformer 5\na load\nb oil temperature", "summary 1: summary kpi"),
    ("What lifts do we have?\nlift\na trips", "list lift: table"),
    ("Stop pump 2\n1 Pump 2\na power consumption", "out_of_scope control"),
    ("Who won the match?\na power consumption", "out_of_scope topic"),
)

_INSTRUCTION: Final = (
    "Plan the answer to an operator's question in one line: intent, machines by number or a type, metrics by letter, "
    "statistic, order, then widgets. Intents: latest (now), trend (over time), statistics (one figure of a period), "
    "compare, rank, summary, list, out_of_scope."
)


def _static() -> Message:
    examples = "\n\n".join(f"{question}\n> {line}" for question, line in _EXAMPLES)
    return {"role": "system", "content": f"{_INSTRUCTION}\n\n{examples}"}


STATIC_MESSAGES: Final[tuple[Message, ...]] = (_static(),)


def build_messages(resolution: Resolution) -> list[Message]:
    """The messages for one question, as the model sees them: the static ones and the user's turn."""
    return [*STATIC_MESSAGES, {"role": "user", "content": "\n".join(_lines(resolution))}]


def _lines(resolution: Resolution) -> list[str]:
    machines = [f"{i} {e.name}" for i, e in enumerate(resolution.equipment, start=1)]
    types = [] if machines else list(resolution.equipment_types)
    metrics = [f"{letter} {m.label}" for letter, m in zip(LETTERS, resolution.metrics, strict=False)]
    several = resolution.windows if len(resolution.windows) > 1 else ()
    windows = [f"w{i} {w.label or 'dates'}" for i, w in enumerate(several, start=1)]
    numbers = [f"top {' '.join(map(str, resolution.numbers))}"] if len(resolution.numbers) > 1 else []
    return [_plain(resolution.question), *machines, *types, *metrics, *windows, *numbers]


def _plain(question: str) -> str:
    """One line without the marks of the chat template, so that a question cannot speak as another role."""
    line = " ".join(question.replace("<|", "< ").replace("|>", " >").split())
    return line.encode()[:MOST_BYTES].decode(errors="ignore")
