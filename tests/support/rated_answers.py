"""Rated answers as the API would have recorded them, for tests of what is learned from them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from cc_common import ranking
from cc_common.feedback import Experience, RatedExperience, Rating, ShownWidget, to_json_value
from cc_common.planning import Plan, build_messages, parse_plan, understand
from cc_common.simulator import PLANT
from cc_common.understanding import Resolver

NOW = datetime(2026, 3, 4, 9, 30, 12, tzinfo=UTC)
RESOLVER = Resolver(PLANT)
_COUNT = itertools.count(1)


@dataclass(frozen=True, kw_only=True)
class Thumb:
    """A rating to be."""

    rating: str = "up"
    rater: str = "asha"
    widget_id: str | None = None
    correction: Mapping[str, Any] | None = None


def answered(question: str, line: str, *, shown: Sequence[str] | None = None, **changes: Any) -> Experience:
    """The experience of a question answered by `line`, its widgets shown in the order `shown` (else the line's)."""
    number, now = next(_COUNT), NOW.replace(second=0)
    before: Plan | None = changes.pop("before", None)
    resolution = understand(question, RESOLVER, PLANT, now=now, before=before)
    plan = parse_plan(line, resolution, PLANT, now=now)
    scene = ranking.question_context(question, plan, PLANT, at=now)
    context = ranking.context_features(scene)
    values: dict[str, Any] = {
        "id": str(UUID(int=number)),
        "asked_at": NOW,
        "session_id": None,
        "question": question,
        "messages": build_messages(resolution),
        "plan_text": line,
        "plan": to_json_value(plan),
        "widgets": _widgets(plan, context, shown),
        "figures": [],
        "evidence": [],
        "model_id": "starter",
        "catalog_version": PLANT.version,
        "tier1_version": 0,
        "tier1_layout": ranking.LAYOUT,
        "context": context,
    }
    return Experience(**values | changes)


def _widgets(plan: Plan, context: Sequence[int], shown: Sequence[str] | None) -> tuple[ShownWidget, ...]:
    order = list(plan.widgets if shown is None else shown)
    return tuple(
        ShownWidget(
            widget_id=f"w{n}",
            type=name,
            title="",
            equipment=(),
            metrics=(),
            position=n,
            score=0.0,
            propensity=1 / (len(order) - n + 1),
            features=ranking.widget_features(context, name, plan.widgets.index(name)),
        )
        for n, name in enumerate(order, start=1)
    )


def rated(experience: Experience, *thumbs: Thumb) -> RatedExperience:
    """The experience with these ratings, newest last."""
    return RatedExperience(experience=experience, ratings=tuple(_rating(experience, thumb) for thumb in thumbs))


def _rating(experience: Experience, thumb: Thumb) -> Rating:
    number = next(_COUNT)
    at = NOW + timedelta(seconds=number)
    return Rating(id=number, experience_id=experience.id, comment=None, rated_at=at, **vars(thumb))


UP, DOWN = Thumb(), Thumb(rating="down")
