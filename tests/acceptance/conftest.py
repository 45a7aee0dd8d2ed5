"""What tests of the console share: the application on a port, over a plant whose readings end now, and a browser."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from werkzeug.serving import BaseWSGIServer, make_server

from cc_common.catalog.store import install_catalog
from cc_common.config import Settings
from cc_common.db import Database, EmbeddedServer
from cc_common.simulator import PLANT, fill_history
from tests.integration.conftest import StubEngine, running

ARGUMENTS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS: Final = 12_000  # a rating is held for five seconds
TOKEN: Final = "the-admins-own-token-0123"


class Site:
    """The application on a port, which can go away, come back, and be slow."""

    def __init__(self, app: Any, database: Database, stub: StubEngine) -> None:
        self._app, self.database, self.stub = app, database, stub
        self.delay_s, self.port = 0.0, 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listens, on the same port as before."""
        self._server: BaseWSGIServer = make_server("127.0.0.1", self.port, self._slowed, threaded=True)
        self._server.log = lambda *_: None  # type: ignore[method-assign]
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self) -> None:
        """Nobody answers any more."""
        self._server.shutdown()
        self._server.server_close()

    def rows(self, statement: str) -> list[Any]:
        with self.database.connection() as connection:
            return [tuple(row) for row in connection.execute(statement)]  # type: ignore[call-overload]

    def _slowed(self, environ: Any, start_response: Any) -> Any:
        if environ["PATH_INFO"].startswith("/api/"):
            time.sleep(self.delay_s)
        return self._app(environ, start_response)


@pytest.fixture(scope="module")
def now_plant(server: EmbeddedServer, timeseries_template: str) -> str:
    """The whole catalogue, and two days of a few machines up to this minute; its DSN."""
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE console_plant TEMPLATE {timeseries_template}")
    database = Database(server.dsn("console_plant"), pool_size=2, timeout_s=5.0, name="console_plant")
    install_catalog(database, PLANT)
    until = datetime.now(UTC).replace(second=0, microsecond=0)
    fill_history(database, PLANT, days=2, seed=1, until=until, only={"chiller_001", "chiller_002", "chiller_003"})
    database.close()
    return server.dsn("console_plant")


@pytest.fixture
def site(app_db: Database, now_plant: str, tmp_path: Path) -> Iterator[Site]:
    """The application with an empty app database."""
    stub = StubEngine()
    stub.line = "latest 1 a: kpi gauge trend statistics"
    dsns = {"app_dsn": app_db.dsn, "timeseries_dsn": now_plant}
    settings = Settings(_env_file=None, data_dir=tmp_path / "data", admin_token=TOKEN, **dsns)  # type: ignore[call-arg, arg-type]
    with running(settings, stub) as app:
        opened = Site(app, app_db, stub)
        yield opened
        opened.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One Chromium for all."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs the Python package playwright")
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("needs Chromium (apt-get install chromium)")
    playwright.expect.set_options(timeout=PATIENCE_MS)
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def troubles() -> list[str]:
    """What the page complained of; a test that expects some empties it."""
    return []


@pytest.fixture
def page(browser: Any, site: Site, troubles: list[str]) -> Iterator[Any]:
    """A tab at desk size whose page must not complain."""
    context = browser.new_context(base_url=site.url, viewport={"width": 1280, "height": 800})
    tab = context.new_page()
    tab.set_default_timeout(PATIENCE_MS)
    tab.on("console", lambda said: said.type in ("error", "warning") and troubles.append(said.text))
    tab.on("pageerror", lambda error: troubles.append(str(error)))
    yield tab
    context.close()
    assert not troubles
