"""Draws questions with the plans they mean. Seeded: the same seed gives the same corpus for the same catalogue."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from cc_common.catalog.equipment import Metric
from cc_common.catalog.resolution import Resolution, Resolver
from cc_common.catalog.store import Catalog
from cc_common.errors import InvalidInput
from cc_common.plan import Plan, build_messages, parse, refusal, render
from training.corpus import phrases
from training.corpus.draw import Draw
from training.corpus.expand import expand, roughen

NOW: Final = datetime(2026, 1, 14, 9, 30, tzinfo=UTC)  # the corpus's own day; no date enters a prompt
# How often each kind of question is drawn.
SHARES: Final = {
    "latest": 20, "trend": 13, "statistics": 20, "compare": 13, "rank": 18,
    "summary": 8, "list": 4, "control": 4, "topic": 5,
}  # fmt: skip
USUAL: Final = {
    "latest": ("kpi", "trend"),
    "trend": ("trend", "statistics"),
    "statistics": ("statistics", "trend"),
    "compare": ("comparison", "trend"),
    "rank": ("ranking",),
    "summary": ("summary", "kpi"),
    "list": ("table",),
}
STATISTIC_OF_KIND: Final = {"gauge": "avg", "counter": "delta", "tally": "sum"}
# The good side of a metric, for worst and best; metrics on neither list are never called so.
HIGH_IS_BAD: Final = ("vibration", "temp", "co2", "filter_dp", "kw_per_tr", "faults", "approach", "power_consumption")
LOW_IS_BAD: Final = ("efficiency_pct", "battery_charge", "fuel_level", "power_factor")


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A question and what it means: the fields of a plan that the model chooses, names still as ids."""

    question: str
    intent: str
    equipment: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    equipment_type: str | None = None
    aggregation: str | None = None
    order: str | None = None
    reason: str | None = None
    widgets: tuple[str, ...] = ()


def samples(catalog: Catalog, seed: int) -> Iterator[Sample]:
    """Questions without end."""
    rng = random.Random(seed)
    makers: dict[str, Callable[[Draw], Sample | None]] = {
        "latest": _latest, "trend": _trend, "statistics": _statistics, "compare": _compare, "rank": _rank,
        "summary": _summary, "list": _list, "control": _control, "topic": _topic,
    }  # fmt: skip
    while True:
        kind = rng.choices(list(SHARES), weights=list(SHARES.values()))[0]
        sample = makers[kind](Draw(catalog, rng))
        if sample is not None:
            yield sample


def _say(draw: Draw, templates: tuple[str, ...]) -> str:
    return expand(draw.rng.choice(templates), draw.fill, draw.rng)


def _made(draw: Draw, question: str, intent: str, **fields: Any) -> Sample:
    """The sample with its widgets; now and then the operator asks for one."""
    widgets, rng = USUAL.get(intent, ()), draw.rng
    if intent in ("latest", "trend", "statistics", "compare", "rank", "summary") and rng.random() < 0.05:
        question, widgets = f"{question} {rng.choice(phrases.ASK_TABLE)}", ("table", widgets[0])
    elif intent == "latest" and rng.random() < 0.06:
        question, widgets = f"{question} {rng.choice(phrases.ASK_GAUGE)}", ("gauge", "trend")
    if rng.random() < 0.06:
        question += rng.choice(phrases.TAILS)
    return Sample(question=roughen(question, rng), intent=intent, widgets=widgets, **fields)


def _subject(draw: Draw) -> dict[str, Any]:
    machines = draw.machines if draw.several else draw.machines[:1]
    metrics = [draw.metric] + ([draw.second] if draw.second and draw.second != draw.metric else [])
    return {"equipment": tuple(m.id for m in machines), "metrics": tuple(m.name for m in metrics)}


def _latest(draw: Draw) -> Sample:
    question = _say(draw, phrases.LATEST)
    return _made(draw, question, "latest", **_subject(draw), aggregation="last")


def _trend(draw: Draw) -> Sample:
    question = _say(draw, phrases.TREND)
    return _made(draw, question, "trend", **_subject(draw), aggregation=STATISTIC_OF_KIND[draw.metric.kind])


def _statistics(draw: Draw) -> Sample | None:
    allowed = {"gauge": ("avg", "max", "min"), "counter": ("delta",), "tally": ("sum", "max")}[draw.metric.kind]
    statistic = draw.rng.choice(allowed)
    worded = statistic in phrases.STATISTIC_WORDS and draw.rng.random() < 0.6
    templates = phrases.STATISTICS if worded else phrases.STATISTICS_OF[statistic]
    question = _with_statistic(draw, templates, statistic)
    return _made(draw, question, "statistics", **_subject(draw), aggregation=statistic)


def _with_statistic(draw: Draw, templates: tuple[str, ...], statistic: str) -> str:
    word = draw.rng.choice(phrases.STATISTIC_WORDS.get(statistic, ("",)))
    chosen = draw.rng.choice(templates).replace("{s}", word)
    return expand(chosen, draw.fill, draw.rng)


def _compare(draw: Draw) -> Sample:
    pick, statistic = draw.rng.random(), STATISTIC_OF_KIND[draw.metric.kind]
    if draw.metric.kind == "gauge" and pick < 0.2:
        question, statistic = _say(draw, phrases.COMPARE_NOW), "last"
    elif draw.metric.kind == "gauge" and pick < 0.4:
        statistic = draw.rng.choice(("avg", "max", "min"))
        question = _with_statistic(draw, phrases.COMPARE_STATISTIC, statistic)
    else:
        question = _say(draw, phrases.COMPARE)
    draw.several = True
    if "{es}" not in question:
        draw.several = True
    return _made(draw, question, "compare", **_subject(draw), aggregation=statistic)


def _rank(draw: Draw) -> Sample | None:
    metric, rng = draw.metric, draw.rng
    statistic, order = STATISTIC_OF_KIND[metric.kind], "desc"
    if metric.kind == "counter":
        templates = phrases.RANK_DELTA
    else:
        templates, order = rng.choice(_orders(metric))
    chosen = rng.choice(templates)
    if metric.kind == "gauge" and rng.random() < 0.15:
        statistic = rng.choice(("avg", "max", "min"))
        question, order = _with_statistic(draw, phrases.RANK_STATISTIC, statistic), "desc"
    else:
        timed = "{t}" in chosen and rng.random() < 0.5
        chosen = chosen.replace("[{t}]", "{t}" if timed else "")
        timed = "{t}" in chosen
        question = expand(chosen, draw.fill, rng)
        statistic = "last" if metric.kind == "gauge" and not timed else statistic
    fields = {"metrics": (metric.name,), "equipment_type": draw.kind.name, "aggregation": statistic, "order": order}
    return _made(draw, question, "rank", **fields)


def _orders(metric: Metric) -> list[tuple[tuple[str, ...], str]]:
    ways = [(phrases.RANK_DESC, "desc"), (phrases.RANK_ASC, "asc")]
    if any(part in metric.name for part in LOW_IS_BAD):
        return [*ways, (phrases.RANK_WORST, "asc"), (phrases.RANK_BEST, "desc")]
    if any(part in metric.name for part in HIGH_IS_BAD):
        return [*ways, (phrases.RANK_WORST, "desc"), (phrases.RANK_BEST, "asc")]
    return ways


def _summary(draw: Draw) -> Sample:
    pick = draw.rng.random()
    if pick < 0.6:
        question = _say(draw, phrases.SUMMARY_MACHINE)
        return _made(draw, question, "summary", equipment=(draw.machines[0].id,))
    if pick < 0.8:
        return _made(draw, _say(draw, phrases.SUMMARY_TYPE), "summary", equipment_type=draw.kind.name)
    return _made(draw, _say(draw, phrases.SUMMARY_PLANT), "summary")


def _list(draw: Draw) -> Sample:
    return _made(draw, _say(draw, phrases.LIST), "list", equipment_type=draw.kind.name)


def _control(draw: Draw) -> Sample:
    return _made(draw, _say(draw, phrases.CONTROL), "out_of_scope", reason="control")


def _topic(draw: Draw) -> Sample:
    return _made(draw, _say(draw, phrases.TOPIC), "out_of_scope", reason="topic")


def examples(
    catalog: Catalog, seed: int, now: datetime, *, left_out: list[Sample] | None = None
) -> Iterator[tuple[list[dict[str, str]], str]]:
    """(messages, line) for training: each sample resolved as in serving; what the resolver misses goes to `left_out`."""
    resolver = Resolver(catalog)
    for sample in samples(catalog, seed):
        resolution = resolver.resolve(sample.question, now=now)
        line = line_of(sample, resolution, catalog, now)
        if line is not None:
            yield build_messages(resolution), line
        elif left_out is not None:
            left_out.append(sample)


def line_of(sample: Sample, resolution: Resolution, catalog: Catalog, now: datetime) -> str | None:
    """The line that says the sample's plan among this question's candidates; None where it cannot be said."""
    if refusal(resolution):
        return None
    if sample.reason:
        return f"out_of_scope {sample.reason}"
    windows, numbers = resolution.windows, [n for n in resolution.numbers if n > 0]
    plan = Plan(
        intent=sample.intent, equipment=sample.equipment, metrics=sample.metrics, aggregation=sample.aggregation,
        equipment_type=sample.equipment_type, order=sample.order, widgets=sample.widgets,
        window=windows[0] if windows else None, top_n=numbers[0] if numbers else None,
    )  # type: ignore[arg-type]  # fmt: skip
    try:
        line = render(plan, resolution)
        parse(line, resolution, catalog, now=now)
    except InvalidInput:
        return None
    return line
