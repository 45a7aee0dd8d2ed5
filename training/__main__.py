"""The stages of training: python -m training STAGE --help."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from cc_common.operations.commands import CONTEXT, execute
from training.commands import model, night, ratings, upkeep

STAGES = (
    model.starter,
    model.sft,
    model.soup,
    model.evaluate,
    ratings.pairs,
    ratings.tier1,
    night.nightly,
    night.begin,
    night.stage,
    night.tier2,
    night.gguf,
    night.gate,
    night.publish,
    night.learnable,
    night.abandon,
    upkeep.prune,
)


@click.group(context_settings=CONTEXT)
def training() -> None:
    """The stages of training, from the starter model to a published night.

    Progress goes to standard error, the result to standard output, mostly as one line of JSON.

    \b
    Example:
      python -m training nightly --dry-run
    """


for each in STAGES:
    training.add_command(each)


def main(words: Sequence[str] | None = None) -> int:
    """Runs one stage and returns the exit status."""
    return execute(training, words, "python -m training")


if __name__ == "__main__":
    sys.exit(main())
