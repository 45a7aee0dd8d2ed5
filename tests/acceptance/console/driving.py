"""What tests of the console do again and again."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cc_common import alerts
from cc_common.alerts import NewAlert
from cc_common.core.evidence import Evidence
from tests.acceptance.console.conftest import Site

POWER: Final = "power_consumption_kw"


def expect(found: Any) -> Any:
    """Playwright's assertions, imported only where the package is."""
    from playwright.sync_api import expect as assertions

    return assertions(found)


def ask(page: Any, question: str) -> Any:
    """Types the question, sends it by Enter, waits for the whole answer; its card."""
    page.fill("#question", question)
    page.press("#question", "Enter")
    card = page.locator("#answers > .answer")
    expect(card.locator(".asked")).to_have_text(question)
    card.locator(".answer-foot .thumb").first.wait_for()
    return card


def raised(site: Site, equipment: str = "chiller_001", **changes: Any) -> alerts.Alert:
    """An alert with its rows."""
    at = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=5)
    rows = Evidence(table=equipment, column=POWER, statistic="last", start=at, end=at + timedelta(minutes=1), rows=1)
    given: dict[str, Any] = {
        "kind": "out_of_range",
        "severity": "critical",
        "metric": POWER,
        "evidence": rows,
        "raised_at": at,
    }
    given |= {"message": "Chiller 1 draws 345.0 kW, above its limit.", "value": 345.0, "limit": 340.0, "unit": "kW"}
    return alerts.raise_alert(site.database, NewAlert(equipment=equipment, **given | changes))


def eventually(found: Callable[[], Any], wanted: Any, within_s: float = 10.0) -> None:
    """Waits until `found` gives what is wanted."""
    until = time.monotonic() + within_s
    while found() != wanted and time.monotonic() < until:
        time.sleep(0.1)
    assert found() == wanted


def tab_to(page: Any, selector: str, most: int = 80) -> None:
    """Presses Tab until what is wanted has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"no way by Tab to {selector}")
