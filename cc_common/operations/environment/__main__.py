"""Sets up .venv unless it is complete: python3 -m cc_common.operations.environment."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from cc_common.core.errors import SetupError

OLDEST, NEWEST = (3, 11), (3, 13)
NAMES = ("python3.11", "python3.12", "python3.13")


def use_fitting_python() -> None:
    """Continues in this Python if its version fits, else re-executes one from the PATH; SetupError without any."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return
    for path in filter(None, map(shutil.which, NAMES)):
        if subprocess.call([path, "-c", "import ensurepip"], stderr=subprocess.DEVNULL) == 0:
            os.execv(path, [path, "-m", "cc_common.operations.environment"])  # noqa: S606
    raise SetupError(
        f"This is Python {sys.version.split()[0]}; needed is 3.11, 3.12 or 3.13, and the PATH has none.\n"
        "Debian and Ubuntu: sudo apt install python3.11 python3.11-venv\n"
        "If it lies elsewhere: make PYTHON=/path/to/python3.11 run"
    )


def main() -> int:
    """Returns 0 when .venv is complete; else prints a message, and the next run resumes."""
    try:
        use_fitting_python()
        # Imported here: these need a fitting Python, and the usual call, with a complete .venv, needs the first only.
        from cc_common.operations.environment.machine import is_ready

        if not is_ready():
            from cc_common.operations.environment.installation import set_up

            set_up()
    except SetupError as exc:
        print(f"\n{exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The next try goes on from here.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
