"""Figures held against their rows: found again in raw SQL by nothing but their evidence."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

from cc_common.check.model import Failed
from cc_common.check.scene import Scene
from cc_common.evidence import Figure

DIFFER: Final = 1e-9  # in relation: sums may be added in another order


def confirm(scene: Scene, figures: Iterable[Figure], *, recorded: bool = False) -> None:
    """Failed at the first figure that its rows do not confirm.

    `recorded`: kept since it was told, as an alert's is; rows that arrived late may have joined those it names.
    """
    for figure in figures:
        evidence = figure.evidence
        bounds = {"start": evidence.start, "end": evidence.end}
        row = scene.sql("figures", bounds, table=evidence.table, column=evidence.column)[0]
        value = getattr(row, evidence.statistic)
        if recorded and row.count > evidence.rows:
            continue
        if row.count != evidence.rows or not same(figure.value, value):
            what = f"{evidence.statistic} of {evidence.table}.{evidence.column}"
            raise Failed(
                f"{what}: told {figure.value} of {evidence.rows} readings, the rows say {value} of {row.count}"
            )


def same(told: float | None, true: float | None) -> bool:
    """Whether both are one number, or both are none."""
    if told is None or true is None:
        return told is true
    return math.isclose(told, true, rel_tol=DIFFER, abs_tol=DIFFER)
