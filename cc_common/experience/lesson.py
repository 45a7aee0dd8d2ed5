"""What a rating teaches Tier 1: which widgets were liked, in which scene, with what weight.

* A correction that lists widgets: those up, the others that were shown down, whichever thumb came with it.
* A thumb for one widget: that widget.
* A correction that lists none faults the plan (the wrong machine, the wrong window), not the widgets: nothing.
* A thumb for the answer: every widget shown, by 1 / log2(1 + position), for the eye starts at the top.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import log2

from cc_common.experience.model import Experience, Judgement
from cc_common.scorer import LAYOUT, Example, Lesson, widget_features


def lesson_of(experience: Experience, judgement: Judgement) -> Lesson | None:
    """The lesson, the same whenever it is made; None for nothing to learn, or rows of another layout."""
    if experience.tier1_layout != LAYOUT:
        return None
    examples = tuple(_examples(experience, judgement))
    return Lesson(context=experience.context, examples=examples) if examples else None


def _examples(experience: Experience, judgement: Judgement) -> Iterator[Example]:
    liked, correction = judgement.rating == "up", judgement.correction
    if correction and "widgets" in correction:
        yield from _corrected(experience, correction["widgets"])
    elif judgement.widget_id is not None:
        widget = experience.widget(judgement.widget_id)
        yield from [Example(widget=widget.features, liked=liked)] if widget else []
    elif not correction:
        for shown in experience.widgets:
            yield Example(widget=shown.features, liked=liked, weight=1 / log2(1 + shown.position))


def _corrected(experience: Experience, wanted: Sequence[str]) -> Iterator[Example]:
    for shown in experience.widgets:
        yield Example(widget=shown.features, liked=shown.type in wanted)
    types = {shown.type for shown in experience.widgets}
    for place, name in enumerate(wanted):
        if name not in types:
            yield Example(widget=widget_features(experience.context, name, place), liked=True)
