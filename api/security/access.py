"""Checks before any view: rate limit, token, role."""

from __future__ import annotations

from time import monotonic
from typing import Final, cast
from urllib.parse import urlsplit

from flask import Flask, current_app, g, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import BadRequest, TooManyRequests, Unauthorized
from werkzeug.middleware.proxy_fix import ProxyFix

from api.security.rate_limit import Limiter
from api.security.roles import AUDITED, Role, needed
from api.security.tokens import Tokens, is_guarded, is_loopback, open_tokens
from cc_common.core.errors import Forbidden
from cc_common.core.settings import Settings
from cc_common.db import clear_actor, set_actor

KEY: Final = "tokens"
WIDE_RATE: Final = 20.0  # calls a second from one client, where others than this machine's users can reach us
CHALLENGE: Final = WWWAuthenticate("bearer", {"realm": "Command Center"})


def install(app: Flask, settings: Settings) -> None:
    """Guards every route of `app`."""
    rate = settings.rate_limit
    limiter = Limiter((WIDE_RATE if is_guarded(settings) else 0.0) if rate is None else rate)
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies)  # type: ignore[method-assign]

    def admit() -> None:
        role = needed(request.endpoint)
        if role is None or request.method == "OPTIONS":
            return
        wait_s = limiter.wait_s(request.remote_addr or "", monotonic())
        if wait_s:
            raise TooManyRequests(f"Too many calls from one client; try again in {wait_s} s.", retry_after=wait_s)
        g.role = _recognised(_tokens(settings), role)
        if request.endpoint in AUDITED:
            set_actor(g.role.word, request.remote_addr, g.request_id)

    app.before_request(admit)
    app.teardown_request(lambda _error: clear_actor())


def _recognised(tokens: Tokens, wanted: Role) -> Role:
    """The caller's role; 401 when a token is missing or wrong, 403 when its role is too low."""
    given = _bearer()
    if given is None and tokens.implied is not None:
        _check_host()
    role = tokens.implied if given is None else tokens.role_of(given)
    if role is None or (given is None and role < wanted):
        why = "This call needs a token" if given is None else "This token is not known"
        raise Unauthorized(f"{why}: Authorization: Bearer <token of the {wanted.word}>.", www_authenticate=CHALLENGE)
    if role < wanted:
        raise Forbidden(f"This call is for the {wanted.word}; the token is the {role.word}'s.")
    return role


def _bearer() -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _check_host() -> None:
    """Without tokens, only calls to this machine's own names: a page that rebinds its name to us is refused."""
    host = urlsplit(f"//{request.host}").hostname or ""
    if not is_loopback(host):
        raise BadRequest("Without a token, call this API by a loopback name, such as 127.0.0.1.")


def _tokens(settings: Settings) -> Tokens:
    """Opened at the first call that needs them, so that an application can be made without touching the disk."""
    if KEY not in current_app.extensions:
        current_app.extensions[KEY] = open_tokens(settings)
    return cast(Tokens, current_app.extensions[KEY])
