"""What people write on a phone, spelled out; and what only looks like it."""

from __future__ import annotations

import pytest

from cc_common.simulator import PLANT
from cc_common.understanding import Resolver
from cc_common.understanding.spelling import expand_abbreviations

RESOLVER = Resolver(PLANT)


@pytest.mark.parametrize(
    ("question", "whole"),
    [
        ("trend pump 9 speed last hr", "trend pump 9 speed last hour"),
        ("whatll ch 13 pull in kw tmrw", "what will ch 13 pull in kw tomorrow"),
        ("hw mny ahus w/ alarms b4 nxt wk", "how many ahus with alarms before next week"),
        ("Trend of the 5 last days", "Trend of the last 5 days"),
        ("the three next hours", "the next three hours"),
        ("supply as well as return", "supply and return"),
    ],
)
def test_abbreviations_are_spelled_out(question: str, whole: str) -> None:
    assert expand_abbreviations(question, RESOLVER.has_word) == whole


@pytest.mark.parametrize(
    "question",
    [
        "average kw of chiller 7 last week",  # of chiller 7, not of 7 weeks
        "min and max of pump 3",
        "B-4 steam pressure",
        "HR-3 power",
        "WK 2 flow",  # a tag of another plant, to be refused
        "ER-3 power",
        "power of the chiller 2 last month",
    ],
)
def test_whole_words_and_names_stay(question: str) -> None:
    assert expand_abbreviations(question, RESOLVER.has_word) == question
