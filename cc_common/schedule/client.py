"""Airflow's REST API, as far as starting a night and watching it needs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote
from urllib.request import Request, urlopen

from cc_common.config import Settings
from cc_common.schedule.environment import HOST, USER, password

RUNS: Final = "/api/v2/dags/{dag}/dagRuns"
ENDED: Final = ("success", "failed")
PATIENCE_S: Final = 60.0
LOOK_EVERY_S: Final = 1.0


class Client:
    """Logged in as the admin. What Airflow refuses is an HTTPError, what does not answer another OSError."""

    def __init__(self, settings: Settings) -> None:
        self._base = f"http://{HOST}:{settings.airflow_port}"
        login = {"username": USER, "password": password(settings)}
        self._token = ""
        self._token = self.call("POST", "/auth/token", login)["access_token"]

    def call(self, verb: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The JSON it answers."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"}
        data = None if body is None else json.dumps(body).encode()
        request = Request(self._base + path, data, headers, method=verb)  # noqa: S310
        with urlopen(request, timeout=PATIENCE_S) as response:  # noqa: S310
            return json.load(response)

    def trigger(self, dag: str, conf: Mapping[str, Any]) -> str:
        """Starts a run with these parameters; its path."""
        runs = RUNS.format(dag=dag)
        made = self.call("POST", runs, {"logical_date": None, "conf": dict(conf)})
        return f"{runs}/{quote(made['dag_run_id'], safe='')}"

    def wait(self, run: str, within_s: float, watch: Callable[[], None] = lambda: None) -> dict[str, Any]:
        """The run as it ended, or as it is after that time; `watch` is called now and then meanwhile."""
        until = time.monotonic() + within_s
        while (found := self.call("GET", run))["state"] not in ENDED and time.monotonic() < until:
            watch()
            time.sleep(LOOK_EVERY_S)
        return dict(found)

    def tasks(self, run: str) -> dict[str, str | None]:
        """The state of each of its tasks."""
        found = self.call("GET", f"{run}/taskInstances")["task_instances"]
        return {task["task_id"]: task["state"] for task in found}
