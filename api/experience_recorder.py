"""Records an answered question as an Experience with everything that learning needs."""

from __future__ import annotations

from datetime import datetime

from api.plan_request import PlannedQuestion
from api.schemas.figures import Figures
from api.schemas.queries import QueryRequest
from api.services import Services
from api.widget_order import ShownWidgets, widget_id
from cc_common import feedback
from cc_common.answers import Answer
from cc_common.feedback import Experience, ShownWidget


def record_experience(
    asked: QueryRequest,
    planned: PlannedQuestion,
    found: Answer,
    shown: ShownWidgets,
    parts: Services,
    *,
    asked_at: datetime,
) -> str:
    """Writes the experience; its id."""
    said, figures = planned.said, Figures.from_figures(found.figures).model_dump(mode="json")
    kept = Experience(
        id=feedback.new_id(),
        asked_at=asked_at,
        session_id=asked.session_id,
        question=asked.query,
        messages=planned.messages,
        plan_text=said.text if said else None,
        plan=feedback.to_json_value(planned.plan),
        widgets=_shown(shown),
        figures=figures["values"],
        evidence=figures["evidence"],
        model_id=said.model_id if said else None,
        catalog_version=parts.catalog.version,
        tier1_version=shown.ranking.version,
        tier1_layout=shown.ranking.layout,
        context=shown.ranking.context,
    )
    feedback.record_experience(parts.databases.app, kept)
    return kept.id


def _shown(shown: ShownWidgets) -> tuple[ShownWidget, ...]:
    return tuple(
        ShownWidget(
            widget_id=widget_id(placed),
            type=widget.type,
            title=widget.title,
            equipment=widget.equipment,
            metrics=widget.metrics,
            position=placed.position,
            score=placed.score,
            propensity=placed.propensity,
            features=placed.features,
        )
        for widget, placed in shown.widgets
    )
