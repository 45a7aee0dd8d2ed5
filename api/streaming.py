"""Streams an answer as server-sent events: each part as soon as it is available."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Final

from flask import Response, current_app, request, stream_with_context

from api.query_pipeline import Stage

EVENT_STREAM: Final = "text/event-stream"
UNBUFFERED: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # the second is for nginx


def wants_stream() -> bool:
    """Whether the client accepts server-sent events."""
    return request.accept_mimetypes.best_match(["application/json", EVENT_STREAM]) == EVENT_STREAM


def event_stream(stages: Iterator[Stage]) -> Response:
    """The response; what goes wrong before the first part is there is a problem with its status, as ever."""
    first = next(stages)
    body = stream_with_context(_events(chain([first], stages)))
    return Response(body, content_type=f"{EVENT_STREAM}; charset=utf-8", headers=UNBUFFERED)


def _events(stages: Iterator[Stage]) -> Iterator[str]:
    try:
        for stage in stages:
            yield _event(stage.name, stage.body.model_dump_json())
    except Exception as exc:  # noqa: BLE001  # the status is sent: the outermost frame of this response is here
        told = current_app.make_response(current_app.handle_user_exception(exc))
        yield _event("error", told.get_data(as_text=True))


def _event(name: str, data: str) -> str:
    return f"event: {name}\ndata: {data}\n\n"
