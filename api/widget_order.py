"""The order in which an answer's widgets are shown: Tier 1's, sampled, with what an experience keeps of it."""

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
class Shown:
    """The widgets as shown, each with its place."""

    ranking: Ranking
    widgets: tuple[tuple[Widget, Placed], ...]


def show(widgets: Sequence[Widget], question: str, plan: Plan, parts: Services, *, at: datetime) -> Shown:
    """Orders the widgets, which come in the model's own order."""
    ranking = parts.tier1.rank(question_context(question, plan, parts.catalog, at=at), [w.type for w in widgets])
    return Shown(ranking=ranking, widgets=tuple((widgets[p.index], p) for p in ranking.placed))


def widget_id(placed: Placed) -> str:
    """Names a widget within its answer."""
    return f"w{placed.position}"
