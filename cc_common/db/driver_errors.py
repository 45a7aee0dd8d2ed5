"""Translates the database driver's errors into ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import errors

from cc_common.core.errors import Conflict, DatabaseUnavailable, InvalidInput, NotFound


@contextmanager
def translated() -> Iterator[None]:
    """Driver errors leave as ours, with the driver's as their cause; what only a bug can cause stays as it is."""
    try:
        yield
    except (errors.DiskFull, errors.OutOfMemory) as exc:
        raise DatabaseUnavailable(f"The database has no room left; nothing was recorded: {_said(exc)}") from exc
    except (psycopg.OperationalError, psycopg.InterfaceError) as exc:
        raise DatabaseUnavailable from exc
    except (errors.UniqueViolation, errors.RestrictViolation) as exc:
        raise Conflict(exc.diag.message_detail or _said(exc)) from exc
    except errors.ForeignKeyViolation as exc:
        raise NotFound(exc.diag.message_detail or _said(exc)) from exc
    except (psycopg.DataError, errors.CheckViolation, errors.NotNullViolation) as exc:
        raise InvalidInput(_said(exc)) from exc


@dataclass
class Doubt:
    """Whether a transaction's work was done and its commit sent."""

    committing: bool = False


@contextmanager
def in_doubt() -> Iterator[Doubt]:
    """A connection lost during the commit leaves open whether it was made; the error must not say it was not."""
    doubt = Doubt()
    try:
        yield doubt
    except psycopg.OperationalError as exc:
        if not doubt.committing:
            raise
        raise DatabaseUnavailable("The database went away during the commit: this may or may not be recorded.") from exc


def _said(exc: psycopg.Error) -> str:
    return exc.diag.message_primary or str(exc)
