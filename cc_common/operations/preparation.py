"""Prepares a start: free port, writable folder, no other launcher, no orphans; migrations, plant and starter model."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cc_common.catalog.growth import is_imported
from cc_common.catalog.store import Catalog, install_catalog, load_catalog
from cc_common.core.errors import SetupError
from cc_common.core.settings import PROJECT, Settings
from cc_common.db import Database, migrate, open_databases
from cc_common.operations.terminal import Bar, print_line
from cc_common.simulator import fill_history, history_missing, plant_in
from cc_common.simulator.plant_build import bytes_needed

NEEDED_GB: Final = 1.0
LAST_RUN_ENDS_S: Final = 5.0


def check_data_dir(folder: Path, needed_gb: float = NEEDED_GB) -> None:
    """SetupError when the folder cannot be written or its disk is nearly full."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as exc:
        raise SetupError(f"The data folder cannot be written: {exc}. Another one: CC_DATA_DIR=/a/folder") from exc
    free = shutil.disk_usage(folder).free / 1e9
    if free < needed_gb:
        raise SetupError(
            f"The disk of {folder} has {free:.1f} GB free, and {needed_gb:.1f} GB are needed.\n"
            "Free some space, ask for fewer days (CC_PLANT_DAYS), or set CC_DATA_DIR to a folder elsewhere."
        )


def check_port(settings: Settings) -> None:
    """SetupError when the API's address is not available."""
    check_port_of(settings.host, settings.port, "CC_PORT")


def check_port_of(host: str, port: int, setting: str) -> None:
    """SetupError, naming the setting to change, when the port cannot be bound."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as exc:
        if exc.errno == errno.EADDRINUSE:
            why = "is in use by another program"
        else:
            why = f"cannot be had ({exc.strerror or exc})"
        raise SetupError(
            f"Port {port} on {host} {why}. Another one: {setting}={port + 1} in front of the command"
        ) from exc


@contextmanager
def only_launcher(folder: Path) -> Iterator[None]:
    """Locks the data folder; SetupError with the process id of the launcher that has it."""
    with (folder / "launcher.lock").open("a+") as lock:
        if not _locked(lock.fileno()):
            lock.seek(0)
            raise SetupError(
                f"The Command Center already runs in {folder} (process {lock.read().strip()}).\n"
                "Stop it with Ctrl-C there; or run a second one: CC_DATA_DIR=/a/folder CC_PORT=8101 make run"
            )
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def _locked(descriptor: int) -> bool:
    """Tells whether the lock is free within a short wait: a launcher that was just stopped may still be exiting."""
    until = time.monotonic() + LAST_RUN_ENDS_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > until:
                return False
            time.sleep(0.1)


HEADLINE = "model"


def prepare_model(settings: Settings) -> bool:
    """Runs the starter stage; False where it fails. The API starts without a model and reports why."""
    if settings.base_gguf is not None:
        print_line(HEADLINE, f"{settings.base_gguf}, as CC_BASE_GGUF says")
        return True
    print_line(HEADLINE, "the starter, from the shipped adapter (some seconds the first time)")
    # In a process of its own, so that the launcher does not keep numpy and llama.cpp in memory.
    done = subprocess.run(
        [sys.executable, "-m", "training", "starter"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    lines = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines() or ["failed without a word"]
    for line in lines[-3:]:
        print_line(HEADLINE, line)
    return done.returncode == 0


LEFT_TO_FEED: Final = 60  # minutes


def prepare_plant(timeseries: Database, settings: Settings) -> bool:
    """Installs and fills the simulated plant, unless one was imported; returns whether the plant is simulated."""
    if is_imported(timeseries):
        own = load_catalog(timeseries)
        print_line("plant", f"{own.plant_name}, {len(own.equipment)} machines, imported; nothing is simulated")
        return False
    simulated = plant_in(settings.plant_tz)
    install_catalog(timeseries, simulated)
    print_line("plant", f"{simulated.plant_name}, {len(simulated.equipment)} machines, simulated")
    _fill(timeseries, simulated, settings)
    return True


def _fill(timeseries: Database, plant: Catalog, settings: Settings) -> None:
    now = datetime.now(UTC)
    missing = history_missing(timeseries, plant, days=settings.plant_days, until=now)
    if settings.timeseries_dsn is None:
        check_data_dir(settings.data_dir, NEEDED_GB + bytes_needed(missing) / 1e9)
    if missing <= LEFT_TO_FEED * len(plant.equipment):
        print_line("history", "complete; the live feed makes up for the last minutes")
        return
    print_line("history", f"{settings.plant_days} days, {missing:,} rows to write")
    fill_history(
        timeseries, plant, days=settings.plant_days, seed=settings.plant_seed, until=now, progress=Bar("history")
    )


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """Whether the plant is simulated, and whether there is a model to serve."""

    simulated: bool
    has_model: bool


def prepare(settings: Settings) -> Prepared:
    """Prepares databases, plant and model; completed steps take no time."""
    with open_databases(settings) as databases:
        applied = [*migrate(databases.app, "app"), *migrate(databases.timeseries, "timeseries")]
        print_line("migrations", ", ".join(applied) or "up to date")
        simulated = prepare_plant(databases.timeseries, settings)
    return Prepared(simulated=simulated, has_model=prepare_model(settings))
