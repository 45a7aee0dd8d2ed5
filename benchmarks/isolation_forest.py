"""An isolation forest in numpy, for comparison (Liu, Ting and Zhou 2008, doi:10.1109/ICDM.2008.17)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from cc_common.analytics.anomalies.robust_statistics import Floats

TREES: Final = 25
SAMPLE: Final = 256
_DEPTH: Final = 8  # log2 of the sample
_EULER: Final = 0.5772156649


@dataclass(frozen=True)
class Forest:
    """Complete binary trees: (trees, nodes) column and threshold of each split; (trees, leaves) depth of each leaf."""

    column: npt.NDArray[np.int64]
    cut: Floats
    depth: Floats


def forest(x: Floats, *, seed: int) -> Forest:
    """Builds trees from x (rows, columns), each from SAMPLE rows."""
    chance = np.random.default_rng(seed)
    nodes = 2**_DEPTH - 1
    column = chance.integers(0, x.shape[1], (TREES, nodes))
    cut, depth = np.zeros((TREES, nodes)), np.zeros((TREES, nodes + 1))
    for tree in range(TREES):
        rows = x[chance.choice(len(x), min(SAMPLE, len(x)), replace=False)]
        _grow(rows, column[tree], cut[tree], depth[tree], chance)
    return Forest(column=column, cut=cut, depth=depth)


def scores(found: Forest, x: Floats) -> Floats:
    """(rows,): closer to 1 the sooner a row is isolated."""
    total = np.zeros(len(x))
    for column, cut, depth in zip(found.column, found.cut, found.depth, strict=True):
        at = np.zeros(len(x), np.int64)
        for _ in range(_DEPTH):
            at = 2 * at + 1 + (x[np.arange(len(x)), column[at]] >= cut[at])
        total += depth[at - (2**_DEPTH - 1)]
    return np.asarray(2.0 ** (-total / TREES / _path(SAMPLE)))


def _grow(rows: Floats, column: npt.NDArray[np.int64], cut: Floats, depth: Floats, chance: np.random.Generator) -> None:
    """Splits level by level; below a node with at most one row every leaf has that node's depth."""
    held, level = {0: (rows, 0.0)}, 0
    for level in range(_DEPTH):
        below = {}
        for node, (own, ended) in held.items():
            values = own[:, column[node]]
            cut[node] = chance.uniform(values.min(), values.max()) if len(own) > 1 else 0.0
            right = values >= cut[node]
            done = ended or (float(level) if len(own) <= 1 else 0.0)
            below[2 * node + 1], below[2 * node + 2] = (own[~right], done), (own[right], done)
        held = below
    for node, (own, ended) in held.items():
        depth[node - (2**_DEPTH - 1)] = ended or _DEPTH + _path(len(own))


def _path(rows: int) -> float:
    """The average depth of a search among that number of rows."""
    return 2 * (np.log(rows - 1) + _EULER) - 2 * (rows - 1) / rows if rows > 2 else float(rows == 2)
