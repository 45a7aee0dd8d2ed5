"""Smoke questions that a model must answer before it serves, about the plant's own machines."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from api.engine import PlanRequest
from cc_common.catalog.store import Catalog
from cc_common.core.settings import Settings
from cc_common.planning import build_grammar, build_messages
from cc_common.understanding import Resolver

QUESTIONS: Final = ("Show {0} {1}", "trend of {0} {1} over the last 24 hours", "which {2} has the highest {1}")


def smoke_requests(catalog: Catalog, resolver: Resolver, settings: Settings) -> tuple[PlanRequest, ...]:
    """Each question asked of the plant's first machine."""
    if not catalog.equipment:
        return ()
    machine = catalog.equipment[0]
    kind = catalog.type_of(machine.id)
    return tuple(
        _request(question.format(machine.name, kind.metrics[0].label, kind.label), catalog, resolver, settings)
        for question in QUESTIONS
    )


def _request(question: str, catalog: Catalog, resolver: Resolver, settings: Settings) -> PlanRequest:
    resolution = resolver.resolve(question, now=datetime.now(UTC))
    return PlanRequest(
        messages=build_messages(resolution),
        grammar=build_grammar(resolution, catalog),
        max_tokens=settings.plan_max_tokens,
    )
