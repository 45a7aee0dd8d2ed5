"""The Python that sets up: 3.11 to 3.13. Old Pythons can read this file, so a wrong one gets a message."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from cc_common.errors import SetupError

OLDEST, NEWEST = (3, 11), (3, 13)
NAMES = ("python3.11", "python3.12", "python3.13")


def use_fitting_python() -> None:
    """Stays in this Python if it fits, else starts again in one from the PATH that does; SetupError if none does."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return
    for path in filter(None, map(shutil.which, NAMES)):
        if subprocess.call([path, "-c", "import ensurepip"], stderr=subprocess.DEVNULL) == 0:
            os.execv(path, [path, "-m", "cc_common.environment"])  # noqa: S606
    raise SetupError(
        f"This is Python {sys.version.split()[0]}; needed is 3.11, 3.12 or 3.13, and the PATH has none.\n"
        "Debian and Ubuntu: sudo apt install python3.11 python3.11-venv\n"
        "If it lies elsewhere: make PYTHON=/path/to/python3.11 run"
    )
