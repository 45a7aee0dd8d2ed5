"""The command line of the Command Center: python -m cc_common COMMAND --help."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from cc_common.operations.commands import CONTEXT, airflow, detection, execute, plant, rl_data, system

COMMANDS = (
    system.run,
    system.check,
    system.audit,
    plant.simulator,
    plant.import_plant,
    plant.quality,
    detection.alerts,
    detection.anomalies,
    detection.models,
    rl_data.rl_data,
    airflow.airflow,
    airflow.nightly,
)


@click.group(context_settings=CONTEXT)
def command_center() -> None:
    """The Command Center: run it, check it, feed it, and see what it learns.

    Settings are environment variables with the prefix CC_, or lines of a file .env.

    \b
    Example:
      python -m cc_common run
    """


for command in COMMANDS:
    command_center.add_command(command)


def main(words: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit status."""
    return execute(command_center, words, "python -m cc_common")


if __name__ == "__main__":
    sys.exit(main())
