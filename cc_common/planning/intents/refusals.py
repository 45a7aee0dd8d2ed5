"""The intent of questions that the plant's readings do not answer."""

from __future__ import annotations

from typing import Final

from cc_common.planning.grammar_parts import Candidates, any_of
from cc_common.planning.intents.registry import Intent

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
