"""The HTTP API. Importing this package loads nothing heavy (the engine's worker does so); create_app loads Flask."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask_openapi3.openapi import OpenAPI

    from cc_common.core.settings import Settings


def create_app(settings: Settings | None = None) -> OpenAPI:
    """The application, not yet started: `api.app.start` opens databases and model here, `stop` closes them."""
    from api.app import create_app as create

    return create(settings)
