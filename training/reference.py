"""Generates the reference page of the training commands: python -m training.reference."""

from __future__ import annotations

from cc_common.operations.reference import commands_page, write_page


def main() -> None:
    """Writes docs/reference/training-commands.md."""
    from training.__main__ import training

    write_page("training-commands", commands_page("Commands of training", "python -m training", training))


if __name__ == "__main__":
    main()
