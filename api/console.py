"""The console at /: pages that call this API. Static files are served under a version, so browsers may cache them."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, current_app, render_template, request, send_from_directory

FILES: Final = Path(__file__).resolve().parent / "static"
FOREVER: Final = "public, max-age=31536000, immutable"
POLICY: Final = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
blueprint = Blueprint("console", __name__)


@blueprint.get("/")
def ask() -> str:
    """The page for questions."""
    return _page("ask")


@blueprint.get("/plant")
def plant() -> str:
    """The page of all machines and alerts."""
    return _page("plant")


@blueprint.get("/plant/<equipment_id>")
def machine(equipment_id: str) -> str:
    """The page of one machine."""
    return _page("machine", equipment_id=equipment_id)


@blueprint.get("/learning")
def learning() -> str:
    """The page of learning: ratings, rankers, nights."""
    return _page("learning")


@blueprint.get("/console/<version>/<path:filename>")
def static(version: str, filename: str) -> Response:
    """A static file of the console; a request with an older version gets the current file, uncached."""
    response = send_from_directory(FILES, filename)
    response.headers["Cache-Control"] = FOREVER if version == files_version() else "no-cache"
    return response


@blueprint.after_request
def guard(response: Response) -> Response:
    """Adds the Content-Security-Policy: pages of the console load only our own files."""
    response.headers["Content-Security-Policy"] = POLICY
    response.headers.setdefault("Cache-Control", "no-cache")
    return response


@cache
def files_version() -> str:
    """Twelve hex digits over every file's name and content; another release, another path."""
    content = sha256()
    for path in sorted(p for p in FILES.rglob("*") if p.is_file()):
        content.update(path.relative_to(FILES).as_posix().encode() + b"\0" + path.read_bytes())
    return content.hexdigest()[:12]


def _page(name: str, **given: object) -> str:
    port = current_app.config["SETTINGS"].airflow_port
    airflow = f"http://{request.host.rpartition(':')[0] or request.host}:{port}"
    return render_template(f"{name}.html", page=name, version=files_version(), airflow=airflow, **given)
