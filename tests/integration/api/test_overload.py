"""Overloaded, as a process with the real model: refusals that are truthful, room for all that needs no model."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from cc_common.core.settings import PROJECT
from cc_common.db import Database

QUEUE = 3
LATEST = "/api/v1/equipment/chiller_001/latest"


class Api:
    """The API on a port of its own, with few threads and a short queue."""

    def __init__(self, **settings: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        ours = {"PORT": str(self.port), "QUEUE_SIZE": str(QUEUE), "API_THREADS": "2", "PLAN_CACHE_SIZE": "1"} | settings
        environment = {**os.environ, **{f"CC_{name}": value for name, value in ours.items()}}
        command = [sys.executable, "-m", "api"]
        self.process = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL)

    def ask(self, path: str, body: Any = None) -> tuple[int, dict[str, str], Any]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = None if body is None else json.dumps(body)
        connection.request("GET" if body is None else "POST", path, sent, {"Content-Type": "application/json"})
        response = connection.getresponse()
        found = response.status, dict(response.headers), json.loads(response.read())
        connection.close()
        return found

    def question(self, n: int) -> tuple[int, dict[str, str], Any]:
        return self.ask("/api/v1/query", {"query": f"Show chiller 1 power, please, for the {n}th time"})

    def queued(self) -> int:
        return int(self.ask("/api/v1/rl/status")[2]["engine"]["queue"])


@pytest.fixture
def api(app_db: Database, plant: Database, gguf: Path, tmp_path: Path) -> Iterator[Api]:
    ours = {"DATA_DIR": str(tmp_path), "BASE_GGUF": str(gguf), "APP_DSN": app_db.dsn, "TIMESERIES_DSN": plant.dsn}
    api = Api(**ours)
    until(lambda: api.ask("/readyz")[0] == 200)
    yield api
    api.process.terminate()
    api.process.wait(30)


def until(holds: Callable[[], bool], within_s: float = 60) -> None:
    end = time.monotonic() + within_s
    while True:
        try:
            if holds():
                return
        except OSError:
            pass
        assert time.monotonic() < end
        time.sleep(0.1)


def test_the_rest_stays_quick_and_refusals_say_when(api: Api) -> None:
    with ThreadPoolExecutor(16) as pool:
        asked = [pool.submit(api.question, n) for n in range(16)]
        until(lambda: any(each.done() for each in asked))
        took = []
        while not all(each.done() for each in asked):
            began = time.monotonic()
            assert api.ask(LATEST)[0] == 200
            took.append(time.monotonic() - began)
    answers = [each.result() for each in asked]
    refused = [(headers, body) for status, headers, body in answers if status == 503]
    assert {status for status, *_ in answers} == {200, 503}
    assert all(1 <= int(headers["Retry-After"]) <= 10 * (QUEUE + 1) for headers, _ in refused)
    assert len(answers) - len(refused) >= QUEUE, "those who wait are answered"
    assert sorted(took)[len(took) // 2] < 0.2


def test_who_hangs_up_is_not_asked_for(api: Api) -> None:
    before = api.ask("/api/v1/rl/status")[2]["buffer"]["experiences"]
    clients = []
    for n in range(QUEUE + 1):
        client = HTTPConnection("127.0.0.1", api.port)
        body = json.dumps({"query": f"Show chiller 1 power, please, for the {100 + n}th time"})
        client.request("POST", "/api/v1/query", body, {"Content-Type": "application/json"})
        clients.append(client)
    for client in clients:
        client.close()
    until(lambda: api.queued() == 0)
    assert api.question(999)[0] == 200, "the model is free, and the queue empty"
    after = api.ask("/api/v1/rl/status")[2]["buffer"]["experiences"]
    assert after - before <= 2, "the one in the model's hands at most, and the last"
