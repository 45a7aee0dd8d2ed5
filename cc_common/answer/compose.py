"""Puts an answer together: facts, sentence, widgets, and the check last."""

from __future__ import annotations

from datetime import datetime
from itertools import chain

from cc_common.answer import widgets, wording
from cc_common.answer.check import check
from cc_common.answer.facts import gather
from cc_common.answer.model import Answer, Ledger
from cc_common.answer.sources import Sources
from cc_common.plan.model import Plan


def compose(plan: Plan, sources: Sources, *, now: datetime) -> Answer:
    """The checked answer to a plan, widgets in the plan's order; UnverifiedFigure rather than a number without rows."""
    facts, catalog = gather(plan, sources, now=now), sources.catalog
    told = (*(drift.figures for drift in facts.drifts), *(item.figures for item in facts.upkeep))
    ledger = Ledger([*facts.figures, *chain.from_iterable(told)])
    built = widgets.build(plan, facts, ledger, sources, now=now)
    answer = Answer(
        text=wording.describe(plan, facts, catalog, now, spoken=False),
        spoken=wording.describe(plan, facts, catalog, now, spoken=True),
        figures=tuple(ledger.figures),
        widgets=built,
    )
    check(answer, plan, facts, catalog, now=now)
    return answer
