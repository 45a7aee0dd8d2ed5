"""The HTTP server: gunicorn with one worker of many threads. Pools and engine open in it, never before a fork."""

from __future__ import annotations

import errno
import logging
import os
import socket
from typing import Any, Final

from flask_openapi3.openapi import OpenAPI
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.arbiter import Arbiter  # type: ignore[import-untyped]

from api import log_format
from api.app import create_app, start, stop
from api.log_format import ServerLogger
from api.security import open_tokens
from cc_common.core.errors import CommandCenterError, SetupError
from cc_common.core.settings import Settings

BOOT_TIMEOUT_S: Final = 120  # an embedded database may have to recover first
KEEP_ALIVE_S: Final = 30


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """The API under gunicorn."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        super().__init__()

    def load_config(self) -> None:
        """gunicorn's settings from ours."""
        for name, value in options(self.settings).items():
            self.cfg.set(name, value)

    def load(self) -> OpenAPI:
        """The application, started; called inside the worker."""
        app = create_app(self.settings)
        try:
            start(app)
        except CommandCenterError as exc:
            logging.getLogger(__name__).error("The API cannot start: %s", exc)
            raise SystemExit(Arbiter.WORKER_BOOT_ERROR) from exc
        return app


def options(settings: Settings) -> dict[str, Any]:
    """gunicorn's configuration."""
    return {
        "bind": f"[{settings.host}]:{settings.port}" if ":" in settings.host else f"{settings.host}:{settings.port}",
        "worker_class": "gthread",
        "workers": 1,
        # Those who wait for the model have threads of their own: calls that need no model find one free all the same.
        "threads": settings.api_threads + settings.queue_size + 1,
        "keepalive": KEEP_ALIVE_S,
        "timeout": BOOT_TIMEOUT_S,
        "graceful_timeout": int(settings.plan_deadline_s) + 5,
        "logger_class": ServerLogger,
        "loglevel": settings.log_level.lower(),
        "control_socket_disable": True,
        "worker_exit": _close,
    }


def serve(settings: Settings) -> None:
    """Serves until a signal ends it; SetupError when the address or a token cannot be had."""
    log_format.configure(settings)
    open_tokens(settings)
    _try_address(settings)
    Server(settings).run()


def _close(_arbiter: object, worker: Any) -> None:
    """In the worker, after its last request; one that could not start has no application."""
    app = getattr(worker, "wsgi", None)
    if app is not None:
        stop(app)


def _try_address(settings: Settings) -> None:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        socket.create_server((settings.host, settings.port), family=family).close()
    except OSError as exc:
        busy = exc.errno == errno.EADDRINUSE
        why = (
            "is already in use; stop what listens there, or"
            if busy
            else f"cannot be had ({os.strerror(exc.errno or 0)});"
        )
        raise SetupError(
            f"Port {settings.port} on {settings.host} {why} set CC_PORT (and CC_HOST) to another."
        ) from exc
