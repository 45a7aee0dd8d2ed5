"""Replicas of the API behind nginx, as docker/compose.yaml runs them, but on loopback ports and without containers."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from typing import Any, Final

import psutil
import psycopg

from cc_common.core.settings import PROJECT
from cc_common.db import EmbeddedServer
from tests.programs import PROGRAMS
from tests.support.compose import FOLDER, SECRETS, command, environment, healthcheck

PATIENCE_S: Final = 90.0
DATABASES: Final = ("cc_app", "cc_timeseries", "cc_airflow")


def eventually(holds: Callable[[], object], what: object, within_s: float = PATIENCE_S) -> None:
    """Waits till it holds."""
    until = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < until, str(what)
        time.sleep(0.1)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def make_databases(server: EmbeddedServer) -> dict[str, str]:
    """What docker/postgres/databases.sh makes of a server that has none: the DSN of each, as the user of ours."""
    at = psycopg.conninfo.conninfo_to_dict(server.dsn("postgres"))
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
        for name in DATABASES:  # an embedded server comes with them
            connection.execute(f"DROP DATABASE {name}")
    where = {"PGHOST": str(at["host"]), "PGPORT": str(at["port"]), "PGUSER": str(at["user"])}
    script = ["sh", str(FOLDER / "postgres" / "databases.sh")]
    subprocess.run(script, check=True, env=os.environ | where | {"CC_DB_PASSWORD": SECRETS["CC_DB_PASSWORD"]})
    return {name: f"host={at['host']} port={at['port']} user=command_center dbname={name}" for name in DATABASES}


def call(port: int, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    """Status and JSON, as the operator; status 0 where the connection failed."""
    try:
        with sent(port, path, body, **headers) as response:
            text = response.read()
    except (OSError, HTTPException):
        return 0, None
    return response.status, json.loads(text) if text.startswith((b"{", b"[")) else text


@contextmanager
def sent(port: int, path: str, body: Any = None, **headers: str) -> Iterator[HTTPResponse]:
    """The response as it begins; `{}` is a POST without a body."""
    ours = {"Authorization": f"Bearer {SECRETS['CC_OPERATOR_TOKEN']}", "Content-Type": "application/json"}
    data = json.dumps(body) if body else None
    with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)) as connection:
        connection.request("GET" if body is None else "POST", path, data, ours | headers)
        with connection.getresponse() as response:
            yield response


class Part:
    """A service of compose.yaml, run here by its own command."""

    def __init__(self, service: str, folder: Path, settings: Mapping[str, str], log: Path) -> None:
        self._service = service
        self._command = [sys.executable, *command(service)[1:]]
        self._environment = os.environ | environment(service) | {"CC_DATA_DIR": str(folder / "data")} | dict(settings)
        self._log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """In a session of its own, as in a container."""
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command, env=self._environment, cwd=PROJECT, stdout=log, stderr=log, start_new_session=True
            )

    def run(self) -> None:
        """To its end, which is a good one."""
        self.start()
        assert self.process and self.process.wait(PATIENCE_S) == 0, str(self)

    def __str__(self) -> str:
        """The end of what it has said."""
        return self._log.read_text(errors="replace")[-4000:]

    def healthy(self) -> bool:
        """What its health check says."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # `python` is this one
        ours = self._environment | {"PATH": path}
        ports = {"127.0.0.1:8080": "CC_AIRFLOW_PORT", "127.0.0.1:8100": "CC_PORT"}
        words = healthcheck(self._service)
        for address, setting in ports.items():
            words = [word.replace(address, f"127.0.0.1:{ours.get(setting)}") for word in words]
        return not subprocess.run(words, env=ours, cwd=PROJECT, capture_output=True).returncode

    def stop(self) -> int:
        """As `docker compose stop` does; its exit status."""
        assert self.process
        self.process.terminate()
        return self.process.wait(PATIENCE_S)

    def kill(self) -> None:
        """Everything of it at once, as when its container or its machine dies."""
        if self.process:
            for pid in (self.process.pid, *_children(self.process.pid)):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.process.wait(PATIENCE_S)
            self.process = None


class Replica(Part):
    """One API process on a port of its own."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self.port = free_port()
        own = {"CC_HOST": "127.0.0.1", "CC_PORT": str(self.port)}
        super().__init__("api", folder, {**settings, **own}, folder / f"api-{self.port}.log")

    @property
    def ready(self) -> bool:
        """Whether it says so."""
        return call(self.port, "/readyz")[0] == 200


class Nginx:
    """nginx with docker/nginx.conf in front of these ports."""

    def __init__(self, folder: Path, ports: list[int]) -> None:
        self.port, self._log = free_port(), folder / "nginx.log"
        self._conf = folder / "nginx.conf"
        self._conf.write_text(rendered(self.port, ports, folder))
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """In the foreground, as in its container."""
        words = [PROGRAMS["nginx-light"], "-c", str(self._conf), "-e", "stderr", "-g", "daemon off;"]
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(words, stdout=log, stderr=log, start_new_session=True)
        eventually(lambda: call(self.port, "/metrics")[0] == 404, "nginx does not answer")

    def kill(self) -> None:
        """At once."""
        if self.process:
            self.process.terminate()
            self.process.wait(PATIENCE_S)

    def served_by(self) -> dict[int, int]:
        """How many calls each replica answered."""
        found = re.findall(r" by [^\n]*?127\.0\.0\.1:(\d+) id", self._log.read_text())
        return {int(port): found.count(port) for port in found}

    def given_on(self) -> int:
        """How many calls one replica left unanswered and another answered."""
        return len(re.findall(r" by 127\S+, 127\S+ id", self._log.read_text()))


def rendered(listen: int, ports: list[int], folder: Path) -> str:
    """docker/nginx.conf with loopback ports instead of Docker's names, and its files in `folder`."""
    text = (FOLDER / "nginx.conf").read_text()
    found = re.search(r"server api:8100 resolve (.*);", text)
    assert found and text.count("listen 80;") == 1
    servers = "\n        ".join(f"server 127.0.0.1:{port} {found[1]};" for port in ports)
    text = text.replace(found[0], servers).replace("listen 80;", f"listen 127.0.0.1:{listen};")
    return re.sub(r"resolver .*;", "", text).replace(" /tmp/", f" {folder}/")


def _children(pid: int) -> list[int]:
    return [child.pid for child in psutil.Process(pid).children(recursive=True)]
