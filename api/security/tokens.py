"""The tokens of the roles: from the settings, else made once and kept in files that only their owner can read."""

from __future__ import annotations

import hmac
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from api.security.roles import Role
from cc_common.core.errors import SetupError
from cc_common.core.settings import Settings

MIN_LENGTH: Final = 16  # of a token that is set for an API others can reach


@dataclass(frozen=True, kw_only=True, repr=False)
class Tokens:
    """Each role's token, and the role of a caller without one: None where every call needs a token."""

    by_role: Mapping[Role, str]
    implied: Role | None

    def role_of(self, given: str) -> Role | None:
        """The role of that token. Every one is compared, in constant time."""
        found = [role for role, token in self.by_role.items() if hmac.compare_digest(given.encode(), token.encode())]
        return max(found, default=None)


def open_tokens(settings: Settings) -> Tokens:
    """The tokens to serve with; SetupError when one cannot be had, or is too weak for who can reach this API."""
    if not is_guarded(settings):
        return Tokens(by_role={Role.ADMIN: admin_token(settings)}, implied=Role.OPERATOR)
    by_role = {role: _token(settings, role) for role in Role}
    weak = [f"CC_{role.name}_TOKEN" for role, token in by_role.items() if len(token) < MIN_LENGTH]
    if weak:
        raise SetupError(f"{', '.join(weak)}: a token needs at least {MIN_LENGTH} characters. Unset, one is made.")
    if len(set(by_role.values())) < len(by_role):
        raise SetupError("CC_OPERATOR_TOKEN, CC_ENGINEER_TOKEN and CC_ADMIN_TOKEN must differ from each other.")
    return Tokens(by_role=by_role, implied=None)


def is_guarded(settings: Settings) -> bool:
    """Whether every call needs a token: where others than this machine's users can reach it, or one was set."""
    return not is_loopback(settings.host) or settings.operator_token is not None


def is_loopback(host: str) -> bool:
    """Whether that address or name is this machine's own."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def admin_token(settings: Settings) -> str:
    """The token that admin calls must bring."""
    return _token(settings, Role.ADMIN)


def token_files(settings: Settings) -> Mapping[Role, Path]:
    """The files (mode 0600, made now where missing) of the tokens that are needed and not set."""
    roles = Role if is_guarded(settings) else (Role.ADMIN,)
    return {role: _file(settings, role) for role in roles if _given(settings, role) is None}


def _token(settings: Settings, role: Role) -> str:
    given = _given(settings, role)
    return _read(_file(settings, role)) if given is None else given.get_secret_value()


def _given(settings: Settings, role: Role) -> SecretStr | None:
    given = {
        Role.OPERATOR: settings.operator_token,
        Role.ENGINEER: settings.engineer_token,
        Role.ADMIN: settings.admin_token,
    }[role]
    return given if given and given.get_secret_value() else None


def _file(settings: Settings, role: Role) -> Path:
    path = settings.data_dir / f"{role.word}_token"
    if not path.exists():
        _make(path)
    return path


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError as exc:
        raise _unkept(path, exc) from exc


def _make(path: Path) -> None:
    """Writes a new token aside and links it into place: two processes agree on one, and none reads half of it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}_") as fresh:
            fresh.write(secrets.token_urlsafe(32))
            fresh.flush()
            os.fsync(fresh.fileno())
            path.hardlink_to(fresh.name)
    except FileExistsError:
        return
    except OSError as exc:
        raise _unkept(path, exc) from exc


def _unkept(path: Path, exc: OSError) -> SetupError:
    return SetupError(f"The token cannot be kept in {path}: {exc.strerror}. Set CC_{path.name.upper()}.")
