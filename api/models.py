"""Endpoints of model versions of both tiers: list, activate, roll back."""

from __future__ import annotations

from typing import Final

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from api.errors import error_responses
from api.model_swapper import TIER
from api.request_hooks import reply
from api.schemas.status import ModelPage, ModelPath, ModelVersionReply, TierQuery
from api.security import ADMIN
from api.services import services
from cc_common import feedback
from cc_common.model_registry import versions as registry
from cc_common.model_registry.versions import MODELS

RANKER: Final = 1
blueprint = APIBlueprint(
    "models",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="models", description="Rankers and language models.")],
    abp_responses=error_responses(404, 409, 503),
)


@blueprint.post("/models/<model_id>/activate", responses={200: ModelVersionReply}, security=ADMIN)
def activate(path: ModelPath) -> Response:
    """Activates a version (admin). It serves once it has loaded and answered; a version that fails is withdrawn."""
    promoted = registry.promote(services().databases.app, path.model_id)
    return _served(promoted)


@blueprint.post("/models/rollback", responses={200: ModelVersionReply}, security=ADMIN)
def rollback(query: TierQuery) -> Response:
    """Rolls a tier back to the version served before (admin)."""
    return _served(registry.roll_back(services().databases.app, query.tier))


def _served(version: registry.ModelVersion) -> Response:
    """The version, once this process serves it; others follow by themselves."""
    parts = services()
    if version.tier == TIER and parts.succession is not None:
        parts.succession.take_up(version.id)
    if version.tier == RANKER and version.trained_on:
        feedback.replay_ratings(
            parts.databases.app,
            parts.settings.data_dir / MODELS,
            version,
            learning_rate=parts.settings.tier1_learning_rate,
        )
    return reply(ModelVersionReply.model_validate(version))


@blueprint.get("/models", responses={200: ModelPage})
def list_models() -> Response:
    """Every version of both tiers, newest first."""
    versions = registry.history(services().databases.app)
    return reply(
        ModelPage(
            items=[ModelVersionReply.model_validate(v) for v in versions],
            total=len(versions),
            next=None,
            served={str(v.tier): v.id for v in versions if v.state == "served"},
        )
    )
