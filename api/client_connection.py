"""Tells whether the client of a request is still connected."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable

from flask import request

_ENDED = select.POLLRDHUP | select.POLLHUP | select.POLLERR


def disconnection_check() -> Callable[[], bool]:
    """Tells, from any thread, whether this request's client is gone; never so where the server hides its socket."""
    client: socket.socket | None = request.environ.get("gunicorn.socket")

    def gone() -> bool:
        if client is None or client.fileno() < 0:
            return client is not None
        look = select.poll()
        look.register(client, select.POLLRDHUP)
        return any(event & _ENDED for _, event in look.poll(0))

    return gone
