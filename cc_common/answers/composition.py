"""Composes the answer to a plan: fetches its figures, then text, widgets, and the number check last."""

from __future__ import annotations

from datetime import datetime
from itertools import chain

from cc_common.answers import intents as _intents  # noqa: F401  registers how each intent is answered
from cc_common.answers import text, widgets
from cc_common.answers.answer import Answer, Facts, Ledger, Sources
from cc_common.answers.intent_registry import answer_to
from cc_common.answers.number_check import check_answer
from cc_common.planning.plan import Plan


def gather_facts(plan: Plan, sources: Sources, *, now: datetime) -> Facts:
    """What the plan asks for."""
    return answer_to(plan.intent).fetch(plan, sources, now=now)


def compose_answer(plan: Plan, sources: Sources, *, now: datetime) -> Answer:
    """The checked answer to a plan, widgets in the plan's order; UnverifiedFigure rather than a number without rows."""
    facts, catalog = gather_facts(plan, sources, now=now), sources.catalog
    told = (*(drift.figures for drift in facts.drifts), *(item.figures for item in facts.upkeep))
    ledger = Ledger([*facts.figures, *chain.from_iterable(told)])
    built = widgets.build_widgets(plan, facts, ledger, sources, now=now)
    answer = Answer(
        text=text.answer_text(plan, facts, catalog, now, spoken=False),
        spoken=text.answer_text(plan, facts, catalog, now, spoken=True),
        figures=tuple(ledger.figures),
        widgets=built,
    )
    check_answer(answer, plan, facts, catalog, now=now)
    return answer
