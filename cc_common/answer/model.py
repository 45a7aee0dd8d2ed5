"""An answer's parts, and the ledger that gives every figure its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cc_common.evidence import Figure
from cc_common.plan.model import WidgetType


@dataclass(frozen=True, kw_only=True)
class Widget:
    """What a front end draws. Figures in `data` are indices into the answer's figures (`value_index`)."""

    type: WidgetType
    title: str
    equipment: tuple[str, ...]
    metrics: tuple[str, ...]
    data: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`text` to read, `spoken` to say; every number in both is one of `figures`."""

    text: str
    spoken: str
    figures: tuple[Figure, ...]
    widgets: tuple[Widget, ...]


@dataclass
class Ledger:
    """The answer's figures in order of first use; the same figure keeps one place."""

    figures: list[Figure] = field(default_factory=list)

    def place(self, figure: Figure) -> int:
        """The figure's index, entering it when it is new."""
        if figure not in self.figures:
            self.figures.append(figure)
        return self.figures.index(figure)
