"""Standalone questions, one sampler per intent."""

from __future__ import annotations

from typing import Any, Final

from cc_common.catalog.equipment import Metric
from cc_common.planning import INTENTS
from training.corpus.phrases import (
    anomalies_alerts_forecasts,
    comparisons,
    metric_paraphrases,
    ranking,
    readings,
    refusals,
)
from training.corpus.question_draft import Draw
from training.corpus.sample import STATISTIC_OF_KIND, STATISTICS_OF_KIND, Sample
from training.corpus.samplers import register_sampler
from training.corpus.template import add_typing_errors, expand

# The good direction of metrics, for worst and best; other metrics are never ranked so.
HIGH_IS_BAD: Final = ("vibration", "temp", "co2", "filter_dp", "kw_per_tr", "faults", "approach", "power_consumption")
LOW_IS_BAD: Final = ("efficiency_pct", "battery_charge", "fuel_level", "power_factor")


def draw_question(draw: Draw, templates: tuple[str, ...]) -> str:
    """Fills the slots of a random template."""
    return expand(draw.rng.choice(templates), draw.fill, draw.rng)


def with_statistic(draw: Draw, templates: tuple[str, ...], statistic: str) -> str:
    """The same, with a word for the statistic."""
    word = draw.rng.choice(readings.STATISTIC_WORDS.get(statistic, ("",)))
    chosen = draw.rng.choice(templates).replace("{s}", word)
    return expand(chosen, draw.fill, draw.rng)


def to_sample(draw: Draw, question: str, intent: str, **fields: Any) -> Sample:
    """The sample with its widgets; at times the question asks for one."""
    widgets, rng = INTENTS[intent].usual_widgets, draw.rng
    if intent in ("latest", "trend", "statistics", "compare", "summary") and rng.random() < 0.05:
        question, widgets = f"{question} {rng.choice(refusals.ASK_TABLE)}", ("table", widgets[0])
    elif intent == "latest" and rng.random() < 0.06:
        question, widgets = f"{question} {rng.choice(refusals.ASK_GAUGE)}", ("gauge", "trend")
    if rng.random() < 0.07:
        question = rng.choice(refusals.OPENINGS) + question
    if rng.random() < 0.07:
        question += rng.choice(refusals.TAILS)
    return Sample(question=add_typing_errors(question, rng), intent=intent, widgets=widgets, **fields)


def _subject(draw: Draw) -> dict[str, Any]:
    machines = draw.machines if draw.several else draw.machines[:1]
    metrics = [draw.metric] + ([draw.second] if draw.second and draw.second != draw.metric else [])
    return {"equipment": tuple(m.id for m in machines), "metrics": tuple(m.name for m in metrics)}


def _latest(draw: Draw) -> Sample:
    ways = metric_paraphrases.paraphrases_of(metric_paraphrases.READING, draw.kind.name, draw.metric.name)
    question = draw_question(draw, ways if ways and draw.rng.random() < 0.22 else readings.LATEST)
    return to_sample(draw, question, "latest", **_subject(draw), aggregation="last")


def _trend(draw: Draw) -> Sample:
    if draw.metric.kind == "gauge" and draw.rng.random() < 0.1:
        statistic = draw.rng.choice(("avg", "max", "min"))
        question = with_statistic(draw, readings.TREND_STATISTIC, statistic)
        return to_sample(draw, question, "trend", **_subject(draw), aggregation=statistic)
    ways = metric_paraphrases.paraphrases_of(metric_paraphrases.READING, draw.kind.name, draw.metric.name)
    if ways and draw.rng.random() < 0.15:
        draw.past = True
        question = f"{draw_question(draw, ways)} {draw.fill('t')}"
    else:
        question = draw_question(draw, readings.TREND)
    return to_sample(draw, question, "trend", **_subject(draw), aggregation=STATISTIC_OF_KIND[draw.metric.kind])


def _statistics(draw: Draw) -> Sample:
    ways = metric_paraphrases.paraphrases_of(metric_paraphrases.OF_PERIOD, draw.kind.name, draw.metric.name)
    if ways and draw.rng.random() < 0.3:
        usual = STATISTIC_OF_KIND[draw.metric.kind]
        return to_sample(draw, draw_question(draw, ways), "statistics", **_subject(draw), aggregation=usual)
    statistic = draw.rng.choice(STATISTICS_OF_KIND[draw.metric.kind])
    worded = statistic in readings.STATISTIC_WORDS and draw.rng.random() < 0.6
    templates = readings.STATISTICS if worded else readings.STATISTICS_OF[statistic]
    question = with_statistic(draw, templates, statistic)
    return to_sample(draw, question, "statistics", **_subject(draw), aggregation=statistic)


def _compare(draw: Draw) -> Sample:
    pick, statistic = draw.rng.random(), STATISTIC_OF_KIND[draw.metric.kind]
    if draw.metric.kind == "gauge" and pick < 0.2:
        question, statistic = draw_question(draw, comparisons.COMPARE_NOW), "last"
    elif draw.metric.kind == "gauge" and pick < 0.4:
        statistic = draw.rng.choice(("avg", "max", "min"))
        question = with_statistic(draw, comparisons.COMPARE_STATISTIC, statistic)
    else:
        question = draw_question(draw, comparisons.COMPARE)
    draw.several = True
    return to_sample(draw, question, "compare", **_subject(draw), aggregation=statistic)


def _rank(draw: Draw) -> Sample:
    metric, rng = draw.metric, draw.rng
    if metric.kind == "counter":
        return _ranked(draw, draw_question(draw, ranking.RANK_DELTA), "delta", "desc")
    adjectives = next((a for part, a in ranking.ADJECTIVES.items() if part in metric.name), None)
    if adjectives and metric.kind in ("gauge", "tally") and rng.random() < 0.45:
        return _by_adjective(draw, adjectives)
    if metric.kind == "gauge" and rng.random() < 0.2:
        return _by_extreme(draw)
    templates, order = rng.choice(_orders(metric))
    chosen = rng.choice(templates)
    timed = "{t}" in chosen.replace("[{t}]", "") or ("[{t}]" in chosen and rng.random() < 0.5)
    question = expand(chosen.replace("[{t}]", "{t}" if timed else ""), draw.fill, rng)
    return _ranked(draw, question, _statistic_ranked(metric, timed=timed), order)


def _ranked(draw: Draw, question: str, statistic: str, order: str) -> Sample:
    fields = {"metrics": (draw.metric.name,), "equipment_type": draw.kind.name}
    return to_sample(draw, question, "rank", **fields, aggregation=statistic, order=order)


def _statistic_ranked(metric: Metric, *, timed: bool) -> str:
    """The default statistic of a ranking: the newest reading where no time is named."""
    return "last" if metric.kind == "gauge" and not timed else STATISTIC_OF_KIND[metric.kind]


def _by_adjective(draw: Draw, adjectives: tuple[tuple[str, ...], tuple[str, ...]]) -> Sample:
    """ "The most efficient chiller": the adjective names the metric's good or bad end."""
    order = draw.rng.choice(("desc", "asc"))
    draw.adjective = draw.rng.choice(adjectives[0] if order == "desc" else adjectives[1])
    timed = draw.rng.random() < 0.25
    question = draw_question(draw, ranking.RANK_ADJECTIVE_TIME if timed else ranking.RANK_ADJECTIVE)
    return _ranked(draw, question, _statistic_ranked(draw.metric, timed=timed), order)


def _by_extreme(draw: Draw) -> Sample:
    """ "By their minimum today": the statistic is named besides the order."""
    if draw.rng.random() < 0.5:
        statistic = draw.rng.choice(("avg", "max", "min"))
        return _ranked(draw, with_statistic(draw, ranking.RANK_STATISTIC, statistic), statistic, "desc")
    statistic = draw.rng.choice(("max", "min"))
    question = with_statistic(draw, ranking.RANK_EXTREME, statistic)
    return _ranked(draw, question, statistic, "desc" if statistic == "max" else "asc")


def _orders(metric: Metric) -> list[tuple[tuple[str, ...], str]]:
    ways = [(ranking.RANK_DESC, "desc"), (ranking.RANK_ASC, "asc")]
    if any(part in metric.name for part in LOW_IS_BAD):
        return [*ways, (ranking.RANK_WORST, "asc"), (ranking.RANK_BEST, "desc")] * 2
    if any(part in metric.name for part in HIGH_IS_BAD):
        return [*ways, (ranking.RANK_WORST, "desc"), (ranking.RANK_BEST, "asc")]
    return ways


def _of_machine_type_or_plant(
    draw: Draw, intent: str, of_machine: tuple[str, ...], of_type: tuple[str, ...], of_plant: tuple[str, ...]
) -> Sample:
    pick = draw.rng.random()
    if pick < 0.55:
        return to_sample(draw, draw_question(draw, of_machine), intent, equipment=(draw.machines[0].id,))
    if pick < 0.77:
        return to_sample(draw, draw_question(draw, of_type), intent, equipment_type=draw.kind.name)
    return to_sample(draw, draw_question(draw, of_plant), intent)


def _summary(draw: Draw) -> Sample:
    return _of_machine_type_or_plant(
        draw, "summary", comparisons.SUMMARY_MACHINE, comparisons.SUMMARY_TYPE, comparisons.SUMMARY_PLANT
    )


def _anomalies(draw: Draw) -> Sample:
    if draw.rng.random() < 0.3:
        return to_sample(
            draw, draw_question(draw, anomalies_alerts_forecasts.ANOMALIES_METRIC), "anomalies", **_subject(draw)
        )
    return _of_machine_type_or_plant(
        draw,
        "anomalies",
        anomalies_alerts_forecasts.ANOMALIES_MACHINE,
        anomalies_alerts_forecasts.ANOMALIES_TYPE,
        anomalies_alerts_forecasts.ANOMALIES_PLANT,
    )


def _alerts(draw: Draw) -> Sample:
    return _of_machine_type_or_plant(
        draw,
        "alerts",
        anomalies_alerts_forecasts.ALERTS_MACHINE,
        anomalies_alerts_forecasts.ALERTS_TYPE,
        anomalies_alerts_forecasts.ALERTS_PLANT,
    )


def _forecast(draw: Draw) -> Sample:
    pick = draw.rng.random()
    fuel = draw.kind.metric("fuel_level_pct")
    if fuel and pick < 0.5:
        draw.metric = fuel
        return to_sample(
            draw, draw_question(draw, anomalies_alerts_forecasts.FORECAST_EMPTY), "forecast", **_subject(draw)
        )
    templates = (
        anomalies_alerts_forecasts.FORECAST_LEVEL
        if pick > 0.75 and draw.metric.kind == "gauge"
        else anomalies_alerts_forecasts.FORECAST
    )
    return to_sample(draw, draw_question(draw, templates), "forecast", **_subject(draw))


def _list(draw: Draw) -> Sample:
    return to_sample(draw, draw_question(draw, comparisons.LIST), "list", equipment_type=draw.kind.name)


def _control(draw: Draw) -> Sample:
    return to_sample(draw, draw_question(draw, refusals.CONTROL), "out_of_scope", reason="control")


def _topic(draw: Draw) -> Sample:
    return to_sample(draw, draw_question(draw, refusals.TOPIC), "out_of_scope", reason="topic")


register_sampler("latest", _latest, share=13)
register_sampler("trend", _trend, share=9)
register_sampler("statistics", _statistics, share=13)
register_sampler("compare", _compare, share=9)
register_sampler("rank", _rank, share=16)
register_sampler("anomalies", _anomalies, share=6)
register_sampler("alerts", _alerts, share=6)
register_sampler("forecast", _forecast, share=6)
register_sampler("summary", _summary, share=5)
register_sampler("list", _list, share=3)
register_sampler("out_of_scope", _control, share=5, kind="control")
register_sampler("out_of_scope", _topic, share=3, kind="topic")
