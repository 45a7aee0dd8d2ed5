"""Shared parts of the commands: options of several stages, and JSON output."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

COUNT: Final = click.IntRange(0)
MINUTES: Final = click.FloatRange(0, 24 * 60, min_open=True)
STRATEGIES: Final = click.Choice(("default", "product"))


def options(*decorators: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Combines decorators; the first is shown first in --help."""

    def decorate(command: Command) -> Command:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return decorate


def print_json(result: Mapping[str, Any], indent: int | None = None) -> None:
    """Writes the result to standard output as JSON, by default on one line."""
    click.echo(json.dumps(result, allow_nan=False, indent=indent))
