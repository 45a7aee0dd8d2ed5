"""A scripted operator: asks questions of the corpus and rates the starter's answers by a hidden preference."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cc_common import feedback, ranking
from cc_common.db import Database
from cc_common.feedback import Experience, NewRating, ShownWidget, to_json_value
from cc_common.planning import Plan, WidgetType, build_messages, parse_plan
from cc_common.simulator import PLANT
from cc_common.understanding import Resolution, Resolver
from training.corpus import samples
from training.corpus.generate import line_of

SEED: Final = 20_260_304
CORRECTS: Final = 0.4  # share of disliked answers that he corrects
# The widgets preferred first; the rest keep their order. Intents that are missing have no preference.
TASTE: Final = {
    "latest": ("gauge", "kpi"),
    "trend": ("statistics", "trend"),
    "statistics": ("kpi", "statistics"),
    "compare": ("comparison", "table"),
    "rank": ("ranking", "kpi"),
    "summary": ("summary", "anomalies"),
}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question with the starter's line, and the widgets that this operator prefers."""

    question: str
    resolution: Resolution
    line: str
    plan: Plan

    @property
    def wanted(self) -> tuple[str, ...]:
        """The widgets in the preferred order."""
        return TASTE.get(self.plan.intent, self.plan.widgets)


def questions(count: int, *, now: datetime) -> Iterator[Asked]:
    """Draws standalone questions."""
    resolver, given = Resolver(PLANT), 0
    for sample in samples(PLANT, SEED):
        if given == count:
            return
        resolution = resolver.resolve(sample.question, now=now)
        line = None if sample.before or sample.reason else line_of(sample, resolution, PLANT, now)
        if line is not None:
            plan = parse_plan(line, resolution, PLANT, now=now)
            yield Asked(question=sample.question, resolution=resolution, line=line, plan=plan)
            given += 1


def rate(app: Database, count: int, *, model_id: str) -> None:
    """Records answers, shown in Tier 1's sampled order, with one rating each."""
    rng, now = random.Random(SEED), datetime.now(UTC).replace(second=0, microsecond=0)
    for asked in questions(count, now=now):
        shown = rng.sample(asked.plan.widgets, len(asked.plan.widgets))
        answer = _answer(asked, shown, now, model_id)
        feedback.record_experience(app, answer)
        liked = tuple(shown[: len(asked.wanted)]) == asked.wanted or asked.plan.intent not in TASTE
        correction = {"widgets": list(asked.wanted)} if not liked and rng.random() < CORRECTS else None
        thumb = "up" if liked or (correction is None and rng.random() < 0.1) else "down"  # some inconsistency
        new = NewRating(response_id=answer.id, rating=thumb, rater="operator", correction=correction)  # type: ignore[arg-type]
        feedback.record_rating(app, new, learning_rate=0.05)


def _answer(asked: Asked, shown: Sequence[WidgetType], now: datetime, model_id: str) -> Experience:
    context = ranking.context_features(ranking.question_context(asked.question, asked.plan, PLANT, at=now))
    return Experience(
        id=feedback.new_id(),
        asked_at=now,
        session_id=None,
        question=asked.question,
        messages=build_messages(asked.resolution),
        plan_text=asked.line,
        plan=to_json_value(asked.plan),
        widgets=tuple(_widget(asked, name, n, len(shown), context) for n, name in enumerate(shown, start=1)),
        figures=[],
        evidence=[],
        model_id=model_id,
        catalog_version=PLANT.version,
        tier1_version=0,
        tier1_layout=ranking.LAYOUT,
        context=context,
    )


def _widget(asked: Asked, name: WidgetType, position: int, count: int, context: tuple[int, ...]) -> ShownWidget:
    place = asked.plan.widgets.index(name)
    return ShownWidget(
        widget_id=f"w{position}", type=name, title="", equipment=(), metrics=(), position=position, score=0.0,
        propensity=1 / (count - position + 1), features=ranking.widget_features(context, name, place),
    )  # fmt: skip
