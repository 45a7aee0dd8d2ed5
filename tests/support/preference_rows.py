"""Pairs of a planted taste: the widgets the other way round than the starter says them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from cc_common.feedback.pairs import Pair, PairSet, Unpaired, bucket
from cc_common.simulator import PLANT
from training.corpus import NOW, examples

SEED = 77
Row = TypeVar("Row", Pair, Unpaired)


def planted(pairs: int, thumbs: int = 0, *, seed: int = SEED) -> PairSet:
    """So many pairs and thumbs to train on, beside those that their questions hold out."""
    made = _pairs(seed)
    thumbs_of = (t for pair in made for t in _thumbs(pair))
    return PairSet(pairs=tuple(_enough(made, pairs)), unpaired=tuple(_enough(thumbs_of, thumbs)))


def _pairs(seed: int) -> Iterator[Pair]:
    for messages, line in examples(PLANT, seed, NOW):
        head, _, widgets = line.partition(": ")
        turned = " ".join(reversed(widgets.split()))
        if turned != widgets:
            said = {"chosen": f"{head}: {turned}", "rejected": line}
            yield Pair(prompt=tuple(messages), how="correction", sources=(), rating_ids=(), **said)


def _thumbs(pair: Pair) -> Iterator[Unpaired]:
    for line, up in ((pair.chosen, True), (pair.rejected, False)):
        yield Unpaired(prompt=pair.prompt, completion=line, up=up, source="", rating_id=0)


def _enough(rows: Iterator[Row], count: int) -> Iterator[Row]:
    """Until `count` of them are not held out."""
    learned = 0
    while learned < count:
        row = next(rows)
        learned += bucket(row.prompt) > 0
        yield row
