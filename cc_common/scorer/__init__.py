"""Tier 1, the online ranker of widgets: its features, scores, steps, sampled orders and file. No database here."""

from cc_common.scorer.features import Scene, context_features, scene_of, widget_features
from cc_common.scorer.file import from_bytes, to_bytes
from cc_common.scorer.layout import LAYOUT, PARAMETERS, RANK
from cc_common.scorer.model import Example, Lesson, Scorer, rows_of
from cc_common.scorer.sampling import order, propensities

__all__ = [
    "LAYOUT",
    "PARAMETERS",
    "RANK",
    "Example",
    "Lesson",
    "Scene",
    "Scorer",
    "context_features",
    "from_bytes",
    "order",
    "propensities",
    "rows_of",
    "scene_of",
    "to_bytes",
    "widget_features",
]
