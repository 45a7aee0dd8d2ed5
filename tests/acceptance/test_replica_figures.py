"""Two replicas of the API behind nginx: a table of their cost and gain, and no call fails when one is killed.

make bench-replicas
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any, Final

import numpy as np
import psutil
import pytest

from tests.programs import needs
from tests.support.compose_services import Replica, call, eventually
from tests.support.replicated_system import QUESTION, Cluster, running_cluster

pytestmark = [
    pytest.mark.figures,
    pytest.mark.timeout(1800),
    needs("nginx-light"),
]
CALLS: Final = 200
UNCACHED: Final = 60
CLIENTS: Final = 4
UNDER_LOAD: Final = 600
LATEST: Final = "/api/v1/equipment/chiller_001/latest"
_numbers: Final = count()


def timed(port: int, path: str, body: Any = None) -> tuple[float, int]:
    """Milliseconds and status of one call on a connection of its own."""
    began = time.perf_counter()
    status, _ = call(port, path, body)
    return (time.perf_counter() - began) * 1000, status


def new_question() -> dict[str, str]:
    """One that was never asked."""
    n = next(_numbers)
    return {"query": f"Show chiller {n % 24 + 1} power, {n}"}


def what_nginx_costs(cluster: Cluster) -> None:
    """The same calls straight to a replica and through nginx, one after the other."""
    print(f"\n{CALLS} calls, one client, ms {'p50':>14}{'p95':>8}")
    for name, path, body in (("newest readings", LATEST, None), ("cached question", "/api/v1/query", QUESTION)):
        ways = {"direct": cluster.replicas[0].port, "nginx": cluster.nginx.port}
        taken: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(CALLS):
            for way, port in ways.items():
                taken[way].append(timed(port, path, body)[0])
        for way, ms in taken.items():
            print(f"{name}, {way:<10}{np.percentile(ms, 50):>14.2f}{np.percentile(ms, 95):>8.2f}")


def questions_a_second(port: int) -> float:
    """Uncached ones, CLIENTS at once."""
    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        statuses = list(pool.map(lambda _: call(port, "/api/v1/query", new_question())[0], range(UNCACHED)))
    return statuses.count(200) / (time.perf_counter() - began)


def megabytes(replica: Replica) -> float:
    """Unshared and shared memory (PSS) of a replica's processes."""
    assert replica.process
    top = psutil.Process(replica.process.pid)
    return float(sum(each.memory_full_info().pss for each in (top, *top.children(recursive=True))) / 1e6)


def killed_under_load(cluster: Cluster) -> int:
    """One replica dies at a third of the calls; how many failed."""
    calls: tuple[Callable[[], tuple[int, Any]], ...] = (
        lambda: cluster.ask(new_question()),
        cluster.ask,
        lambda: cluster.ask(None, LATEST),
    )
    with ThreadPoolExecutor(CLIENTS) as pool:
        told = [pool.submit(calls[n % len(calls)]) for n in range(UNDER_LOAD)]
        eventually(lambda: sum(each.done() for each in told) > UNDER_LOAD / 3, "the load does not get on", 600)
        cluster.replicas[1].kill()
        failed = sum(each.result()[0] != 200 for each in told)
    began = time.monotonic()
    cluster.bring_up()
    print(
        f"\nkill -9 of one replica under load: {failed} of {UNDER_LOAD} calls failed, {cluster.nginx.given_on()} were"
    )
    print(f"given to the other replica; started again, it was ready after {time.monotonic() - began:.1f} s")
    return failed


def test_no_call_fails_when_a_replica_is_killed_under_load() -> None:
    with running_cluster() as cluster:
        print(f"\n{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, one model thread a replica")
        what_nginx_costs(cluster)
        memory = [megabytes(replica) for replica in cluster.replicas]
        one, two = questions_a_second(cluster.replicas[0].port), questions_a_second(cluster.nginx.port)
        print(f"\nuncached questions a second, {CLIENTS} clients: one replica {one:.1f}, two behind nginx {two:.1f}")
        print(f"memory of a replica (PSS): {', '.join(f'{mb:.0f} MB' for mb in memory)}")
        assert killed_under_load(cluster) == 0
