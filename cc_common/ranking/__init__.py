"""Tier 1, the online ranker of widgets: its features, scores, steps, sampled orders and file. No database here."""

from cc_common.ranking.features import LAYOUT, PARAMETERS, RANK, QuestionContext, context_features, question_context, widget_features
from cc_common.ranking.ranker import propensities, sample_order
from cc_common.ranking.scorer import Example, Lesson, Scorer, from_bytes, rows_of, to_bytes

__all__ = ["Example", "LAYOUT", "Lesson", "PARAMETERS", "QuestionContext", "RANK", "Scorer", "context_features", "from_bytes", "propensities", "question_context", "rows_of", "sample_order", "to_bytes", "widget_features"]
