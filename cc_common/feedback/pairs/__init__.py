"""Preference pairs from rated answers: which of two lines a model should rather have said to the same prompt."""

from cc_common.feedback.pairs.pair import (
    BUCKETS,
    How,
    LineGrammar,
    Pair,
    PairSet,
    Prompt,
    Spans,
    Strategy,
    Unpaired,
    bucket,
    free_token_mask,
)
from cc_common.feedback.pairs.pair_builder import build_pairs
from cc_common.feedback.pairs.replay import plans_before

__all__ = [
    "BUCKETS",
    "How",
    "LineGrammar",
    "Pair",
    "PairSet",
    "Prompt",
    "Spans",
    "Strategy",
    "Unpaired",
    "bucket",
    "build_pairs",
    "free_token_mask",
    "plans_before",
]
