"""The ranker from zero: every lesson of the buffer, in random order, several times over, in ever smaller steps."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from cc_common.feedback import RatedExperience, lesson_of
from cc_common.ranking import Lesson, Scorer
from training.off_policy import fold_of


@dataclass(frozen=True, kw_only=True)
class RankerRecipe:
    """All that decides the ranker, beside the ratings."""

    learning_rate: float
    epochs: int = 5
    seed: int = 1
    minutes: float = 5.0  # for all its rankers together; cut short, some lessons were replayed less often


@dataclass(frozen=True, kw_only=True)
class Learnable:
    """A lesson and the fold of its question."""

    lesson: Lesson
    fold: int


def lessons(rated: Iterable[RatedExperience]) -> list[Learnable]:
    """What the newest ratings by each rater teach; ratings of another layout teach nothing."""
    return [
        Learnable(lesson=lesson, fold=fold_of(one.experience.question))
        for one in rated
        for rating in one.ratings
        if (lesson := lesson_of(one.experience, rating)) is not None
    ]


def learn(lessons: Sequence[Learnable], recipe: RankerRecipe, *, without: int | None = None, until: float) -> Scorer:
    """A ranker taught from zero, without one fold; stops at `until` (time.monotonic) with what it has learned."""
    ranker, rng = Scorer(), np.random.default_rng(recipe.seed)
    kept = [one.lesson for one in lessons if one.fold != without]
    for epoch in range(recipe.epochs):
        for index in rng.permutation(len(kept)):
            if time.monotonic() > until:
                return ranker
            ranker.teach(kept[index], recipe.learning_rate / (1 + epoch))
    return ranker
