"""Who may change what is served: the bearer of the admin token.

The token is from the settings, else made once and kept in a file that only its owner can read.
"""

from __future__ import annotations

import hmac
import os
import secrets
import tempfile
from pathlib import Path
from typing import Any, Final

from flask import current_app, request

from cc_common.config import Settings
from cc_common.errors import Forbidden, SetupError

FILE: Final = "admin_token"
ADMIN: Final[list[dict[str, list[str]]]] = [{"admin": []}]  # of a route, in the API's description
SCHEMES: Final[dict[str, Any]] = {"admin": {"type": "http", "scheme": "bearer", "description": "The admin token."}}


def require_admin() -> None:
    """Forbidden unless the request brings the admin token; compared in constant time."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    wanted = admin_token(current_app.config["SETTINGS"])
    if scheme.lower() != "bearer" or not hmac.compare_digest(token.strip().encode(), wanted.encode()):
        raise Forbidden


def admin_token(settings: Settings) -> str:
    """The token that admin calls must bring."""
    if settings.admin_token:
        return settings.admin_token.get_secret_value()
    return token_file(settings).read_text().strip()


def token_file(settings: Settings) -> Path:
    """The file with the admin token (mode 0600), made now when there is none."""
    path = settings.data_dir / FILE
    if not path.exists():
        _make(path)
    return path


def _make(path: Path) -> None:
    """Writes a new token aside and links it into place: two processes agree on one, and none reads half of it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".admin_token_") as fresh:
            fresh.write(secrets.token_urlsafe(32))
            fresh.flush()
            os.fsync(fresh.fileno())
            path.hardlink_to(fresh.name)
    except FileExistsError:
        return
    except OSError as exc:
        raise SetupError(f"The admin token cannot be kept in {path}: {exc.strerror}.") from exc
