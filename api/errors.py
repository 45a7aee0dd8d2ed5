"""Maps exceptions to responses: one table of statuses, one JSON shape (RFC 9457 problem+json)."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from flask import Flask, Response, g, request
from flask_openapi3.types import ResponseDict
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from api.schemas.common import FieldError, Part, Problem
from cc_common.core import errors

logger = logging.getLogger(__name__)

PROBLEM_JSON: Final = "application/problem+json"
STATUS: Final[dict[type[errors.CommandCenterError], HTTPStatus]] = {
    errors.InvalidInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.Forbidden: HTTPStatus.FORBIDDEN,
    errors.SetupError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.DatabaseUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.ModelUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.Overloaded: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.DeadlineExceeded: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.UnverifiedFigure: HTTPStatus.INTERNAL_SERVER_ERROR,
    errors.CommandCenterError: HTTPStatus.INTERNAL_SERVER_ERROR,
}
ANY_CALL: Final = (400, 401, 403, 422, 429, 500)  # what any call can meet
RETRY_AFTER_S: Final = 2  # for what heals by itself: a database or model that restarts
INTERNAL: Final = "Something went wrong here. The log holds the cause under this request_id."


def install(app: Flask) -> None:
    """Installs the handlers that return every error of `app` as a Problem."""
    app.register_error_handler(errors.CommandCenterError, problem_of_our_error)
    app.register_error_handler(HTTPException, problem_of_http_error)
    app.register_error_handler(Exception, problem_of_unexpected_error)


def problem_of_our_error(error: errors.CommandCenterError) -> Response:
    """One of our errors, by the table."""
    kind = next(k for k in type(error).__mro__ if k in STATUS)
    status = STATUS[kind]
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        logger.warning("request %s: %s %s: %s", g.request_id, request.method, request.path, error)
    response = problem(status, str(error), kind=re.sub(r"(?<!^)(?=[A-Z])", "-", kind.__name__).lower())
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(getattr(error, "retry_after_s", RETRY_AFTER_S))
    return response


def problem_of_http_error(error: HTTPException) -> Response:
    """One of the web framework's: unknown path, wrong method, too large, no JSON."""
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    response = problem(status, error.description or status.phrase)
    response.headers.extend((name, value) for name, value in error.get_headers() if name != "Content-Type")
    return response


def problem_of_unexpected_error(error: Exception) -> Response:
    """A fault of ours that no one foresaw: its cause goes to the log, never into the response."""
    logger.error("request %s: %s %s failed", g.request_id, request.method, request.path, exc_info=error)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, INTERNAL)


def problem_of_validation_error(error: ValidationError) -> Response:
    """Well-formed input that breaks a schema; what was sent is not repeated."""
    found = [
        FieldError(field=".".join(map(str, e["loc"])), message=e["msg"]) for e in error.errors(include_input=False)
    ]
    detail = "; ".join(f"{e.field}: {e.message}" if e.field else e.message for e in found[:3])
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, kind="invalid-input", found=found[:20])


def problem(
    status: HTTPStatus,
    detail: str,
    *,
    kind: str | None = None,
    found: Sequence[FieldError] = (),
    parts: Sequence[Part] = (),
) -> Response:
    """The response that tells of a problem; `kind` is one of ours, None where the status says it all."""
    body = Problem(
        type=f"urn:command-center:problem:{kind}" if kind else "about:blank",
        title=status.phrase,
        status=status,
        detail=detail,
        instance=request.path,
        request_id=g.request_id,
        errors=found,
        parts=parts,
    )
    return Response(body.model_dump_json(), status=status, content_type=PROBLEM_JSON)


def error_responses(*statuses: int) -> ResponseDict:
    """Responses for the API description: these statuses and the ones any call can meet, each with a Problem."""
    reference = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    every = sorted({*statuses, *ANY_CALL})
    return {str(int(s)): {"description": HTTPStatus(s).phrase, "content": reference} for s in every}
