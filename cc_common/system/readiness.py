"""Waiting for the API: what /readyz says while it starts."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from typing import Final

from cc_common.config import Settings
from cc_common.system.terminal import say

PATIENCE_S: Final = 120.0
SETTLED_S: Final = 5.0  # a reason that stays so long and is no loading will not go away by itself
POLL_S: Final = 0.2


def wait_ready(settings: Settings, keep_up: Callable[[], None]) -> bool:
    """Waits till /readyz agrees, saying what it waits for; False when that will take somebody's hand."""
    until = time.monotonic() + PATIENCE_S
    said, said_at = "", time.monotonic()
    while time.monotonic() < until:
        keep_up()
        if not (reason := unready(settings)):
            return True
        if reason != said:
            said, said_at = reason, time.monotonic()
            say("API", reason)
        elif "loading" not in reason and "starting" not in reason and time.monotonic() - said_at > SETTLED_S:
            return False
        time.sleep(POLL_S)
    return False


def unready(settings: Settings) -> str:
    """Why the API is not ready, in its own words; "" when it is."""
    connection = HTTPConnection(address(settings), settings.port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        response = connection.getresponse()
        body = response.read()
    except (OSError, HTTPException):
        return "starting"
    finally:
        connection.close()
    return "" if response.status == 200 else _reasons(body)


def address(settings: Settings) -> str:
    """Where this machine reaches the API, also when it listens on every address."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104


def _reasons(body: bytes) -> str:
    try:
        parts = json.loads(body)["parts"]
        return "; ".join(part["reason"] for part in parts if part["needed"] and not part["ready"])
    except (ValueError, KeyError, TypeError):
        return "starting"
