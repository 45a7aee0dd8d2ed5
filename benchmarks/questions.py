"""The time of a question by part, uncached and cached, through the running API (make run), and memory by process.

    .venv/bin/python -m benchmarks.questions [--count 60]

The floor is GET /healthz on the same connection: the cost of HTTP and Flask.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import statistics
import time
from typing import Any

from benchmarks.memory import resident
from cc_common.core.settings import load_settings

PARTS = ("resolve", "plan", "data", "compose", "total")
ASKED = ("Show {} power", "{} trend over the last {} hours", "average {} load last {} hours", "how is {} doing")
MACHINES = ("chiller {}", "pump {}", "AHU {}", "transformer {}")


def main() -> None:
    """Prints both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=60, help="distinct questions (default 60)")
    settings = load_settings()
    connection = http.client.HTTPConnection(settings.host, settings.port, timeout=30)
    questions = _questions(parser.parse_args().count)
    floor = [_timed(connection, "GET", "/healthz")[0] for _ in range(100)]
    first = [_timed(connection, "POST", "/api/v1/query", {"query": q}) for q in questions]
    again = [_timed(connection, "POST", "/api/v1/query", {"query": q}) for q in questions]
    print(f"{len(questions)} distinct questions, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; milliseconds")
    print(f"{'':12}{'p50':>9}{'p95':>9}")
    _row("GET /healthz", floor)
    for name, answers in (("uncached", first), ("cached", again)):
        for part in PARTS:
            _row(f"{name} {part}", [a["timings_ms"][part] for _, a in answers])
        _row(f"{name} HTTP", [ms for ms, _ in answers])
    _memory(settings.port)


def _questions(count: int) -> list[str]:
    rng = random.Random(7)
    asked: dict[str, None] = {}
    while len(asked) < count:
        machine = rng.choice(MACHINES).format(rng.randrange(1, 13))
        asked[rng.choice(ASKED).format(machine, rng.randrange(2, 48))] = None
    return list(asked)


def _timed(
    connection: http.client.HTTPConnection, method: str, path: str, body: object = None
) -> tuple[float, dict[str, Any]]:
    started = time.perf_counter()
    connection.request(method, path, json.dumps(body) if body else None, {"Content-Type": "application/json"})
    response = connection.getresponse()
    answer = json.loads(response.read())
    if response.status != 200:
        raise SystemExit(f"{path} answered {response.status}: {answer}")
    return (time.perf_counter() - started) * 1e3, answer


def _row(name: str, values: list[float]) -> None:
    ordered = sorted(values)
    print(f"{name:18}{statistics.median(ordered):9.2f}{ordered[int(0.95 * len(ordered))]:9.2f}")


def _memory(port: int) -> None:
    print("\nresident memory, MB")
    for name, megabytes in resident(port).items():
        print(f"{megabytes:9.0f}  {name}")


if __name__ == "__main__":
    main()
