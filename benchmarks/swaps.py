"""Swaps the served model under constant load, with two API processes on one database: failures and latency.

.venv/bin/python -m benchmarks.swaps [--other GGUF] [--swaps 20] [--requests 1000]
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any, Final

import numpy as np

from api.engine import Engine, PlanRequest, ServedModel
from api.security import admin_token
from cc_common import planning
from cc_common.catalog.store import install_catalog, load_catalog
from cc_common.core.settings import PROJECT, Settings
from cc_common.db import Databases, EmbeddedServer, migrate, open_databases
from cc_common.model_registry import versions
from cc_common.model_registry.versions import MODELS, base_gguf, sha256
from cc_common.simulator import PLANT, fill_history
from cc_common.understanding import Resolver

CLIENTS: Final = 4
PATIENCE_S: Final = 1800.0
SAMPLE: Final = 60  # answers per model that are planned again by that model alone
SMALL: Final = replace(PLANT, equipment=tuple(e for e in PLANT.equipment if e.type == "chiller"))


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request of the load: process, start (monotonic seconds), result, and the model that answered."""

    api: int
    began: float
    ended: float
    status: int
    response_id: str = ""
    model: str = ""


class Api:
    """One API process."""

    def __init__(self, settings: Settings) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        ours: dict[str, object] = {"DATA_DIR": settings.data_dir, "PORT": self.port, "BASE_GGUF": settings.base_gguf}
        ours |= {"APP_DSN": settings.app_dsn, "TIMESERIES_DSN": settings.timeseries_dsn}
        environment = os.environ | {f"CC_{name}": str(value) for name, value in ours.items()}
        log = (settings.data_dir / f"api-{self.port}.log").open("wb")
        command = [sys.executable, "-m", "api"]
        self.process = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=log, stderr=log)

    def call(self, path: str, body: Any = None, token: str = "") -> tuple[int, Any]:
        """Returns status and JSON; status 0 where the connection failed."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        try:
            sent = None if body is None else json.dumps(body)
            connection.request("GET" if body is None and not token else "POST", path, sent, headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        except (OSError, ValueError, http.client.HTTPException):
            return 0, None
        finally:
            connection.close()


def ask(api: Api, number: int, n: int) -> Asked:
    """Asks a unique question."""
    began = time.monotonic()
    status, answer = api.call("/api/v1/query", {"query": f"Show chiller {n % 24 + 1} power, {n}"})
    found = {"response_id": answer["response_id"], "model": answer["model"]["id"]} if status == 200 else {}
    return Asked(api=number, began=began, ended=time.monotonic(), status=status, **found)


def load(apis: Sequence[Api], ended: Event, numbers: Iterator[int], asked: list[Asked]) -> None:
    """Runs one client until it is stopped."""
    while not ended.is_set():
        n = next(numbers)
        asked.append(ask(apis[n % len(apis)], n % len(apis), n))


def swap(apis: Sequence[Api], ids: Sequence[str], swaps: int, token: str, between_s: float) -> list[Any]:
    """Activates the models in turn through the first API; returns (began, ended) of each swap."""
    spans = []
    for n in range(swaps):
        time.sleep(between_s)
        began = time.monotonic()
        status, problem = apis[0].call(f"/api/v1/models/{ids[n % len(ids)]}/activate", token=token)
        if status != 200:
            raise SystemExit(f"Swap {n + 1} was refused: {problem}")
        spans.append((began, time.monotonic()))
    time.sleep(between_s)
    return spans


def replanned(databases: Databases, model: ServedModel, ids: Sequence[str], settings: Settings) -> int:
    """Counts the answers that the model alone plans identically."""
    catalog, engine = load_catalog(databases.timeseries), Engine(settings)
    resolver, same = Resolver(catalog), 0
    engine.start(model, planning.STATIC_MESSAGES)
    try:
        wait(lambda: engine.health().ready)
        with databases.app.connection() as connection:
            rows = connection.execute(
                "SELECT question, messages, plan_text FROM experience WHERE id::text = ANY(%s)", (list(ids),)
            )
            for row in rows.fetchall():
                resolution = resolver.resolve(row.question, now=datetime.now(UTC))
                request = PlanRequest(
                    messages=row.messages,
                    grammar=planning.build_grammar(resolution, catalog),
                    max_tokens=settings.plan_max_tokens,
                )
                same += engine.plan(request, cache_scope="").text == row.plan_text
    finally:
        engine.stop()
    return same


def report(asked: Sequence[Asked], spans: Sequence[Any], models: Collection[str]) -> int:
    """Prints the table; returns the number of failed requests."""
    failed = [a for a in asked if a.status != 200 or a.model not in models]
    swapping = [a for a in asked if any(a.began < end and a.ended > begin for begin, end in spans)]
    steady = [a for a in asked if a not in set(swapping)]
    print(f"{len(asked)} requests, {len(failed)} failed, {len(spans)} swaps of {_mean(spans):.1f} s")
    print(f"\n{'':<10}{'requests':>9}{'p50 ms':>9}{'p99 ms':>9}")
    for name, part in (("steady", steady), ("swapping", swapping)):
        ms = [(a.ended - a.began) * 1000 for a in part] or [float("nan")]
        print(f"{name:<10}{len(part):>9}{np.percentile(ms, 50):>9.0f}{np.percentile(ms, 99):>9.0f}")
    for api in (0, 1):
        by_model = {id: sum(a.model == id for a in asked if a.api == api) for id in models}
        print(f"API {api + 1} answered by: {by_model}")
    return len(failed)


def _mean(spans: Sequence[Any]) -> float:
    return float(np.mean([end - begin for begin, end in spans])) if spans else 0.0


def twin(gguf: Path, folder: Path) -> Path:
    """The same model with another name in its header: another file and sha256, the same plans."""
    data = bytearray(gguf.read_bytes())
    at = data.index(b"general.name") + len(b"general.name") + 4 + 8
    data[at] = ord("T") if data[at] != ord("T") else ord("U")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "twin.gguf").write_bytes(data)
    return folder / "twin.gguf"


def wait(holds: Any) -> None:
    """Waits until the condition holds."""
    until = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > until:
            raise SystemExit("The condition was not met in time.")
        time.sleep(0.1)


@contextmanager
def apis_on(settings: Settings) -> Iterator[tuple[Api, Api]]:
    """Starts two API processes and waits until they are ready."""
    apis = Api(settings), Api(settings)
    try:
        for api in apis:
            wait(lambda api=api: api.call("/readyz")[0] == 200)
        yield apis
    finally:
        for api in apis:
            api.process.terminate()
            api.process.wait(60)


def prepared(stack: ExitStack, other: Path | None) -> tuple[Databases, Settings, dict[str, ServedModel]]:
    """Prepares a plant of chillers and two registered models in its own folder; the base is served."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cc-swaps-")))
    folder.chmod(0o755)
    server = stack.enter_context(EmbeddedServer(folder, own=True))
    base = base_gguf(Settings(_env_file=None))
    settings = Settings(
        _env_file=None, data_dir=folder, base_gguf=base, plan_deadline_s=60,
        app_dsn=server.dsn("cc_app"), timeseries_dsn=server.dsn("cc_timeseries"),
    )  # fmt: skip
    databases = stack.enter_context(open_databases(settings))
    migrate(databases.app, "app")
    migrate(databases.timeseries, "timeseries")
    install_catalog(databases.timeseries, SMALL)
    fill_history(databases.timeseries, SMALL, days=1, seed=1, until=datetime.now(UTC).replace(second=0, microsecond=0))
    if other is None:
        path = twin(base, folder / MODELS)
    else:
        (folder / MODELS).mkdir()
        path = folder / MODELS / other.name
        path.write_bytes(other.read_bytes())
    models = {id: ServedModel(id=id, path=file, sha256=sha256(file)) for id, file in (("base", base), ("other", path))}
    for model in models.values():
        at = str(model.path) if model.id == "base" else model.path.name
        versions.register(databases.app, id=model.id, tier=2, path=at, sha256=model.sha256)
    versions.promote(databases.app, "base")
    return databases, settings, models


def main() -> int:
    """Runs the benchmark; returns 1 when a request failed, there were too few, or an answer is not its model's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--other", type=Path, help="the second model (default: a twin of the base)")
    parser.add_argument("--swaps", type=int, default=20)
    parser.add_argument(
        "--requests", type=int, default=1000, help="least number of requests, before and after the swaps included"
    )
    parser.add_argument("--between", type=float, default=5, help="seconds of steady load between two swaps")
    given = parser.parse_args()
    with ExitStack() as stack:
        databases, settings, models = prepared(stack, given.other)
        with apis_on(settings) as apis, ThreadPoolExecutor(CLIENTS) as pool:
            ended, numbers, asked = Event(), count(), list[Asked]()
            clients = [pool.submit(load, apis, ended, numbers, asked) for _ in range(CLIENTS)]
            try:
                spans = swap(apis, ["other", "base"], given.swaps, admin_token(settings), given.between)
                wait(lambda: len(asked) >= given.requests or any(client.done() for client in clients))
            finally:
                ended.set()
            for client in clients:
                client.result()
            failed = report(asked, spans, models)
        worst = failed + max(0, given.requests - len(asked))
        for model in models.values():
            ids = [a.response_id for a in asked if a.model == model.id]
            sample = ids[:: max(1, len(ids) // SAMPLE)][:SAMPLE]
            same = replanned(databases, model, sample, settings)
            print(f"{model.id}: {same} of {len(sample)} sampled answers planned again in the same words by it alone")
            worst += len(sample) - same
    return int(worst > 0)


if __name__ == "__main__":
    sys.exit(main())
