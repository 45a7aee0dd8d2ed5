"""The whole system as `make run` starts it: it answers, survives the death of any part, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
import pytest

from cc_common.core.settings import PROJECT

READY_S, END_S = 120.0, 20.0
pytestmark = pytest.mark.timeout(400)


def eventually(holds: Callable[[], bool], within_s: float, what: str) -> None:
    """Waits till it holds."""
    until = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < until, what
        time.sleep(0.1)


class System:
    """One data folder, and the launcher that runs in it."""

    def __init__(self, folder: Path, **settings: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.folder, self.output = folder, folder / "output.txt"
        ours = {"CC_DATA_DIR": str(folder / "data"), "CC_PORT": str(self.port), "CC_PLANT_DAYS": "1"}
        self.environment = {**os.environ, **ours, **settings}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts the launcher in a session of its own, as a terminal would."""
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "cc_common", "run"],
                env=self.environment,
                cwd=PROJECT,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def said(self, pattern: str, within_s: float = READY_S) -> re.Match[str]:
        """Waits till the launcher has said that."""
        eventually(lambda: bool(re.search(pattern, self.text) or self.ended), within_s, f"{pattern!r} in {self.text}")
        found = re.search(pattern, self.text)
        assert found, self.text
        return found

    @property
    def text(self) -> str:
        """All that the launcher has said."""
        return self.output.read_text(errors="replace")

    @property
    def ended(self) -> bool:
        """Whether the launcher has ended."""
        return self.process is None or self.process.poll() is not None

    def ask(self, path: str, body: Mapping[str, object] | None = None) -> Any:
        """The JSON that the API answers; None while it does not."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", data=data, headers={"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as response:  # noqa: S310
                return json.load(response)
        except urllib.error.HTTPError as error:
            error.close()
        except OSError:
            pass
        return None

    def ready(self) -> bool:
        """Whether the API says so."""
        return self.ask("/readyz") is not None

    def signal(self, number: signal.Signals) -> None:
        """Sends the launcher's session a signal, as Ctrl-C in its terminal does."""
        assert self.process
        os.killpg(self.process.pid, number)

    def wait(self) -> int:
        """The launcher's exit status, within END_S."""
        assert self.process
        return self.process.wait(END_S)

    def processes(self) -> dict[int, str]:
        """Every living process of this system by its id, known by the data folder in its environment or command.

        gunicorn writes its title over its environment, so descendants of a known one are known, too.
        """
        known = [p for p in psutil.process_iter() if self._is_ours(p)]
        family = {p.pid: p for parent in known for p in (parent, *_children(parent))}
        return {pid: words for pid, p in family.items() if (words := _command(p))}

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            ours = process.environ().get("CC_DATA_DIR") == self.environment["CC_DATA_DIR"]
            ours = ours or self.environment["CC_DATA_DIR"] in " ".join(process.cmdline())
            return ours and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False

    def pid(self, words: str) -> int:
        """The oldest process whose command holds those words."""
        return min(pid for pid, command in self.processes().items() if words in command)

    def clear(self) -> None:
        """Ends whatever is left."""
        while left := self.processes():
            for pid in left:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        if self.process:
            self.process.wait(END_S)


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


def _command(process: psutil.Process) -> str:
    """Its command; empty when it has ended."""
    try:
        return "" if process.status() == psutil.STATUS_ZOMBIE else " ".join(process.cmdline())
    except psutil.Error:
        return ""


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    """A running system that the tests of this module share; each leaves it ready."""
    with made() as running:
        running.start()
        running.said(r"  try +curl")
        yield running


@pytest.fixture
def another() -> Iterator[System]:
    """A system of the test's own, not started."""
    with made() as new:
        yield new


@contextmanager
def made() -> Iterator[System]:
    """A system in a folder of its own; not pytest's, which a second pytest closes to the database's user."""
    with TemporaryDirectory(prefix="command-center-test-") as folder:
        new = System(Path(folder))
        yield new
        new.clear()


def test_it_answers_from_the_plant(system: System) -> None:
    answer = system.ask("/api/v1/query", {"query": "Show chiller 1 power"})
    assert answer["response_id"]
    assert system.ask("/api/v1/equipment/chiller_001/latest")["values"]


def test_a_second_one_in_the_same_folder_names_the_first(system: System) -> None:
    assert system.process
    done = subprocess.run(
        [sys.executable, "-m", "cc_common", "run"],
        env=system.environment,
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert f"already runs in {system.folder / 'data'} (process {system.process.pid})" in done.stderr
    assert system.ready()


def test_a_busy_port_is_named_and_nothing_is_started(system: System, another: System) -> None:
    another.environment["CC_PORT"] = str(system.port)
    another.start()
    assert another.wait() == 1
    assert f"Port {system.port} on 127.0.0.1 is in use" in another.text
    assert "CC_PORT=" in another.text
    assert not another.processes()


@pytest.mark.parametrize(
    ("part", "back"),
    [
        ("-m cc_common simulator feed", "live feed +started again"),
        ("gunicorn: master", "API +started again"),
        ("bin/postgres", "database +ended; .*\n +database +embedded PostgreSQL, process"),
    ],
)
def test_a_part_that_is_killed_comes_back(system: System, part: str, back: str) -> None:
    os.kill(system.pid(part), signal.SIGKILL)
    system.said(back)
    eventually(system.ready, 60, f"the API is ready again: {system.text}")
    assert system.ask("/api/v1/equipment/chiller_001/latest")["values"]


def test_after_a_killed_launcher_the_next_takes_over(system: System) -> None:
    system.signal(signal.SIGKILL)
    system.wait()
    eventually(
        lambda: not any(" -m " in c or "gunicorn" in c for c in system.processes().values()),
        END_S,
        "its children end by themselves",
    )
    system.start()
    system.said(r"  try +curl", 60)
    assert system.pid("bin/postgres")
    assert system.ready()


def test_ctrl_c_stops_everything_and_the_next_start_takes_seconds(system: System) -> None:
    system.signal(signal.SIGINT)
    assert system.wait() == 0
    assert not system.processes()
    began = time.monotonic()
    system.start()
    system.said(r"  ready ")
    assert time.monotonic() - began < 30


def test_a_second_ctrl_c_does_not_wait_for_a_part_that_hangs(system: System) -> None:
    eventually(system.ready, 60, f"the API is ready: {system.text}")
    os.kill(system.pid("gunicorn: master"), signal.SIGSTOP)
    system.signal(signal.SIGINT)
    system.said("stopping")
    time.sleep(1.5)
    assert not system.ended
    system.signal(signal.SIGINT)
    assert system.wait() == 130
    eventually(lambda: not system.processes(), 5, "nothing is left")


def test_ctrl_c_while_history_is_written_keeps_what_is_there(another: System) -> None:
    another.environment["CC_PLANT_DAYS"] = "20"
    another.start()
    rows = int(another.said(r"20 days, ([\d,]+) rows")[1].replace(",", ""))
    another.said(r"history +\[")
    another.signal(signal.SIGINT)
    assert another.wait() == 0
    assert not another.processes()
    another.start()
    assert int(another.said(r"20 days, ([\d,]+) rows")[1].replace(",", "")) < rows


def test_wrong_settings_are_named(another: System) -> None:
    another.environment["CC_PORT"] = "eighty"
    another.start()
    assert another.wait() == 1
    assert "CC_PORT" in another.text
