"""Generates questions with their plans. Seeded: the same seed and catalogue give the same corpus."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from cc_common.catalog.store import Catalog
from cc_common.core.errors import InvalidInput
from cc_common.planning import Plan, build_messages, parse_plan, refuse_unknown_names, render_plan, understand
from cc_common.planning.possible_intents import possible_intents, unlikely_intents
from cc_common.understanding import Resolution, Resolver
from training.corpus.follow_up_questions import FOLLOWED, follow_up
from training.corpus.question_draft import Draw, TooFewMachines
from training.corpus.sample import Sample
from training.corpus.samplers import SAMPLERS

NOW: Final = datetime(2026, 1, 14, 9, 30, tzinfo=UTC)  # the reference time of the corpus; prompts contain no date
FOLLOW_UP: Final = "follow-up"
FOLLOW_UP_SHARE: Final = 9  # weight relative to the samplers' shares


def samples(catalog: Catalog, seed: int) -> Iterator[Sample]:
    """Generates questions endlessly, including follow-ups."""
    rng = random.Random(seed)
    shares = {kind: sampler.share for kind, sampler in SAMPLERS.items()} | {FOLLOW_UP: FOLLOW_UP_SHARE}
    while True:
        kind = rng.choices(list(shares), weights=list(shares.values()))[0]
        with suppress(TooFewMachines):
            if made := _made(kind, Draw(catalog, rng)):
                yield made


def _made(kind: str, draw: Draw) -> Sample | None:
    """A question of that kind; None for a follow-up that is not meaningful."""
    if kind != FOLLOW_UP:
        return SAMPLERS[kind].draw(draw)
    return follow_up(draw, SAMPLERS[draw.rng.choice(FOLLOWED)].draw(draw))


def is_answerable(sample: Sample, resolver: Resolver, catalog: Catalog, now: datetime) -> bool:
    """Whether the grammar of the question, resolved as in serving, admits its plan."""
    return _example(sample, resolver, catalog, now) is not None


def examples(
    catalog: Catalog, seed: int, now: datetime, *, left_out: list[Sample] | None = None
) -> Iterator[tuple[list[dict[str, str]], str]]:
    """Generates (messages, line), each sample resolved as in serving; unresolvable ones go to `left_out`."""
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
        before = parse_plan(line, first, catalog, now=now)
    resolution = understand(sample.question, resolver, catalog, now=now, before=before)
    if sample.before is not None and resolution.before is None:
        return None
    line = line_of(sample, resolution, catalog, now)
    return None if line is None else (build_messages(resolution), line)


def line_of(sample: Sample, resolution: Resolution, catalog: Catalog, now: datetime) -> str | None:
    """The line of the sample's plan among this question's candidates; None where the grammar does not admit it."""
    if refuse_unknown_names(resolution):
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
        line = render_plan(plan, resolution)
        parse_plan(line, resolution, catalog, now=now)
    except InvalidInput:
        return None
    return line
