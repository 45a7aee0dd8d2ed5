"""Hooks around every request: its id, strict reading of its body, JSON in and out."""

from __future__ import annotations

import re
from typing import Any, Final
from uuid import uuid4

from flask import Flask, Response, current_app, g, json, request
from flask.json.provider import DefaultJSONProvider
from pydantic import BaseModel
from pydantic_core import from_json
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from cc_common.core.errors import InvalidInput

MAX_BODY_BYTES: Final = 64 * 1024
REQUEST_ID: Final = "X-Request-Id"
_GIVEN_ID: Final = re.compile(r"[\w.:-]{1,64}", re.ASCII)


class StrictJson(DefaultJSONProvider):
    """JSON as the RFC has it: UTF-8 only, no NaN, no depth that could exhaust the stack."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """The parsed text; ValueError for anything else."""
        return from_json(s, allow_inf_nan=False)

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """The text of `obj`; ValueError rather than a NaN."""
        return super().dumps(obj, allow_nan=False, **kwargs)


def install(app: Flask) -> None:
    """Every request of `app` gets an id, and a bound on its body."""
    app.json = StrictJson(app)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES + 1  # a body without a length is cut there, without a word
    app.before_request(_identify)
    app.after_request(_stamp)


def read_bodies(app: Flask) -> None:
    """Every body is read before its view runs."""
    app.before_request(_read_body)


def reply(body: BaseModel, status: int = 200) -> Response:
    """A JSON response."""
    return Response(body.model_dump_json(), status=status, content_type="application/json")


def _identify() -> None:
    given = request.headers.get(REQUEST_ID, "")
    g.request_id = given if _GIVEN_ID.fullmatch(given) else uuid4().hex


def _read_body() -> None:
    """Refuses a body that is no JSON object, where the view takes one."""
    view = current_app.view_functions.get(request.endpoint or "")
    if request.method != "POST" or "body" not in getattr(view, "__annotations__", {}):
        return
    if not request.is_json:
        raise UnsupportedMediaType("Send the body as application/json.")
    data = request.get_data()
    if len(data) > MAX_BODY_BYTES:
        raise RequestEntityTooLarge
    try:
        body = json.loads(data)
    except ValueError as exc:
        raise BadRequest(f"The body is no JSON in UTF-8: {exc}.") from exc
    if not isinstance(body, dict):
        raise InvalidInput("The body must be a JSON object.")


def _stamp(response: Response) -> Response:
    response.headers[REQUEST_ID] = g.request_id
    return response
