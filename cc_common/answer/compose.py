"""Puts an answer together: figures, sentence, widgets, and the check last."""

from __future__ import annotations

from datetime import datetime

from cc_common.answer import widgets, wording
from cc_common.answer.check import check
from cc_common.answer.facts import gather
from cc_common.answer.model import Answer, Ledger
from cc_common.catalog.store import Catalog
from cc_common.plan.model import Plan
from cc_common.timeseries import TimeSeries


def compose(plan: Plan, readings: TimeSeries, catalog: Catalog, *, now: datetime) -> Answer:
    """The checked answer to a plan, widgets in the plan's order; UnverifiedFigure rather than a number without rows."""
    figures = gather(plan, readings, catalog)
    ledger = Ledger(list(figures))
    built = widgets.build(plan, figures, ledger, readings, catalog, now=now) if figures else ()
    answer = Answer(
        text=wording.describe(plan, figures, catalog, now, spoken=False),
        spoken=wording.describe(plan, figures, catalog, now, spoken=True),
        figures=tuple(ledger.figures),
        widgets=built,
    )
    check(answer, plan, catalog, now=now)
    return answer
