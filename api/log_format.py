"""Log lines as text or JSON, each with the id of its request. They hold paths: no query, header or body."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, Final

from flask import Flask, Response, g, has_request_context, request
from gunicorn.glogging import Logger as GunicornLogger  # type: ignore[import-untyped]

from cc_common.core.settings import Settings

TEXT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
logger = logging.getLogger(__name__)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: at, level, logger, message, and where known request_id, method, path, status, ms."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if has_request_context():
            line |= {"request_id": g.get("request_id"), "method": request.method, "path": request.path}
        line |= getattr(record, "facts", {})
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


class ServerLogger(GunicornLogger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's own lines go where ours go."""

    def setup(self, cfg: Any) -> None:
        """Hands its lines on to the root's handler."""
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


def configure(settings: Settings) -> None:
    """Sends this process's log lines to stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if settings.log_format == "json" else logging.Formatter(TEXT))
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)


def install(app: Flask) -> None:
    """Each request of `app` leaves a line at level DEBUG."""

    def begin() -> None:
        g.began = perf_counter()

    def end(response: Response) -> Response:
        ms = round((perf_counter() - g.began) * 1000, 1)
        facts = {"status": response.status_code, "ms": ms}
        text = "request %s: %s %s: %d in %.1f ms"
        logger.debug(text, g.request_id, request.method, request.path, response.status_code, ms, extra={"facts": facts})
        return response

    app.before_request(begin)
    app.after_request(end)
