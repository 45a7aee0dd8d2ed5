"""Preference pairs from rated answers: which of two lines a model should rather have said to the same prompt."""

from cc_common.pairs.buckets import BUCKETS, bucket
from cc_common.pairs.choices import LineGrammar, Spans, free_tokens
from cc_common.pairs.making import make_pairs
from cc_common.pairs.model import How, Pair, PairSet, Prompt, Strategy, Unpaired
from cc_common.pairs.store import plans_before

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
    "free_tokens",
    "make_pairs",
    "plans_before",
]
