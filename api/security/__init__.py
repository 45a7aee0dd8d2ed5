"""Access control: tokens and roles, rate limits, CORS."""

from __future__ import annotations

from typing import Any, Final

from flask import Flask

from api.security import access, cors
from api.security.tokens import admin_token, open_tokens, token_files
from cc_common.core.settings import Settings

__all__ = ["ADMIN", "SCHEMES", "admin_token", "install", "open_tokens", "token_files"]

SCHEMES: Final[dict[str, Any]] = {"token": {"type": "http", "scheme": "bearer", "description": "The role's token."}}
ADMIN: Final[list[dict[str, list[str]]]] = [{"token": ["admin"]}]  # of a route, in the API's description


def install(app: Flask, settings: Settings) -> None:
    """Guards every route of `app`; to be called when requests have their id, and before bodies are read."""
    cors.install(app, settings)
    access.install(app, settings)
