"""The API's description: /openapi.json, and a page to browse it that needs no network."""

from __future__ import annotations

from typing import Any, Final

from flask import redirect
from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI
from flask_openapi3_swagger.plugins import RegisterPlugin  # type: ignore[import-untyped]
from werkzeug.wrappers import Response

INFO: Final = Info(
    title="Command Center",
    version="1",
    description=(
        "Ask a plant in plain words; every figure of an answer comes with the rows behind it. "
        "Times are ISO 8601 in UTC, windows half-open [start, end). Errors are problem+json (RFC 9457) in one shape. "
        "Every response names its request in X-Request-Id."
    ),
)


def install(app: OpenAPI) -> None:
    """Adds /openapi.json and the page under /openapi."""
    app.add_url_rule("/openapi.json", "openapi_json", lambda: _description(app))
    app.add_url_rule("/openapi", "openapi_page", _page)
    app.register_blueprint(RegisterPlugin.register(doc_url="../openapi.json"), url_prefix="/openapi")


def _description(app: OpenAPI) -> dict[str, Any]:
    return app.api_doc


def _page() -> Response:
    return redirect("/openapi/swagger")
