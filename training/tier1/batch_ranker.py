"""Batch training of the ranker: all lessons, in random order, several epochs with a decaying learning rate."""

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
    """All hyperparameters of the ranker, besides the ratings."""

    learning_rate: float
    epochs: int = 5
    seed: int = 1
    minutes: float = 5.0  # for all folds together; at the limit training stops within an epoch


@dataclass(frozen=True, kw_only=True)
class Learnable:
    """A lesson and the fold of its question."""

    lesson: Lesson
    fold: int


def lessons(rated: Iterable[RatedExperience]) -> list[Learnable]:
    """The lessons of the newest ratings by each rater; ratings of another layout give none."""
    return [
        Learnable(lesson=lesson, fold=fold_of(one.experience.question))
        for one in rated
        for rating in one.ratings
        if (lesson := lesson_of(one.experience, rating)) is not None
    ]


def learn(lessons: Sequence[Learnable], recipe: RankerRecipe, *, without: int | None = None, until: float) -> Scorer:
    """Trains a ranker from zero, without one fold; stops at `until` (time.monotonic)."""
    ranker, rng = Scorer(), np.random.default_rng(recipe.seed)
    kept = [one.lesson for one in lessons if one.fold != without]
    for epoch in range(recipe.epochs):
        for index in rng.permutation(len(kept)):
            if time.monotonic() > until:
                return ranker
            ranker.teach(kept[index], recipe.learning_rate / (1 + epoch))
    return ranker
