"""What tests of the console share: the application on a port, over a plant whose readings end now, and a browser."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import expect, sync_playwright
from werkzeug.serving import BaseWSGIServer, make_server

from api.engine import PlanReply, PlanRequest
from cc_common.core.settings import Settings
from cc_common.db import Database, EmbeddedServer
from cc_common.simulator import PLANT, fill_history
from tests.conftest import copied
from tests.integration.conftest import StubEngine, running
from tests.programs import program

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
QUICK_S: Final = 0.2  # what follows the database looks so often; it ends only then
TOKEN: Final = "the-admins-own-token-0123"
OPERATOR_TOKEN: Final = "the-operators-token-0123"


class Obedient(StubEngine):
    """Says its line whatever is asked, by the name of `model`."""

    model = "stub"

    def plan(self, request: PlanRequest, *, cache_scope: str, gone: object) -> PlanReply:
        reply = super().plan(request, cache_scope=cache_scope, gone=gone)
        return replace(reply, text=self.line, model_id=self.model)


class Site:
    """The application on a port, which can go away, come back, and be slow."""

    def __init__(self, app: Any, database: Database, stub: Obedient) -> None:
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


@pytest.fixture(scope="package")
def now_plant(server: EmbeddedServer, catalog_template: str) -> str:
    """The whole catalogue, and two days of a few machines up to this minute; its DSN."""
    database = copied(server, "console_plant", catalog_template)
    until = datetime.now(UTC).replace(second=0, microsecond=0)
    fill_history(database, PLANT, days=2, seed=1, until=until, only={"chiller_001", "chiller_002", "chiller_003"})
    database.close()
    return server.dsn("console_plant")


@contextmanager
def opened(app_db: Database, plant: str, folder: Path, **given: Any) -> Iterator[Site]:
    """The application on a port, with an empty app database."""
    stub = Obedient()
    stub.line = "latest 1 a: kpi gauge trend statistics"
    dsns = {"app_dsn": app_db.dsn, "timeseries_dsn": plant}
    settings = Settings(_env_file=None, data_dir=folder / "data", admin_token=TOKEN, **dsns, **given)  # type: ignore[call-arg, arg-type]
    with pytest.MonkeyPatch.context() as patched:
        for name in ("api.app.POLL_S", "api.services.POLL_S"):
            patched.setattr(name, QUICK_S)
        yield from _running(settings, stub, app_db)


def _running(settings: Settings, stub: Obedient, app_db: Database) -> Iterator[Site]:
    with running(settings, stub) as app:
        site = Site(app, app_db, stub)
        yield site
        site.stop()


@pytest.fixture
def site(app_db: Database, now_plant: str, tmp_path: Path) -> Iterator[Site]:
    """As on an operator's own machine."""
    with opened(app_db, now_plant, tmp_path) as site:
        yield site


@pytest.fixture
def closed_site(app_db: Database, now_plant: str, tmp_path: Path) -> Iterator[Site]:
    """As for others than this machine's users: every call needs a token."""
    with opened(app_db, now_plant, tmp_path, operator_token=OPERATOR_TOKEN) as site:
        yield site


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    """One Chromium for all."""
    chromium_program = program("chromium")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=chromium_program, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def troubles() -> list[str]:
    """What the page complained of; a test that expects some empties it."""
    return []


@pytest.fixture
def page(browser: Any, site: Site, troubles: list[str]) -> Iterator[Any]:
    """A tab at desk size whose page must not complain."""
    with tab(browser, site, troubles) as page:
        yield page


@contextmanager
def tab(browser: Any, site: Site, troubles: list[str], script: str = "") -> Iterator[Any]:
    """A tab on the site; `script` runs before the page's own. What the page complains of is kept and must be empty."""
    context = browser.new_context(base_url=site.url, viewport={"width": 1280, "height": 800}, bypass_csp=bool(script))
    context.add_init_script(script or "0")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.on("console", lambda said: said.type in ("error", "warning") and troubles.append(said.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    yield page
    context.close()
    assert not troubles
