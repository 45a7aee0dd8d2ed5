"""Tier 1, the online ranker of widgets: its features, scores, steps, sampled orders and file. No database here."""

from cc_common.ranking.features import (
    LAYOUT,
    PARAMETERS,
    RANK,
    QuestionContext,
    context_features,
    question_context,
    widget_features,
)
from cc_common.ranking.ranker import propensities, sample_order
from cc_common.ranking.scorer import Example, Lesson, Scorer, feature_rows, from_bytes, to_bytes

__all__ = [
    "LAYOUT",
    "PARAMETERS",
    "RANK",
    "Example",
    "Lesson",
    "QuestionContext",
    "Scorer",
    "context_features",
    "feature_rows",
    "from_bytes",
    "propensities",
    "question_context",
    "sample_order",
    "to_bytes",
    "widget_features",
]
