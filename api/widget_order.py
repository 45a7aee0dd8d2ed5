"""Orders an answer's widgets by Tier 1's sampled ranking, with the propensities that an experience records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from api.services import Services
from cc_common.answers import Widget
from cc_common.planning import Plan
from cc_common.ranking import question_context
from cc_common.ranking.ranker import Placed, Ranking


@dataclass(frozen=True, kw_only=True)
class ShownWidgets:
    """The widgets as shown, each with its place."""

    ranking: Ranking
    widgets: tuple[tuple[Widget, Placed], ...]


def order_widgets(
    widgets: Sequence[Widget], question: str, plan: Plan, parts: Services, *, at: datetime
) -> ShownWidgets:
    """Orders the widgets, which come in the model's own order."""
    ranking = parts.tier1.rank(question_context(question, plan, parts.catalog, at=at), [w.type for w in widgets])
    return ShownWidgets(ranking=ranking, widgets=tuple((widgets[p.index], p) for p in ranking.placed))


def widget_id(placed: Placed) -> str:
    """Names a widget within its answer."""
    return f"w{placed.position}"
