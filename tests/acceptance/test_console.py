"""The console as an operator meets it: a real browser, the real application and plant, a stand-in for the model."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from cc_common import alerts, nights, registry
from cc_common.alerts import NewAlert
from cc_common.evidence import Evidence
from cc_common.simulator import PLANT
from cc_common.window import Window
from tests.acceptance.conftest import TOKEN, Site

playwright = pytest.importorskip("playwright.sync_api", reason="needs the Python package playwright")
AXE: Final = Path(__file__).parent / "vendor" / "axe.min.js"
TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
PATHS: Final = ["/", "/?q=Show chiller 1 power", "/plant", "/plant/chiller_001", "/learning"]
SIZES: Final = {"phone": (390, 844), "desk": (1280, 800), "wall": (2560, 1440)}
POWER: Final = "power_consumption_kw"


def ask(page: Any, question: str) -> Any:
    """Types the question, sends it by Enter, waits for the whole answer; its card."""
    page.fill("#question", question)
    page.press("#question", "Enter")
    card = page.locator("#answers > .answer")
    playwright.expect(card.locator(".asked")).to_have_text(question)
    card.locator(".answer-foot .thumb").first.wait_for()
    return card


def raised(site: Site, equipment: str = "chiller_001") -> alerts.Alert:
    at = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=5)
    rows = Evidence(table=equipment, column=POWER, statistic="last", start=at, end=at + timedelta(minutes=1), rows=1)
    given = {"kind": "out_of_range", "severity": "critical", "message": "Chiller 1 draws 345.0 kW, above its limit."}
    new = NewAlert(equipment=equipment, metric=POWER, value=345.0, limit=340.0, unit="kW", evidence=rows, **given)  # type: ignore[arg-type]
    return alerts.raise_alert(site.database, new)


def barriers(page: Any) -> list[tuple[str, list[str]]]:
    """What axe-core holds against the page, with the elements it is about."""
    page.add_script_tag(path=AXE)
    found = page.evaluate("tags => axe.run(document, { runOnly: tags })", TAGS)["violations"]
    return [(each["id"], [node["html"] for node in each["nodes"]][:3]) for each in found]


def eventually(found: Callable[[], Any], wanted: Any, within_s: float = 10.0) -> None:
    until = time.monotonic() + within_s
    while found() != wanted and time.monotonic() < until:
        time.sleep(0.1)
    assert found() == wanted


def test_a_question_is_answered_in_widgets_whose_figures_show_their_rows(page: Any) -> None:
    page.goto("/")
    page.keyboard.press("Escape")
    page.locator("h1").evaluate("() => document.activeElement.blur()")
    page.keyboard.press("/")
    playwright.expect(page.locator("#question")).to_be_focused()
    card = ask(page, "Show chiller 1 power")
    assert re.search(r"Chiller 1 power consumption is \d+\.\d kilowatts", card.locator(".spoken").inner_text())
    assert {w.get_attribute("data-type") for w in card.locator(".widget").all()} == {
        "kpi",
        "gauge",
        "trend",
        "statistics",
    }
    playwright.expect(card.locator(".kpi .change")).to_contain_text("since")
    playwright.expect(card.locator("[data-type=trend] .uplot canvas")).to_be_visible()
    card.locator(".spoken .figure").click()
    dialog = page.locator("dialog[open]")
    playwright.expect(dialog.locator(".facts")).to_contain_text("chiller_001")
    playwright.expect(dialog.locator(".facts")).to_contain_text(POWER)
    playwright.expect(dialog.locator(".readings .scroll tbody tr")).to_have_count(1)
    page.keyboard.press("Escape")
    card.locator(".statistics .figure").first.click()
    playwright.expect(dialog.locator(".facts")).to_contain_text("1,4")  # 1,4xx readings in a day
    playwright.expect(dialog.locator(".readings .scroll tbody tr")).to_have_count(100)


def test_a_curve_is_zoomed_and_moved_by_keys(page: Any) -> None:
    page.goto("/")
    ask(page, "trend of chiller 1 power")
    curve = page.locator(".chart[tabindex]").first
    curve.locator("canvas").wait_for()
    curve.focus()
    shown = []
    for key in ("+", "+", "ArrowLeft", "-", "0"):
        curve.press(key)
        shown.append(curve.get_attribute("aria-description"))
    assert len(set(shown)) == len(shown) and all(text.startswith("Shown: ") for text in shown)


def test_a_follow_up_goes_on_from_the_last_answer_and_questions_come_back_by_arrow(page: Any, site: Site) -> None:
    page.goto("/")
    site.stub.line = "trend 1 a avg: trend statistics"
    ask(page, "Chiller 1 power over the last 24 hours")
    card = ask(page, "and yesterday?")
    playwright.expect(card.locator(".spoken")).to_contain_text("yesterday")
    playwright.expect(page.locator("details.before")).to_have_count(1)
    for expected in ("and yesterday?", "Chiller 1 power over the last 24 hours"):
        page.press("#question", "ArrowUp")
        assert page.input_value("#question") == expected


def test_a_thumb_can_be_taken_back_and_is_sent_after_a_while(page: Any, site: Site) -> None:
    page.goto("/")
    card = ask(page, "Show chiller 1 power")
    foot = card.locator(".answer-foot")
    foot.locator('[data-thumb="down"]').click()
    foot.get_by_role("button", name="Undo").click()
    widget = card.locator('[data-type="trend"]')
    widget.locator('[data-thumb="up"]').click()
    playwright.expect(widget.locator(".thanks")).to_contain_text("Thanks!")
    assert site.rows("SELECT count(*) FROM rating") == [(0,)]
    playwright.expect(widget.locator(".thanks")).to_contain_text("Lesson 1 is learned")
    shown = widget.get_attribute("data-widget")
    assert site.rows("SELECT rating, widget_id, rater FROM rating") == [("up", shown, "operator")]


def test_a_comment_goes_with_the_thumb_and_leaving_the_page_sends_what_is_held(page: Any, site: Site) -> None:
    page.goto("/")
    foot = ask(page, "Show chiller 1 power").locator(".answer-foot")
    foot.locator('[data-thumb="down"]').click()
    foot.get_by_role("button", name="Comment").click()
    foot.get_by_role("textbox").fill("I meant the load.")
    foot.get_by_role("button", name="Send").click()
    playwright.expect(foot.locator(".thanks")).to_contain_text("learned")
    foot.locator('[data-thumb="up"]').click()
    page.goto("/plant")
    eventually(lambda: site.rows("SELECT rating, comment FROM rating"), [("down", "I meant the load."), ("up", None)])


def test_show_me_this_instead_becomes_a_correction(page: Any, site: Site) -> None:
    page.goto("/")
    ask(page, "Show chiller 1 power").get_by_role("button", name="Show me this instead").click()
    dialog = page.locator("dialog[open]")
    for name in ("kpi", "gauge", "statistics"):
        dialog.locator(f"#instead-{name}").uncheck()
    dialog.locator("#instead-table").check()
    dialog.locator("#instead-metric").select_option("cooling_load_tr")
    dialog.locator("#instead-window").select_option("P7D")
    dialog.get_by_role("button", name="Send").click()
    playwright.expect(dialog).to_contain_text("Lesson 1 is learned")
    wanted = {"widgets": ["trend", "table"], "metrics": ["cooling_load_tr"], "window": {"label": "P7D"}}
    assert site.rows("SELECT rating, correction FROM rating") == [("down", wanted)]
    dialog.get_by_role("button", name="Ask again").click()
    playwright.expect(page.locator("details.before")).to_have_count(1)


def test_an_alert_is_acknowledged_and_cleared(page: Any, site: Site) -> None:
    alert = raised(site)
    page.goto("/plant")
    item = page.locator("#alerts li")
    item.get_by_role("button", name="Source").click()
    playwright.expect(page.locator("dialog[open] .facts")).to_contain_text("chiller_001")
    page.keyboard.press("Escape")
    item.get_by_role("button", name="Acknowledge").click()
    playwright.expect(item).to_contain_text("by operator")
    assert alerts.get(site.database, alert.id).state == "acknowledged"
    item.get_by_role("button", name="Clear").click()
    playwright.expect(item).to_contain_text("over since")
    assert alerts.get(site.database, alert.id).state == "cleared"


def test_an_admin_rolls_back_with_a_token_that_stays_in_the_tab(page: Any, site: Site, troubles: list[str]) -> None:
    for name, parent in (("base", None), ("better", "base")):
        registry.register(site.database, id=name, tier=2, path=f"{name}.gguf", sha256="0" * 64, parent=parent)
        registry.promote(site.database, name, gate={"accepted": True, "reason": "every demand is met"})
    page.goto("/learning")
    page.get_by_role("button", name="Roll back the language model").click()
    page.get_by_role("button", name="Yes, serve it").click()
    page.locator("#token").fill(TOKEN)
    page.get_by_role("button", name="Use it").click()
    playwright.expect(page.locator("dialog[open]")).to_contain_text("base is served")
    assert registry.served(site.database, 2).id == "base"  # type: ignore[union-attr]
    assert page.evaluate("[sessionStorage.token, localStorage.token ?? null]") == [TOKEN, None]
    assert all("401" in trouble for trouble in troubles)
    troubles.clear()


def test_a_night_shows_its_pairs_its_gate_and_how_it_ended(page: Any, site: Site) -> None:
    now = datetime.now(UTC)
    registry.register(site.database, id="taught", tier=2, path="taught.gguf", sha256="0" * 64, parent=None)
    nights.begin(site.database, "night-1", Window(start=now - timedelta(days=1), end=now), parent="taught")
    counts, left_out = {"correction": 199, "unpaired_up": 48}, {"retired model": 3}
    nights.end_stage(site.database, "night-1", "pairs", {"counts": counts, "left_out": left_out})
    check = {"name": "held-out questions", "figure": "95.5% of 200", "demand": "interval above -4%", "held": True}
    worse = check | {"name": "latency p50", "figure": "417 ms", "demand": "at most 377 ms", "held": False}
    nights.end_stage(site.database, "night-1", "gate", {"checks": [check, worse]})
    nights.finish(site.database, "night-1", "rejected", "latency p50 is not held")
    page.goto("/learning")
    night = page.locator("details.night").first
    playwright.expect(night.locator("summary")).to_contain_text("rejected")
    playwright.expect(night.get_by_role("row")).to_have_count(3)
    playwright.expect(night).to_contain_text("not held")
    playwright.expect(page.locator("main")).to_contain_text("199")


def test_a_machines_page_has_metrics_alerts_quality_and_a_forecast_on_demand(page: Any, site: Site) -> None:
    raised(site)
    page.goto("/plant")
    page.fill("#find", "chiller 1")
    playwright.expect(page.locator("#found")).to_contain_text("machines")
    page.locator('a[href="/plant/chiller_001"].tile').click()
    playwright.expect(page.locator("h1")).to_have_text("Chiller 1")
    metrics = len(PLANT.type("chiller").metrics)
    playwright.expect(page.locator(".metric .uplot canvas")).to_have_count(metrics)
    playwright.expect(page.locator("#alerts li")).to_have_count(1)
    playwright.expect(page.locator("#quality tbody tr")).to_have_count(metrics)
    page.get_by_role("button", name="More of power consumption").click()
    detail = page.locator("#detail")
    playwright.expect(detail.locator(".statistics .figure")).to_have_count(4)
    detail.get_by_role("button", name="6 hours").click()
    playwright.expect(detail.locator(".ahead")).to_contain_text("The band holds 90 %")


def test_an_unknown_machine_is_told_in_words(page: Any, troubles: list[str]) -> None:
    page.goto("/plant/chiller_999")
    playwright.expect(page.locator("#metrics")).to_contain_text("No equipment 'chiller_999'")
    troubles.clear()  # the browser tells of the 404


def test_the_page_says_when_nobody_answers_and_goes_on_when_somebody_does(
    page: Any, site: Site, troubles: list[str]
) -> None:
    page.goto("/")
    ask(page, "Show chiller 1 power")
    site.stop()
    page.fill("#question", "Show chiller 2 power")
    page.press("#question", "Enter")
    playwright.expect(page.locator("#banner")).to_contain_text("does not answer")
    site.start()
    playwright.expect(page.locator("#answers > .answer .spoken")).to_contain_text("Chiller 2")
    playwright.expect(page.locator("#banner")).to_be_empty()
    assert all("ERR_" in trouble for trouble in troubles)
    troubles.clear()


def test_a_slow_answer_is_waited_for_and_asked_once(page: Any, site: Site) -> None:
    page.goto("/")
    page.locator("#examples .chip").first.wait_for()
    site.delay_s = 5.0
    page.fill("#question", "Show chiller 1 power")
    page.press("#question", "Enter")
    playwright.expect(page.locator(".answer .skeleton").first).to_be_visible()
    playwright.expect(page.locator("#send")).to_be_disabled()
    page.fill("#question", "Show chiller 2 power")
    page.press("#question", "Enter")
    playwright.expect(page.locator(".spoken")).to_contain_text("Chiller 1", timeout=20_000)
    assert site.rows("SELECT question FROM experience") == [("Show chiller 1 power",)]


def test_ten_thousand_alerts_come_by_pages(page: Any, site: Site) -> None:
    long = "A name as long as a plant likes to give its machines <b>and no markup</b> " * 5
    with site.database.transaction() as connection:
        connection.execute(
            "INSERT INTO alert (id, equipment, kind, severity, message, unit, raised_at, raised_by)"
            " SELECT gen_random_uuid(), 'chiller_001', 'kind ' || n, 'warning', %(text)s, '', now(), 'test'"
            " FROM generate_series(1, 10000) n",
            {"text": long},
        )
    page.goto("/plant")
    playwright.expect(page.locator("#alerts .pager")).to_contain_text("50 of 10,000 alerts")
    page.get_by_role("button", name="Show 50 more").click()
    playwright.expect(page.locator("#alerts li")).to_have_count(100)
    assert "<b>" in page.locator("#alerts li").first.inner_text()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("path", ["/", "/plant", "/learning"])
def test_the_first_paint_comes_within_a_second(page: Any, path: str) -> None:
    page.goto(path)
    page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
    assert page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime") < 1000


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PATHS)
def test_every_page_is_accessible_and_fits_every_screen(
    browser: Any, site: Site, path: str, scheme: str, tmp_path: Path
) -> None:
    raised(site)
    for name, (width, height) in SIZES.items():
        size = {"width": width, "height": height}
        context = browser.new_context(base_url=site.url, viewport=size, color_scheme=scheme, bypass_csp=True)
        page = context.new_page()
        page.goto(path)
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(300)
        page.screenshot(path=tmp_path / f"{name}-{scheme}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
        if name != "wall":  # which is laid out as a desk is
            assert not barriers(page), name
        context.close()
