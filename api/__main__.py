"""Serves the API: python -m api."""

from __future__ import annotations

import sys


def main() -> int:
    """Serves until a signal; 1 with a message when it cannot start."""
    # Imported here, for the engine's worker process imports this module again.
    from api.security import token_files
    from api.server import serve
    from cc_common.core.errors import SetupError
    from cc_common.core.settings import load_settings

    try:
        settings = load_settings()
        for role, path in token_files(settings).items():
            print(f"{role.word.capitalize()} token: {path}", flush=True)
        serve(settings)
    except SetupError as exc:
        print(exc, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
