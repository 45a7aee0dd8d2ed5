"""Starts the whole system in order: checks, database, plant, live feed, alerts, API; then restarts parts that exit."""

from __future__ import annotations

import os
import signal
import time
from contextlib import ExitStack, suppress
from typing import Final

from cc_common.core.errors import CommandCenterError
from cc_common.core.settings import Settings
from cc_common.db import EmbeddedServer
from cc_common.operations import children
from cc_common.operations.children import Child, end_orphans, remember
from cc_common.operations.preparation import check_data_dir, check_port, only_launcher, prepare
from cc_common.operations.terminal import api_address, print_line, wait_ready

LOOK_EVERY_S: Final = 0.5
DATABASE_PAUSE_S: Final = 10.0


class Launcher:
    """Starts every part and supervises it; everything is stopped when `running` closes."""

    def __init__(self, settings: Settings, running: ExitStack) -> None:
        self._settings, self._running = settings, running
        self._server: EmbeddedServer | None = None
        self._children: list[Child] = []
        self._began = time.monotonic()
        self._database_due_at = 0.0

    def start(self) -> None:
        """Starts everything up to a ready API; SetupError when that fails."""
        folder = self._settings.data_dir
        print_line("data", str(folder))
        check_data_dir(folder)
        self._running.enter_context(only_launcher(folder))
        end_orphans(folder)
        check_port(self._settings)
        self._start_database()
        self._start_children(prepare(self._settings).simulated)
        self._tell(wait_ready(self._settings, self.keep_up))

    def supervise(self) -> None:
        """Restarts parts that exit, until a signal."""
        while True:
            self.keep_up()
            time.sleep(LOOK_EVERY_S)

    def keep_up(self) -> None:
        """Checks every part once, and restarts those that have exited."""
        if self._server and self._server.pid is None and time.monotonic() >= self._database_due_at:
            self._restart_database(self._server)
        before = [each.pid for each in self._children]
        for each in self._children:
            each.keep_up()
        if [each.pid for each in self._children] != before:
            remember(self._settings.data_dir, self._children)

    def kill(self) -> None:
        """Kills everything immediately; the database recovers at its next start."""
        for each in self._children:
            each.kill()
        if self._server and (pid := self._server.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGQUIT)

    def _start_database(self) -> None:
        if self._settings.app_dsn and self._settings.timeseries_dsn:
            print_line("database", "the two of CC_APP_DSN and CC_TIMESERIES_DSN")
            return
        # Owned even if a killed launcher's server still runs, so that this launcher stops it.
        self._server = EmbeddedServer(self._settings.data_dir, own=True)
        print_line("database", "embedded PostgreSQL, starting")
        self._running.enter_context(self._server)
        print_line("database", f"embedded PostgreSQL, process {self._server.pid}")

    def _restart_database(self, server: EmbeddedServer) -> None:
        print_line("database", "ended; starting it again")
        try:
            server.ensure_running()
        except CommandCenterError as exc:
            print_line("database", str(exc))
            self._database_due_at = time.monotonic() + DATABASE_PAUSE_S
        else:
            print_line("database", f"embedded PostgreSQL, process {server.pid}")

    def _start_children(self, simulated: bool) -> None:
        logs = self._settings.data_dir / "logs"
        feed = [Child("live feed", ["cc_common", "simulator", "feed"], logs / "feed.log")] if simulated else []
        watcher = Child("alerts", ["cc_common", "alerts", "watch"], logs / "alerts.log")
        learner = Child("baselines", ["cc_common", "anomalies", "watch"], logs / "baselines.log")
        models = Child("machine models", ["cc_common", "models", "watch"], logs / "machines.log")
        self._children = [*feed, watcher, learner, models, Child("API", ["api"], logs / "api.log")]
        self._running.callback(children.stop, self._children)
        for each in self._children:
            each.start()
            print_line(each.name, f"process {each.pid}, log {each.log}")
        remember(self._settings.data_dir, self._children)

    def _tell(self, ready: bool) -> None:
        url = f"http://{_in_url(api_address(self._settings))}:{self._settings.port}"
        if ready:
            seconds = time.monotonic() - self._began
            print_line("ready", f"after {seconds:.0f} s: ask at {url}/ ; the API's description: {url}/openapi")
        else:
            print_line("not ready", f"{url}/readyz says why; what it does not need works all the same")
        question = """-H 'Content-Type: application/json' -d '{"query": "Show chiller 1 power"}'"""
        print_line("stop", "Ctrl-C")
        print_line("try", f"curl -s {url}/api/v1/query {question}")


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
