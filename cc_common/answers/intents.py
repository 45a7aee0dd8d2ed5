"""Registers for each intent what its answer fetches and how it is worded; a new intent adds one call."""

from __future__ import annotations

from cc_common.answers import reading_facts, reading_text, text
from cc_common.answers.finding_facts import alert_facts, anomaly_facts, forecast_facts
from cc_common.answers.forecast_text import forecast_text, forecasts_text
from cc_common.answers.intent_registry import register_answer

register_answer("latest", fetch=reading_facts.latest_facts, text=text.reported(reading_text.newest_text))
register_answer("trend", fetch=reading_facts.window_facts, text=text.reported(reading_text.window_text))
register_answer("statistics", fetch=reading_facts.window_facts, text=text.reported(reading_text.window_text))
register_answer("compare", fetch=reading_facts.comparison_facts, text=text.reported(reading_text.comparison_text))
register_answer("rank", fetch=reading_facts.ranking_facts, text=text.reported(reading_text.ranking_text))
register_answer("list", fetch=reading_facts.list_facts, text=text.reported(reading_text.list_text))
register_answer("summary", fetch=reading_facts.summary_facts, text=text.reported(reading_text.newest_text))
register_answer("anomalies", fetch=anomaly_facts, text=text.anomalies_text)
register_answer("alerts", fetch=alert_facts, text=text.alerts_text)
register_answer("forecast", fetch=forecast_facts, text=forecast_text, phrases=forecasts_text)
register_answer("out_of_scope", fetch=reading_facts.no_facts, text=text.refusal_text)
