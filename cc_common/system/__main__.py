"""Runs the whole system in the foreground until Ctrl-C: python -m cc_common.system."""

from __future__ import annotations

import sys
from contextlib import ExitStack

from cc_common.config import load_settings
from cc_common.errors import CommandCenterError
from cc_common.system.launcher import Launcher
from cc_common.system.signals import stop_on_signals
from cc_common.system.terminal import say


def main() -> int:
    """0 after Ctrl-C or SIGTERM; 1 with a message when the system cannot run here."""
    try:
        with ExitStack() as running:
            launcher = Launcher(load_settings(), running)
            stop_on_signals(launcher.kill)
            launcher.start()
            launcher.supervise()
    except CommandCenterError as exc:
        print(f"\n{exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        say("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
