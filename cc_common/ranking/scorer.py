"""Scorer: a rank-8 bilinear model that learns online, one logistic step a rated widget; its file."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log1p
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from cc_common.core.errors import InvalidInput
from cc_common.ranking.features import COLUMNS, CONTEXT_ROWS, RANK, ROWS, WIDGET_FEATURES
from cc_common.ranking.layout import CURRENT, FIRST, PLACES, Layout, layout_from_json

Floats = NDArray[np.float32]
Rows = NDArray[np.intp]

SEED: Final = 20_240_801
MAX_ROWS: Final = 64  # of one scene
PRIOR: Final = (0.9, 0.3, -0.3, -0.9)  # log-odds of a thumb up by the model's own order, before any rating
CURVATURE: Final = 0.25  # the most that the logistic loss curves
_ONES: Final = np.ones(MAX_ROWS, np.float32)
_ONES_OF_WIDGET: Final = np.ones(WIDGET_FEATURES, np.float32)


@dataclass(frozen=True, kw_only=True)
class Example:
    """One widget judged: its rows, whether it was liked, and the weight of that judgement in (0, 1]."""

    widget: tuple[int, ...]
    liked: bool
    weight: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """What one rating teaches: the scene's rows and the widgets judged in it, in the order of the steps."""

    context: tuple[int, ...]
    examples: tuple[Example, ...]


class Scorer:
    """The table, ROWS x COLUMNS float32; `version` counts its lessons. Scoring is safe in threads, learning is not."""

    def __init__(self, table: Floats | None = None, *, version: int = 0) -> None:
        self.table = initial_table() if table is None else table
        self.version = version
        self._widgets = self.table[CONTEXT_ROWS:]

    def score(self, context: Rows, widgets: Rows) -> Floats:
        """Log-odds of a thumb up: shape (n,) for the rows of n widgets in shape (n, WIDGET_FEATURES)."""
        scene = _ONES[: len(context)].dot(self.table.take(context, 0))
        bias, scene[RANK] = scene[RANK], 1
        by_row = self._widgets.dot(scene)
        scores: Floats = by_row.take(widgets).dot(_ONES_OF_WIDGET)
        scores += bias
        return scores

    def learn(self, context: Rows, widget: Rows, liked: bool, rate: float) -> float:
        """One step towards (or away from) a widget; the logistic loss before it, in nats.

        The step is shortened as an implicit one would be (Kulis and Bartlett 2010), so that no rate overshoots.
        Within `context` and within `widget` rows must be distinct.
        """
        rows, of_widget = self.table.take(context, 0), self._widgets.take(widget, 0)
        scene, shown = _ONES[: len(rows)].dot(rows), _ONES_OF_WIDGET.dot(of_widget)
        bias = scene.item(RANK)
        scene[RANK] = 1  # now scene . shown = u . v + c, and its gradient by the widget's rows is the scene itself
        score = bias + float(scene.dot(shown))
        shown[RANK] = 1
        margin = score if liked else -score
        slope = (1 if liked else -1) * _odds_against(margin)
        length = len(rows) * float(shown.dot(shown)) + WIDGET_FEATURES * float(scene.dot(scene))
        step = np.float32(rate * slope / (1 + rate * CURVATURE * length))
        rows += step * shown
        of_widget += step * scene
        self.table[context], self._widgets[widget] = rows, of_widget
        return log1p(exp(-margin)) if margin > -30 else -margin

    def teach(self, lesson: Lesson, rate: float) -> float:
        """Every step of one lesson; the weighted mean of the losses before them, in nats."""
        context = feature_rows(lesson.context)
        losses = [
            e.weight * self.learn(context, feature_rows(e.widget), e.liked, rate * e.weight) for e in lesson.examples
        ]
        self.version += 1
        return sum(losses) / sum(e.weight for e in lesson.examples)


def feature_rows(features: Sequence[int] | Sequence[Sequence[int]]) -> Rows:
    """Features as an index array for the scorer's table."""
    return np.array(features, np.intp)


def initial_table(layout: Layout = CURRENT) -> Floats:
    """The initial table: it keeps the model's order, and each widget type has a random direction to learn along."""
    table = np.zeros((len(layout.names), COLUMNS), np.float32)
    widgets, places = table[len(layout.context) :], layout.widget.index("place 0")
    directions = np.random.default_rng(SEED).standard_normal((places, RANK))
    widgets[:places, :RANK] = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    widgets[places : places + PLACES, RANK] = PRIOR
    return table


def _odds_against(margin: float) -> float:
    """sigmoid(-margin) without overflow."""
    return 1 / (1 + exp(margin)) if margin < 30 else exp(-margin)


MAGIC: Final = b"CCT1"
FORMAT: Final = 2  # format 1 has no names: its rows are those of the first layout
_HEADER: Final = struct.Struct("<4sHHIIQ")  # magic, format, 0 (format 1: the layout), rows, columns, version
_CRC: Final = struct.Struct("<I")  # of all but itself
_LENGTH: Final = struct.Struct("<I")  # of the names
_TABLE: Final = np.dtype("<f4")
_NAMES: Final = CURRENT.to_json()


def to_bytes(scorer: Scorer) -> bytes:
    """Serialises the scorer: header, checksum, names of the rows, table."""
    header = _HEADER.pack(MAGIC, FORMAT, 0, ROWS, COLUMNS, scorer.version)
    body = _LENGTH.pack(len(_NAMES)) + _NAMES + scorer.table.astype(_TABLE, copy=False).tobytes()
    return header + _CRC.pack(crc32(body, crc32(header))) + body


def from_bytes(data: bytes) -> Scorer:
    """Deserialises a scorer, from an older layout by its names; InvalidInput says what is wrong with the data."""
    if data[: len(MAGIC)] != MAGIC:
        raise InvalidInput("This is no Tier-1 scorer: the first four bytes are not CCT1.")
    if len(data) < _HEADER.size + _CRC.size + _LENGTH.size:
        raise InvalidInput(f"The Tier-1 scorer is cut short after {len(data)} bytes.")
    _, form, number, rows, columns, version = _HEADER.unpack_from(data)
    if (form, number) not in ((FORMAT, 0), (1, 1)) or columns != COLUMNS:
        raise InvalidInput(
            f"The Tier-1 scorer is of format {form}, layout {number}, {columns} columns; "
            f"this program reads formats 1 and {FORMAT} with {COLUMNS} columns."
        )
    layout, table = _checked_parts(data, form, rows)
    return Scorer(table if layout is CURRENT else carry_table(table, layout, CURRENT), version=int(version))


def carry_table(table: Floats, old: Layout, new: Layout) -> Floats:
    """The table in another layout: rows that both have keep what they learned, new ones are as before any rating."""
    carried, index = initial_table(new), {name: row for row, name in enumerate(new.names)}
    kept = [(row, index[name]) for row, name in enumerate(old.names) if name in index]
    sources, targets = (list(rows) for rows in zip(*kept, strict=True))
    carried[targets] = table[sources]
    return carried


def _checked_parts(data: bytes, form: int, rows: int) -> tuple[Layout, Floats]:
    header, body = data[: _HEADER.size], memoryview(data)[_HEADER.size + _CRC.size :]
    if crc32(body, crc32(header)) != _CRC.unpack_from(data, _HEADER.size)[0]:
        raise InvalidInput("The Tier-1 scorer is damaged: its checksum does not match.")
    layout = FIRST
    if form == FORMAT:
        end = _LENGTH.size + _LENGTH.unpack_from(body)[0]
        names, body = bytes(body[_LENGTH.size : end]), body[end:]
        layout = CURRENT if names == _NAMES else layout_from_json(names)
    if rows != len(layout.names) or len(body) != rows * COLUMNS * _TABLE.itemsize:
        raise InvalidInput(f"The Tier-1 scorer has {rows} rows in {len(body)} bytes for {len(layout.names)} names.")
    table = np.frombuffer(body, _TABLE).astype(np.float32).reshape(rows, COLUMNS)
    if not np.isfinite(table).all():
        raise InvalidInput("The Tier-1 scorer holds weights that are no numbers.")
    return layout, table
