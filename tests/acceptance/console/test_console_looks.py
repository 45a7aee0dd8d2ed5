"""How the console looks: accessible and within every screen in both themes, painted at once, nothing moves as it loads.

Leaves pictures in artifacts/console.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from tests.acceptance.console.conftest import Site, tab
from tests.acceptance.console.driving import ask, expect, raised

AXE: Final = Path(__file__).parents[1] / "vendor" / "axe.min.js"
TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
PATHS: Final = {
    "ask": "/",
    "answer": "/?q=Show chiller 1 power",
    "plant": "/plant",
    "machine": "/plant/chiller_001",
    "learning": "/learning",
}
SIZES: Final = {"phone": (390, 844), "desk": (1280, 800), "wall": (2560, 1440)}
PICTURES: Final = Path("artifacts/console")
MAX_SHIFT: Final = 0.05  # half of what counts as good
SHIFTS: Final = """
globalThis.shifted = 0;
new PerformanceObserver((list) => list.getEntries().forEach((entry) => (shifted += entry.value)))
  .observe({ type: "layout-shift", buffered: true });
"""


def barriers(page: Any) -> list[tuple[str, list[str]]]:
    """What axe-core holds against the page, with the elements it is about."""
    if page.evaluate("typeof axe") == "undefined":
        page.add_script_tag(path=AXE)
    found = page.evaluate("tags => axe.run(document, { runOnly: tags })", TAGS)["violations"]
    return [(each["id"], [node["html"] for node in each["nodes"]][:3]) for each in found]


@pytest.mark.parametrize("name", PATHS)
def test_every_page_comes_at_once_is_accessible_and_fits_every_screen(
    browser: Any, site: Site, troubles: list[str], name: str
) -> None:
    raised(site)
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tab(browser, site, troubles, SHIFTS) as page:
        page.goto(PATHS[name])
        page.wait_for_load_state("networkidle")
        assert page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime") < 1000
        assert page.evaluate("shifted") < MAX_SHIFT
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            for size, (width, height) in SIZES.items():
                page.set_viewport_size({"width": width, "height": height})
                page.wait_for_timeout(150)  # charts follow their width
                page.screenshot(path=PICTURES / f"{name}-{size}-{scheme}.png", full_page=size != "wall")
                assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (size, scheme)
                if size != "wall":  # which is laid out as a desk is
                    assert not barriers(page), (size, scheme)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_opens_over_a_page_is_accessible(browser: Any, site: Site, troubles: list[str], scheme: str) -> None:
    raised(site)
    with tab(browser, site, troubles, "0") as page:
        page.emulate_media(color_scheme=scheme)
        page.goto("/")
        card = ask(page, "Show chiller 1 power")
        for opener in (card.locator(".statistics .figure").first, card.get_by_role("button", name="Show me this")):
            opener.click()
            expect(page.locator("dialog[open] .skeleton")).to_have_count(0)
            assert not barriers(page)
            page.keyboard.press("Escape")
        page.goto("/plant")
        page.get_by_role("button", name="Shelve").click()
        assert not barriers(page)
