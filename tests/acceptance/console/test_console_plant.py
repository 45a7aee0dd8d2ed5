"""The plant in the console: machines, alerts, and tokens where the plant is not for everybody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from cc_common import alerts
from cc_common.simulator import PLANT
from tests.acceptance.console.conftest import OPERATOR_TOKEN, Site, tab
from tests.acceptance.console.driving import ask, expect, raised


def test_an_alert_is_acknowledged_and_cleared(page: Any, site: Site) -> None:
    alert = raised(site)
    page.goto("/plant")
    expect(page.locator(".open-alerts")).to_have_text("▲ 1")
    item = page.locator("#alerts li")
    item.get_by_role("button", name="Source").click()
    expect(page.locator("dialog[open] .facts")).to_contain_text("chiller_001")
    page.keyboard.press("Escape")
    item.get_by_role("button", name="Acknowledge").click()
    expect(item).to_contain_text("by operator")
    assert alerts.get(site.database, alert.id).state == "acknowledged"
    item.get_by_role("button", name="Clear").click()
    expect(item).to_contain_text("over since")
    assert alerts.get(site.database, alert.id).state == "cleared"


def test_an_alert_goes_on_the_shelf_and_comes_back(page: Any, site: Site) -> None:
    alert = raised(site)
    page.goto("/plant")
    page.get_by_role("button", name="Shelve").click()
    page.locator("#shelf-why").fill("The fan is replaced tomorrow")
    page.locator("dialog[open]").get_by_role("button", name="Shelve").click()
    expect(page.locator("#alerts li")).to_contain_text("on the shelf until")
    assert alerts.get(site.database, alert.id).shelved_comment == "The fan is replaced tomorrow"
    page.get_by_role("button", name="Open", exact=True).click()
    expect(page.locator("#alerts")).to_contain_text("No alerts.")
    page.get_by_role("button", name="Shelf", exact=True).click()
    page.get_by_role("button", name="Off the shelf").click()
    page.get_by_role("button", name="Open", exact=True).click()
    expect(page.locator("#alerts li")).to_have_count(1)


def test_alerts_are_narrowed_by_severity_and_type(page: Any, site: Site) -> None:
    raised(site, "chiller_002", severity="warning")
    raised(site, "ahu_001", metric=None, evidence=None)
    page.goto("/plant")
    expect(page.locator("#alerts li")).to_have_count(2)
    page.get_by_label("Severity").select_option("warning")
    expect(page.locator("#alerts li")).to_have_count(1)
    page.locator("#type").select_option("ahu")
    expect(page.locator("#alerts h2")).to_have_text("Alerts of air handling units")
    expect(page.locator("#alerts li")).to_contain_text("AHU 1")


def test_show_all_shows_what_the_answer_counts(page: Any, site: Site) -> None:
    site.stub.line = "alerts 1: alerts"
    for number in range(6):
        raised(site, kind=f"kind {number}")
        raised(site, "chiller_002", kind=f"kind {number}")
    raised(site, kind="long ago", raised_at=datetime.now(UTC) - timedelta(days=3))
    page.goto("/")
    card = ask(page, "chiller 1 alarms in the last hour")
    card.get_by_role("button", name="Show all 6").click()
    expect(card.locator(".pager")).to_contain_text("6 of 6 alerts")
    card = ask(page, "chiller 1 alarms")
    card.get_by_role("button", name="Show all 7").click()
    expect(card.locator(".pager")).to_contain_text("7 of 7 alerts")


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
    expect(page.locator(".open-alerts")).to_have_text("◆ 10,000")
    expect(page.locator("#alerts .pager")).to_contain_text("50 of 10,000 alerts")
    page.get_by_role("button", name="Show 50 more").click()
    expect(page.locator("#alerts li")).to_have_count(100)
    assert "<b>" in page.locator("#alerts li").first.inner_text()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_a_machines_page_has_metrics_alerts_quality_and_a_forecast_on_demand(page: Any, site: Site) -> None:
    raised(site)
    page.goto("/plant")
    page.fill("#find", "chiller 1")
    expect(page.locator("#found")).to_contain_text("machines")
    page.locator('a[href="/plant/chiller_001"].tile').click()
    expect(page.locator("h1")).to_have_text("Chiller 1")
    metrics = len(PLANT.type("chiller").metrics)
    expect(page.locator(".metric .uplot canvas")).to_have_count(metrics)
    expect(page.locator("#alerts li")).to_have_count(1)
    expect(page.locator("#quality tbody tr")).to_have_count(metrics)
    expect(page.locator("#maintenance")).to_contain_text("not known yet")
    page.get_by_role("button", name="More of power consumption").click()
    detail = page.locator("#detail")
    expect(detail.locator(".statistics .figure")).to_have_count(4)
    detail.get_by_role("button", name="6 hours").click()
    expect(detail.locator(".ahead")).to_contain_text("The band holds 90 %")


def test_an_unknown_machine_is_reported_in_words(page: Any, troubles: list[str]) -> None:
    page.goto("/plant/chiller_999")
    expect(page.locator("#metrics")).to_contain_text("No equipment 'chiller_999'")
    troubles.clear()  # the browser tells of the 404


def test_where_a_token_is_needed_it_can_be_typed_and_declined(
    browser: Any, closed_site: Site, troubles: list[str]
) -> None:
    with tab(browser, closed_site, troubles) as page:
        page.goto("/plant")
        expect(page.locator("dialog[open]")).to_contain_text("Give the operator’s token")
        page.keyboard.press("Escape")
        expect(page.locator("#banner")).to_contain_text("A token is needed to see the plant")
        page.get_by_role("button", name="Give a token").click()
        page.locator("#token").fill("a-token-nobody-knows")
        page.get_by_role("button", name="Use it").click()
        expect(page.locator("dialog[open]")).to_contain_text("That token is not known here")
        page.locator("#token").fill(OPERATOR_TOKEN)
        page.get_by_role("button", name="Use it").click()
        expect(page.locator("#plant-sum")).to_contain_text("363 machines")
        expect(page.locator("#banner")).to_be_empty()
        assert page.locator("dialog[open]").count() == 0
        page.goto("/plant/chiller_001")  # more calls at once than one client may make here
        expect(page.locator(".metric .uplot canvas")).to_have_count(len(PLANT.type("chiller").metrics))
        assert all("401" in trouble or "429" in trouble for trouble in troubles)
        troubles.clear()
