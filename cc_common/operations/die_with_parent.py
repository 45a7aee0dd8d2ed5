"""Executes `python -m MODULE ...` so that it ends with the launcher, even if that is killed.

The command is python -m cc_common.operations.die_with_parent LAUNCHER_PID MODULE [ARGUMENT ...].
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import Final

PR_SET_PDEATHSIG: Final = 1


def main(launcher: int, command: list[str]) -> None:
    """Requests a SIGTERM from Linux at the launcher's death, then runs the module in this process."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM))
    if os.getppid() != launcher:  # it died before the request
        sys.exit(1)
    os.execv(sys.executable, [sys.executable, "-m", *command])  # noqa: S606


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
