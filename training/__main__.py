"""The stages of training: python -m training <stage> --help."""

from __future__ import annotations

import argparse
import sys

from cc_common.core.errors import CommandCenterError
from training.commands import add_model, add_night, add_pairs, add_tier1, add_upkeep


def main(words: list[str] | None = None) -> int:
    """Runs one stage; 1 with one clear line when it cannot be done."""
    arguments = _parser().parse_args(words)
    try:
        arguments.stage(arguments)
    except CommandCenterError as exc:
        print(f"{exc}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    stages = parser.add_subparsers(required=True, metavar="stage")
    for add in (add_model, add_pairs, add_tier1, add_night, add_upkeep):
        add(stages)
    return parser


if __name__ == "__main__":
    sys.exit(main())
