"""Composes the answer to a plan and checks its numbers; registers each intent's fetch and wording."""

from __future__ import annotations

from datetime import datetime
from itertools import chain

from cc_common.answers import reading_facts, reading_text, text, widgets
from cc_common.answers.answer import Answer, Facts, Ledger, Sources, answer_to, register_answer
from cc_common.answers.finding_facts import alert_facts, anomaly_facts, forecast_facts
from cc_common.answers.forecast_text import forecast_text, forecasts_text
from cc_common.answers.number_check import check_answer
from cc_common.planning.plan import Plan

register_answer("latest", fetch=reading_facts.latest_facts, text=text.report_text(reading_text.newest_text))
register_answer("trend", fetch=reading_facts.window_facts, text=text.report_text(reading_text.window_text))
register_answer("statistics", fetch=reading_facts.window_facts, text=text.report_text(reading_text.window_text))
register_answer("compare", fetch=reading_facts.comparison_facts, text=text.report_text(reading_text.comparison_text))
register_answer("rank", fetch=reading_facts.ranking_facts, text=text.report_text(reading_text.ranking_text))
register_answer("list", fetch=reading_facts.list_facts, text=text.report_text(reading_text.list_text))
register_answer("summary", fetch=reading_facts.summary_facts, text=text.report_text(reading_text.newest_text))
register_answer("anomalies", fetch=anomaly_facts, text=text.anomalies_text)
register_answer("alerts", fetch=alert_facts, text=text.alerts_text)
register_answer("forecast", fetch=forecast_facts, text=forecast_text, phrases=forecasts_text)
register_answer("out_of_scope", fetch=reading_facts.no_facts, text=text.refusal_text)


def gather_facts(plan: Plan, sources: Sources, *, now: datetime) -> Facts:
    """Fetches the facts that the plan asks for."""
    return answer_to(plan.intent).fetch(plan, sources, now=now)


def compose_answer(plan: Plan, sources: Sources, *, now: datetime) -> Answer:
    """The checked answer to a plan, widgets in the plan's order; UnverifiedFigure for a number without evidence."""
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
