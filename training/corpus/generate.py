"""Draws questions with the plans they mean. Seeded: the same seed gives the same corpus for the same catalogue."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from cc_common.catalog.store import Catalog
from cc_common.core.errors import InvalidInput
from cc_common.planning import Plan, build_messages, parse, refusal, render, understand
from cc_common.planning.possible_intents import possible_intents, unlikely_intents
from cc_common.understanding import Resolution, Resolver
from training.corpus.follow_up_questions import FOLLOWED, follow_up
from training.corpus.question_draft import Draw, TooFewMachines
from training.corpus.sample import Sample
from training.corpus.samplers import SAMPLERS

NOW: Final = datetime(2026, 1, 14, 9, 30, tzinfo=UTC)  # the corpus's own day; no date enters a prompt
FOLLOW_UP: Final = "follow-up"
FOLLOW_UP_SHARE: Final = 9  # beside the shares of the samplers


def samples(catalog: Catalog, seed: int) -> Iterator[Sample]:
    """Questions without end, follow-ups among them."""
    rng = random.Random(seed)
    shares = {kind: sampler.share for kind, sampler in SAMPLERS.items()} | {FOLLOW_UP: FOLLOW_UP_SHARE}
    while True:
        kind = rng.choices(list(shares), weights=list(shares.values()))[0]
        with suppress(TooFewMachines):
            if made := _made(kind, Draw(catalog, rng)):
                yield made


def _made(kind: str, draw: Draw) -> Sample | None:
    """A question of that kind; None for a follow-up that makes no sense."""
    if kind != FOLLOW_UP:
        return SAMPLERS[kind].draw(draw)
    return follow_up(draw, SAMPLERS[draw.rng.choice(FOLLOWED)].draw(draw))


def is_answerable(sample: Sample, resolver: Resolver, catalog: Catalog, now: datetime) -> bool:
    """Whether the question, resolved as in serving, has its plan among what the grammar admits."""
    return _example(sample, resolver, catalog, now) is not None


def examples(
    catalog: Catalog, seed: int, now: datetime, *, left_out: list[Sample] | None = None
) -> Iterator[tuple[list[dict[str, str]], str]]:
    """(messages, line) for training: each sample resolved as in serving; what code cannot resolve goes to `left_out`."""
    resolver = Resolver(catalog)
    for sample in samples(catalog, seed):
        example = _example(sample, resolver, catalog, now)
        if example is not None:
            yield example
        elif left_out is not None:
            left_out.append(sample)


def _example(
    sample: Sample, resolver: Resolver, catalog: Catalog, now: datetime
) -> tuple[list[dict[str, str]], str] | None:
    before = None
    if sample.before is not None:
        first = resolver.resolve(sample.before.question, now=now)
        line = line_of(sample.before, first, catalog, now)
        if line is None:
            return None
        before = parse(line, first, catalog, now=now)
    resolution = understand(sample.question, resolver, catalog, now=now, before=before)
    if sample.before is not None and resolution.before is None:
        return None
    line = line_of(sample, resolution, catalog, now)
    return None if line is None else (build_messages(resolution), line)


def line_of(sample: Sample, resolution: Resolution, catalog: Catalog, now: datetime) -> str | None:
    """The line that says the sample's plan among this question's candidates; None where it cannot be said."""
    if refusal(resolution):
        return None
    if sample.intent not in possible_intents(resolution) or sample.intent in unlikely_intents(resolution):
        return None
    if sample.reason:
        return f"out_of_scope {sample.reason}"
    windows, numbers = resolution.windows, [n for n in resolution.numbers if n > 0]
    plan = Plan(
        intent=sample.intent, equipment=sample.equipment, metrics=sample.metrics, aggregation=sample.aggregation,
        equipment_type=sample.equipment_type, order=sample.order, widgets=sample.widgets,
        window=windows[0] if windows else None, top_n=numbers[0] if numbers else None,
    )  # fmt: skip
    try:
        line = render(plan, resolution)
        parse(line, resolution, catalog, now=now)
    except InvalidInput:
        return None
    return line
