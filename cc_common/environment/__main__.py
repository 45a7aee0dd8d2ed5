"""Sets .venv up, or sees at once that it is: python3 -m cc_common.environment."""

from __future__ import annotations

import sys

from cc_common.environment.interpreter import use_fitting_python
from cc_common.errors import SetupError


def main() -> int:
    """0 when .venv is ready; else a message, and the next try goes on from there."""
    try:
        use_fitting_python()
        # Imported here: these need a fitting Python, and the usual call, which finds all ready, needs the first only.
        from cc_common.environment.stamp import is_ready

        if not is_ready():
            from cc_common.environment.installation import set_up

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
