"""The project's exceptions. A class docstring is the default message."""

from __future__ import annotations


class CommandCenterError(Exception):
    """The Command Center could not do what was asked."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (self.__doc__ or "").strip())


class InvalidInput(CommandCenterError):
    """The input is not valid."""


class NotFound(CommandCenterError):
    """Nothing goes by that name or id."""


class Conflict(CommandCenterError):
    """This contradicts something that was already recorded."""


class Forbidden(CommandCenterError):
    """This call needs the admin token: Authorization: Bearer <token>."""


class SetupError(CommandCenterError):
    """The system cannot start here."""


class DatabaseUnavailable(CommandCenterError):
    """The database does not answer; nothing was recorded. Try again in a moment."""


class ModelUnavailable(CommandCenterError):
    """No language model is being served."""


class Overloaded(CommandCenterError):
    """Too many questions are waiting for the model."""

    def __init__(self, message: str | None = None, *, retry_after_s: int = 1) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class DeadlineExceeded(CommandCenterError):
    """The model did not finish its plan in time."""


class UnverifiedFigure(CommandCenterError):
    """The answer held a figure without its rows, so it was not sent."""
