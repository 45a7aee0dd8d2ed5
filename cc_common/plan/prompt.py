"""What the model reads: a static system message (kept in the KV cache) and the question with its candidates.

Serving and training build their messages here and nowhere else. No id, no date and no figure of the plant enters; the
time of day never does. The starter model is taught this form, so it needs no examples: a short prompt is a fast one.
"""

from __future__ import annotations

from typing import Final

from cc_common.catalog.resolution import Resolution
from cc_common.plan.language import LETTERS

Message = dict[str, str]
MOST_BYTES: Final = 600  # of the question: a byte is at most one token, and the rest is no operator's question
STATIC_MESSAGES: Final[tuple[Message, ...]] = ({"role": "system", "content": "Plan the answer."},)


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
    before = [f"was {resolution.before}"] if resolution.before else []
    return [_plain(resolution.question), *before, *machines, *types, *metrics, *windows, *numbers]


def _plain(question: str) -> str:
    """One line without the marks of the chat template, so that a question cannot speak as another role."""
    line = " ".join(question.replace("<|", "< ").replace("|>", " >").split())
    return line.encode()[:MOST_BYTES].decode(errors="ignore")
