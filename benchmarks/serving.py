"""Requests per second and latency at 1, 4 and 16 clients, of the running API or one started for it; optionally a soak.

    python -m benchmarks serving            (make bench-serve)
    .venv/bin/python -m benchmarks.serving --soak 30  minutes of mixed load; memory of each process

Closed loop: each client asks again after its answer. The peer is llama-cpp-python's own sampling under one
lock, as in its server, for plans with the same slots. The last row is an open loop: 100 requests per second,
regardless of answers, each timed from its scheduled time.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock, local
from typing import Any, Final

import numpy as np

from benchmarks.engine import SCHEMA, STATIC
from benchmarks.memory import resident
from benchmarks.running_system import running
from cc_common.core.settings import Settings, load_settings
from cc_common.model_registry.versions import base_gguf

CLIENTS: Final = (1, 4, 16)
SECONDS: Final = 8.0
RATE: Final = 100
MACHINES: Final = 24  # chillers
LATEST: Final = "/api/v1/equipment/chiller_{:03d}/latest"
_numbers: Final = itertools.count(int(time.time()))  # makes questions unique


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One request: its duration in seconds, and its status (0: no answer)."""

    seconds: float
    status: int


class Client:
    """The API over persistent connections, one per thread."""

    def __init__(self, settings: Settings) -> None:
        self._host, self._port, self._kept = settings.host, settings.port, local()

    def ask(self, path: str, body: Any = None) -> int:
        """Returns the status; 0 where the connection failed, which the next request reopens."""
        try:
            connection = self._connection()
            sent = None if body is None else json.dumps(body)
            connection.request("GET" if body is None else "POST", path, sent, {"Content-Type": "application/json"})
            response = connection.getresponse()
            response.read()
            return response.status
        except (OSError, http.client.HTTPException):
            self._kept.connection = None
            return 0

    def _connection(self) -> http.client.HTTPConnection:
        if getattr(self._kept, "connection", None) is None:
            self._kept.connection = http.client.HTTPConnection(self._host, self._port, timeout=60)
        connection: http.client.HTTPConnection = self._kept.connection
        return connection


def requests(client: Client) -> dict[str, Callable[[], int]]:
    """The requests by kind."""
    turn = itertools.count()

    def machine() -> int:
        return next(turn) % MACHINES + 1

    def ask(question: str) -> int:
        return client.ask("/api/v1/query", {"query": question})

    return {
        "data only": lambda: client.ask(LATEST.format(machine())),
        "cached question": lambda: ask(f"Show chiller {machine()} power"),
        "uncached question": lambda: ask(f"Show chiller {machine()} power, {next(_numbers)}"),
    }


def timed(work: Callable[[], int]) -> Outcome:
    """Times one request."""
    began = time.perf_counter()
    status = work()
    return Outcome(seconds=time.perf_counter() - began, status=status)


def closed_loop(work: Callable[[], int], clients: int, seconds: float) -> list[Outcome]:
    """Runs clients that each ask again after their answer."""
    until = time.monotonic() + seconds

    def client(_: int) -> list[Outcome]:
        outcomes = []
        while time.monotonic() < until:
            outcomes.append(timed(work))
        return outcomes

    with ThreadPoolExecutor(clients) as pool:
        return [outcome for outcomes in pool.map(client, range(clients)) for outcome in outcomes]


def open_loop(work: Callable[[], int], rate: int, seconds: float) -> list[Outcome]:
    """Sends `rate` requests per second, each timed from its scheduled time."""
    start = time.perf_counter() + 0.5

    def one(n: int) -> Outcome:
        due = start + n / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        status = work()
        return Outcome(seconds=time.perf_counter() - due, status=status)

    with ThreadPoolExecutor(32) as pool:
        return list(pool.map(one, range(int(rate * seconds))))


def peer() -> Callable[[], int]:
    """llama-cpp-python's JSON-schema sampling under one lock, with our threads and model file."""
    import llama_cpp

    settings, lock = load_settings(), Lock()
    model = llama_cpp.Llama(str(base_gguf(settings)), n_ctx=2048, n_threads=settings.model_threads, verbose=False)
    form: Any = {"type": "json_object", "schema": SCHEMA}

    def ask() -> int:
        n = next(_numbers)
        question = f"Show chiller {n % MACHINES + 1} power, {n}\n1 Chiller {n % MACHINES + 1}\na power consumption"
        with lock:
            messages: Any = [*STATIC, {"role": "user", "content": question}]
            model.create_chat_completion(messages, response_format=form, temperature=0.0, max_tokens=64)
        return 200

    return ask


def row(name: str, clients: int | str, outcomes: Sequence[Outcome], seconds: float) -> None:
    """Prints one row of results."""
    answered = [o.seconds * 1e3 for o in outcomes if o.status == 200] or [float("nan")]
    refused = sum(o.status == 503 for o in outcomes)
    failed = sum(o.status not in (200, 503) for o in outcomes)
    p50, p95, p99 = np.percentile(answered, [50, 95, 99])
    rate = sum(o.status == 200 for o in outcomes) / seconds
    print(f"{name:24}{clients:>8}{rate:>9.1f}{p50:>9.1f}{p95:>9.1f}{p99:>9.1f}{refused:>9}{failed:>8}", flush=True)


def measure(client: Client, *, with_peer: bool) -> int:
    """Prints the table; returns 1 when a request failed."""
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {SECONDS:.0f} s each; clients on the same machine")
    print(f"{'':24}{'clients':>8}{'req/s':>9}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'503':>9}{'failed':>8}")
    kinds, everything = requests(client), list[Outcome]()
    closed_loop(kinds["cached question"], 1, SECONDS)  # fills the cache
    for name, clients in itertools.product(kinds, CLIENTS):
        outcomes = closed_loop(kinds[name], clients, SECONDS)
        row(name, clients, outcomes, SECONDS)
        everything += outcomes
    if with_peer:
        ask = peer()
        for clients in CLIENTS:
            row("peer, one lock, no data", clients, closed_loop(ask, clients, SECONDS), SECONDS)
    outcomes = open_loop(_mixed(kinds), RATE, 20.0)
    row("no model, open loop", f"{RATE}/s", outcomes, 20.0)
    return int(any(o.status not in (200, 503) for o in [*everything, *outcomes]))


def _mixed(kinds: dict[str, Callable[[], int]]) -> Callable[[], int]:
    """Cached questions and readings in turn."""
    turn: Iterator[Callable[[], int]] = itertools.cycle([kinds["cached question"], kinds["data only"]])
    lock = Lock()

    def ask() -> int:
        with lock:
            work = next(turn)
        return work()

    return ask


def soak(client: Client, settings: Settings, minutes: float) -> int:
    """Runs a mixed load; returns 1 when a request failed or a process grew by more than 2 % after the first tenth."""
    kinds, counts = requests(client), dict[int, int]()
    work = itertools.cycle([kinds["cached question"], kinds["data only"], kinds["uncached question"]])
    began = time.monotonic()
    before: dict[str, float] = {}
    while (passed := time.monotonic() - began) < minutes * 60:
        if not before and passed > minutes * 6:
            before = resident(settings.port)
        status = timed(next(work)).status
        counts[status] = counts.get(status, 0) + 1
        time.sleep(0.02)
    after = resident(settings.port)
    print(f"{minutes:g} minutes, {counts} by status\n{'MB after the first tenth':>28}{'at the end':>12}{'growth':>9}")
    grown = 0.0
    for name in before.keys() & after.keys():
        growth = after[name] / before[name] - 1
        grown = max(grown, growth)
        print(f"{before[name]:>28.1f}{after[name]:>12.1f}{growth:>9.1%}  {name}")
    return int(set(counts) != {200} or grown > 0.02)


def main() -> int:
    """Returns 0 where every request was answered, or rejected with Retry-After."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--no-peer", action="store_true", help="skip the peer")
    parser.add_argument("--soak", type=float, metavar="MINUTES", help="the soak instead of the table")
    given, settings = parser.parse_args(), load_settings()
    client = Client(settings)
    with running(settings):
        return soak(client, settings, given.soak) if given.soak else measure(client, with_peer=not given.no_peer)


if __name__ == "__main__":
    sys.exit(main())
