"""Runs the whole system in the foreground until Ctrl-C: python -m cc_common.operations.launcher.

    python -m cc_common.operations.launcher prepare

does only what must be done once before parts that are started elsewhere: migrations, plant, starter model.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack

from cc_common.core.errors import CommandCenterError
from cc_common.core.settings import load_settings
from cc_common.operations.launcher.launcher import Launcher
from cc_common.operations.launcher.preparation import check_data_dir, prepare
from cc_common.operations.launcher.terminal import say, stop_on_signals


def main(words: list[str] | None = None) -> int:
    """0 after Ctrl-C or SIGTERM, or when all is prepared; 1 with a message when it cannot be."""
    command = _parser().parse_args(words).command
    try:
        return _prepare() if command == "prepare" else _run()
    except CommandCenterError as exc:
        print(f"\n{exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        say("stopped")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m cc_common.operations.launcher",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", nargs="?", choices=["prepare"], help="default: run everything")
    return parser


def _prepare() -> int:
    settings = load_settings()
    check_data_dir(settings.data_dir)
    return 0 if prepare(settings).has_model else 1


def _run() -> int:
    with ExitStack() as running:
        launcher = Launcher(load_settings(), running)
        stop_on_signals(launcher.kill)
        launcher.start()
        launcher.supervise()
    return 0


if __name__ == "__main__":
    sys.exit(main())
