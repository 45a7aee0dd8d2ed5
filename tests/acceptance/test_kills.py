"""Every part of the running system is killed under load: nothing acknowledged is lost, and nothing is stored twice.

make chaos prints the table: a system of its own on a free port, in a folder that is removed.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any, Final
from uuid import uuid4

import psutil
import pytest

from cc_common.core.settings import PROJECT, Settings
from cc_common.db import Database, EmbeddedServer
from cc_common.model_registry.versions import base_gguf

pytestmark = [pytest.mark.figures, pytest.mark.timeout(1800)]
OPERATORS: Final = 4
PAUSE_S: Final = 10.0  # of plain load before each kill
PATIENCE_S: Final = 300.0
STORED: Final = """
SELECT (SELECT array_agg(id::text) FROM experience) AS experiences, (SELECT array_agg(id) FROM rating) AS ratings,
       (SELECT count(*) FROM (SELECT FROM experience GROUP BY session_id HAVING count(*) > 1) d) AS experiences_doubled,
       (SELECT count(*) FROM (SELECT FROM rating GROUP BY experience_id HAVING count(*) > 1) d) AS ratings_doubled"""


class System:
    """The launcher in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.data, self._output = folder / "data", folder / "output.txt"
        gguf = base_gguf(Settings(_env_file=None))  # the base: no starter has to be built
        ours = {"DATA_DIR": str(self.data), "PORT": str(self.port), "PLANT_DAYS": "1", "BASE_GGUF": str(gguf)}
        environment = os.environ | {f"CC_{name}": value for name, value in ours.items()}
        with self._output.open("wb") as output:
            command = [sys.executable, "-m", "cc_common", "run"]
            self._launcher = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=output, stderr=output)

    def pid(self, part: str) -> int:
        """The process of a part, as the launcher last named it; of the model's worker, as it is."""
        if part == "worker":
            family = psutil.Process(self._launcher.pid).children(recursive=True)
            return max((p.pid for p in family if "api.engine_worker" in _words(p)), default=0)
        if part == "PostgreSQL":
            return EmbeddedServer(self.data).pid or 0
        named = re.findall(rf"^\W*{part}\b.*process (\d+)", self._output.read_text(), re.MULTILINE)
        return int(named[-1]) if named else 0

    def ask(self, path: str, body: dict[str, Any] | None = None, **headers: str) -> tuple[int, Any]:
        """Status and JSON; status 0 where the connection failed."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} | {k.replace("_", "-"): v for k, v in headers.items()}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, None
        except (OSError, ValueError):
            return 0, None

    def stop(self) -> None:
        """Ends it as Ctrl-C does."""
        self._launcher.send_signal(signal.SIGINT)
        self._launcher.wait(60)


@dataclass
class Load:
    """Operators who ask, and rate each answer until the rating is acknowledged."""

    system: System
    ended: Event = field(default_factory=Event)
    numbers: Iterator[int] = field(default_factory=count)
    statuses: Counter[int] = field(default_factory=Counter)
    experiences: list[str] = field(default_factory=list)
    ratings: list[int] = field(default_factory=list)

    def run(self) -> None:
        """One operator."""
        while not self.ended.is_set():
            asked = self.ask()
            if asked is None:
                time.sleep(0.1)
                continue
            self.experiences.append(asked)
            self.rate(asked)

    def ask(self) -> str | None:
        """A question that was never asked before; its answer's id."""
        n = next(self.numbers)
        question = {"query": f"Show chiller {n % 24 + 1} power, {n}", "session_id": str(uuid4())}
        status, answer = self.system.ask("/api/v1/query", question)
        self.statuses[status] += 1
        return answer["response_id"] if status == 200 else None

    def rate(self, response_id: str) -> None:
        """Sent again, under one key, until it is acknowledged."""
        body, key = {"response_id": response_id, "rating": "up"}, str(uuid4())
        while not self.ended.is_set():
            status, receipt = self.system.ask("/api/v1/ratings", body, Idempotency_Key=key)
            self.statuses[status] += 1
            if status in (200, 201):
                self.ratings.append(receipt["rating_id"])
                return
            time.sleep(0.1)


@contextmanager
def running(load: Load) -> Iterator[None]:
    """The load, for the while."""
    with ThreadPoolExecutor(OPERATORS) as pool:
        for _ in range(OPERATORS):
            pool.submit(load.run)
        try:
            yield
        finally:
            load.ended.set()


def recovery_s(system: System, load: Load, part: str) -> float:
    """Kills a part; seconds until it is there again and does its work."""
    before = system.pid(part)
    os.kill(before, signal.SIGKILL)
    began = time.monotonic()
    wait(lambda: system.pid(part) not in (0, before) and works(system, load, part))
    return time.monotonic() - began


def works(system: System, load: Load, part: str) -> bool:
    """Whether that part does what it is for."""
    if part == "live feed":
        ready = (system.ask("/readyz")[1] or {"parts": []})["parts"]
        return any(each["name"] == "feed" and each["ready"] for each in ready)
    if part == "alerts":
        return system.ask("/api/v1/alerts")[0] == 200
    answered = load.ask()
    load.experiences.extend([answered] if answered else [])
    return answered is not None


def wait(holds: Callable[[], bool]) -> None:
    """Until it holds."""
    until = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > until:
            pytest.fail("A killed part did not come back in time.")
        time.sleep(0.05)


def audit(system: System, load: Load) -> int:
    """Prints what was acknowledged beside what is stored; 1 when anything is missing or there twice."""
    with EmbeddedServer(system.data) as server:
        database = Database(server.dsn("cc_app"), pool_size=1, timeout_s=10, name="chaos")
        with database.connection() as connection:
            stored = connection.execute(STORED).fetchone()
        database.close()
    assert stored
    print(f"\n{'':<12}{'acknowledged':>13}{'stored':>8}{'lost':>6}{'doubled':>9}")
    worst = 0
    for noun, ours in (("experiences", load.experiences), ("ratings", load.ratings)):
        kept, doubled = getattr(stored, noun) or [], getattr(stored, f"{noun}_doubled")
        lost = len(set(ours) - set(kept))
        print(f"{noun:<12}{len(ours):>13}{len(kept):>8}{lost:>6}{doubled:>9}")
        worst = max(worst, lost, doubled)
    print("Stored and not acknowledged: the answer was on its way when its part was killed.")
    return int(worst > 0)


def _words(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def test_no_acknowledged_experience_or_rating_is_lost_or_doubled_by_kills() -> None:
    with tempfile.TemporaryDirectory(prefix="cc-chaos-") as folder:
        Path(folder).chmod(0o755)
        system = System(Path(folder))
        load = Load(system)
        try:
            wait(lambda: system.ask("/readyz")[0] == 200)
            print(f"\n{'killed -9':<12}{'recovered after':>16}")
            with running(load):
                for part in ("worker", "API", "PostgreSQL", "live feed", "alerts"):
                    time.sleep(PAUSE_S)
                    print(f"{part:<12}{recovery_s(system, load, part):>14.1f} s", flush=True)
                time.sleep(PAUSE_S)
            print(f"\nresponses by status (0: no connection): {dict(sorted(load.statuses.items()))}")
            assert audit(system, load) == 0
        finally:
            system.stop()
