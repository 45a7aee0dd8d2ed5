"""The versions of both tiers, and which are served."""

from __future__ import annotations

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from api.errors import documented
from api.http import reply
from api.schemas.status import ModelPage, ModelVersionReply
from api.services import services
from cc_common import registry

blueprint = APIBlueprint(
    "models",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="models", description="Rankers and language models.")],
    abp_responses=documented(503),
)


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
