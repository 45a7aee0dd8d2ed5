"""Two replicas of the API behind nginx on one database of their own, all by the commands of docker/compose.yaml."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg

from cc_common.db import EmbeddedServer
from cc_common.model_registry.versions import MODELS
from tests.support.compose_services import Nginx, Part, Replica, call, eventually, make_databases

QUESTION: Final = {"query": "Show chiller 1 power"}
WAITING: Final = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = 'command_center'"


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """What a test or a benchmark works with."""

    nginx: Nginx
    replicas: tuple[Replica, Replica]
    dsns: dict[str, str]
    admin_dsn: str
    folder: Path
    settings: dict[str, str]

    @property
    def models(self) -> Path:
        """The folder of models that all parts share."""
        return self.folder / "data" / MODELS

    def part(self, service: str) -> Part:
        """Another service of the file, not yet started."""
        return Part(service, self.folder, self.settings, self.folder / f"{service}.log")

    def ask(self, body: Any = QUESTION, path: str = "/api/v1/query", **headers: str) -> tuple[int, Any]:
        """Through nginx."""
        return call(self.nginx.port, path, body, **headers)

    def rows(self, statement: str, database: str = "cc_app") -> list[Any]:
        """As the user of ours."""
        with psycopg.connect(self.dsns[database]) as connection:
            return connection.execute(statement).fetchall()

    def waiting(self) -> int:
        """How many of our statements wait for a lock."""
        return len(self.rows(WAITING))

    @contextmanager
    def held(self, database: str, statement: str) -> Iterator[Any]:
        """A lock, until this ends or the connection is closed."""
        with closing(psycopg.connect(f"{self.admin_dsn} dbname={database}")) as connection:
            connection.execute(statement)
            yield connection

    def bring_up(self) -> None:
        """Both replicas, those that were killed again."""
        for replica in self.replicas:
            if replica.process is None:
                replica.start()
        eventually(lambda: all(replica.ready for replica in self.replicas), "the replicas do not come up")


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """Database, `prepare`, two replicas, nginx; one day of the plant, no limit of calls."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cc-tests-")))
        folder.chmod(0o755)
        server = stack.enter_context(EmbeddedServer(folder / "database", durable=False))
        dsns = make_databases(server)
        ours = {"CC_APP_DSN": dsns["cc_app"], "CC_TIMESERIES_DSN": dsns["cc_timeseries"], "CC_PLANT_DAYS": "1"}
        ours |= {"CC_RATE_LIMIT": "0", "CC_PLAN_DEADLINE_S": "60", "CC_MODEL_THREADS": "1"}
        Part("prepare", folder, ours, folder / "prepare.log").run()
        replicas = Replica(folder, ours), Replica(folder, ours)
        nginx = Nginx(folder, [replica.port for replica in replicas])
        for part in (nginx, *replicas):
            stack.callback(part.kill)
        opened = Cluster(
            nginx=nginx, replicas=replicas, dsns=dsns, admin_dsn=server.dsn("postgres"), folder=folder, settings=ours
        )
        opened.bring_up()
        nginx.start()
        yield opened
