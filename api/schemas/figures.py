"""Values, and the rows behind each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Self

from pydantic import Field

from api.schemas.common import Reply, Utc
from cc_common.core.evidence import Figure, Shown


class Value(Reply):
    """One number, not rounded."""

    equipment: str = Field(examples=["chiller_001"])
    metric: str = Field(examples=["power_consumption_kw"])
    statistic: Shown
    value: float = Field(examples=[94.71875])
    unit: str = Field(examples=["kW"])
    start: Utc | None = Field(description="Of a window's statistic.")
    end: Utc | None = Field(description="Of a window's statistic; not part of the window.")
    at: Utc | None = Field(description="Of a single reading: when it was taken.")


class EvidenceReply(Reply):
    """The rows behind one value: `statistic` of `column` over `rows` readings of `table` with start <= ts < end."""

    value_index: int = Field(description="Which of `values`, counted from 0.")
    table: str = Field(examples=["chiller_001"])
    column: str = Field(examples=["power_consumption_kw"])
    statistic: Shown
    start: Utc | None
    end: Utc | None
    rows: int = Field(examples=[1])


class Figures(Reply):
    """Values with their evidence."""

    values: Sequence[Value]
    evidence: Sequence[EvidenceReply]

    @classmethod
    def from_figures(cls, figures: Sequence[Figure]) -> Self:
        """The figures as the API shows them."""
        return cls(values=values(figures), evidence=evidence(figures))


def values(figures: Sequence[Figure]) -> list[Value]:
    """The figures' numbers, in order."""
    return [Value.model_validate(figure) for figure in figures]


def evidence(figures: Sequence[Figure]) -> list[EvidenceReply]:
    """The figures' rows, each naming its value by index."""
    return [EvidenceReply(value_index=i, **asdict(figure.evidence)) for i, figure in enumerate(figures)]
