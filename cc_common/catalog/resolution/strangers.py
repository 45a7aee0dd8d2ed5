"""Kinds of machines and of measures that a plant may have and this one has not: "which turbine", "noise of pump 3".

The lists are English; a word that is in the plant's own vocabulary is never a stranger.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cc_common.catalog.resolution.english import singular, word_set
from cc_common.catalog.resolution.question import Question

MACHINES: Final = word_set(
    """turbine escalator conveyor crane windmill furnace kiln oven reactor mixer centrifuge crusher lathe robot forklift
    extruder incinerator scrubber silo hopper loom gearbox rectifier photovoltaic solar dishwasher refrigerator freezer
    locomotive tractor excavator elevator dehumidifier electrolyser digester clarifier pasteuriser autoclave palletiser
    bulldozer treadmill printer drone hoist winch agitator granulator cyclotron"""
)
MEASURES: Final = word_set(
    """noise loudness decibel decibels smell odour odor colour color price brightness radiation turbidity
    viscosity torque thrust altitude wifi salinity luminosity"""
)
_ASKED_OF: Final = word_set("of on at in for and or level levels")
_TYPES: Final = "RO STP ETP WTP".lower().split()  # "RO plant 1"


def strange_machines(question: Question) -> Iterator[str]:
    """Names of kinds of machines that the plant has not, as written; claims their tokens."""
    for at in range(len(question.tokens)):
        word = singular(question.tokens[at].word)
        abbreviated = question.tokens[at].word in _TYPES and question.word(at + 1) == "plant"
        if (word in MACHINES or abbreviated) and _is_strange(question, at):
            question.taken.add(at)
            yield question.slice(at, at + 2 if abbreviated else at + 1)


def strange_measures(question: Question, *, asked: bool = False) -> Iterator[str]:
    """Names of measures that no machine of the plant has, as written; claims their tokens.

    `asked`: only those that are asked of something ("noise of pump 3"), not what was heard ("noise from the roof").
    """
    for at in range(len(question.tokens)):
        wanted = not asked or question.word(at + 1) in _ASKED_OF
        if wanted and question.tokens[at].word in MEASURES and _is_strange(question, at):
            question.taken.add(at)
            yield question.slice(at, at + 1)


def _is_strange(question: Question, at: int) -> bool:
    word = question.tokens[at].word
    known = question.vocabulary.names.meanings.keys() | question.vocabulary.metric_words
    return question.free(at) and not {word, singular(word)} & known
