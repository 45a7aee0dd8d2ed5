"""Cross-origin resource sharing (CORS): origins of CC_CORS_ORIGINS may call; by default none."""

from __future__ import annotations

from typing import Final

from flask import Flask, Response, request

from cc_common.core.settings import Settings

ALLOWED: Final = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, X-Request-Id",
    "Access-Control-Expose-Headers": "X-Request-Id, Retry-After",
    "Access-Control-Max-Age": "600",
}
HARDENED: Final = {"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer"}


def install(app: Flask, settings: Settings) -> None:
    """Every response tells browsers who may read it, and what not to guess."""
    origins = frozenset(filter(None, (each.strip().rstrip("/") for each in settings.cors_origins.split(","))))

    def mark(response: Response) -> Response:
        for name, value in HARDENED.items():
            response.headers.setdefault(name, value)
        if not origins:
            return response
        response.vary.add("Origin")
        if (origin := request.headers.get("Origin", "")) in origins:
            response.headers.update(ALLOWED | {"Access-Control-Allow-Origin": origin})
        return response

    app.after_request(mark)
