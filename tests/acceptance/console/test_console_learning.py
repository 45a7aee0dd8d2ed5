"""Teaching in the console, and what it shows of what was learned."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from cc_common.core.windows import Window
from cc_common.model_registry import training_runs, versions
from tests.acceptance.console.conftest import TOKEN, Site
from tests.acceptance.console.driving import ask, eventually, expect


def test_a_thumb_can_be_taken_back_and_is_sent_after_a_while(page: Any, site: Site) -> None:
    page.clock.install()
    page.goto("/")
    card = ask(page, "Show chiller 1 power")
    foot = card.locator(".answer-foot")
    foot.locator('[data-thumb="down"]').click()
    foot.get_by_role("button", name="Undo").click()
    widget = card.locator('[data-type="trend"]')
    widget.locator('[data-thumb="up"]').click()
    expect(widget.locator(".thanks")).to_contain_text("Thanks!")
    assert site.rows("SELECT count(*) FROM rating") == [(0,)]
    page.clock.fast_forward(5_000)
    expect(widget.locator(".thanks")).to_contain_text("Lesson 1 is learned")
    shown = widget.get_attribute("data-widget")
    assert site.rows("SELECT rating, widget_id, rater FROM rating") == [("up", shown, "operator")]


def test_a_comment_goes_with_the_thumb_and_leaving_the_page_sends_what_is_held(page: Any, site: Site) -> None:
    page.goto("/")
    foot = ask(page, "Show chiller 1 power").locator(".answer-foot")
    foot.locator('[data-thumb="down"]').click()
    foot.get_by_role("button", name="Comment").click()
    foot.get_by_role("textbox").fill("I meant the load.")
    foot.get_by_role("button", name="Send").click()
    expect(foot.locator(".thanks")).to_contain_text("learned")
    foot.locator('[data-thumb="up"]').click()
    page.goto("/plant")
    eventually(lambda: site.rows("SELECT rating, comment FROM rating"), [("down", "I meant the load."), ("up", None)])


def test_show_me_this_instead_becomes_a_correction_and_can_be_had_at_once(page: Any, site: Site) -> None:
    page.goto("/")
    ask(page, "Show chiller 1 power").get_by_role("button", name="Show me this instead").click()
    dialog = page.locator("dialog[open]")
    for name in ("kpi", "gauge", "statistics"):
        dialog.locator(f"#instead-{name}").uncheck()
    dialog.locator("#instead-table").check()
    dialog.locator("#instead-metric").select_option("cooling_load_tr")
    dialog.locator("#instead-window").select_option("P7D")
    dialog.get_by_role("button", name="Send").click()
    expect(dialog).to_contain_text("Lesson 1 is learned")
    wanted = {"widgets": ["trend", "table"], "metrics": ["cooling_load_tr"], "window": {"label": "P7D"}}
    assert site.rows("SELECT rating, correction FROM rating") == [("down", wanted)]
    site.stub.line = "trend 1 a avg: trend statistics"
    dialog.get_by_role("button", name="Show it now").click()
    card = page.locator("#answers > .answer")
    expect(card.locator(".asked")).to_have_text("Chiller 1 cooling load over the last 7 days")
    expect(card.locator(".spoken")).to_contain_text("cooling load averaged")


def test_the_answer_after_a_correction_is_ordered_anew_and_says_so(page: Any, site: Site) -> None:
    page.goto("/")
    for lesson in (1, 2, 3):
        page.locator("#answers > .answer").first.get_by_role("button", name="Show me this instead").click() if (
            lesson > 1
        ) else ask(page, "Show chiller 1 power").get_by_role("button", name="Show me this instead").click()
        dialog = page.locator("dialog[open]")
        for name in ("kpi", "gauge", "trend"):
            dialog.locator(f"#instead-{name}").uncheck()
        dialog.get_by_role("button", name="Send").click()
        expect(dialog).to_contain_text(f"Lesson {lesson} is learned")
        dialog.get_by_role("button", name="Ask again").click()
        page.locator("#answers > .answer .answer-foot .thumb").first.wait_for()
    tag = page.locator('#answers > .answer [data-type="statistics"] .moved').inner_text()
    was, now = map(int, re.findall(r"first (\d+) → (\d+) %", tag)[0])
    assert now > was and now > 50


def test_an_admin_rolls_back_with_a_token_that_stays_in_the_tab(page: Any, site: Site, troubles: list[str]) -> None:
    for name, parent in (("base", None), ("better", "base")):
        versions.register(site.database, id=name, tier=2, path=f"{name}.gguf", sha256="0" * 64, parent=parent)
        versions.promote(site.database, name, gate={"accepted": True, "reason": "every demand is met"})
    page.goto("/learning")
    page.get_by_role("button", name="Roll back the language model").click()
    page.get_by_role("button", name="Yes, serve it").click()
    expect(page.locator("dialog[open]").last).to_contain_text("admin_token")
    page.locator("#token").fill(TOKEN)
    page.get_by_role("button", name="Use it").click()
    expect(page.locator("dialog[open]")).to_contain_text("base is served")
    assert versions.served(site.database, 2).id == "base"  # type: ignore[union-attr]
    assert page.evaluate("[sessionStorage.token, localStorage.token ?? null]") == [TOKEN, None]
    assert all("401" in trouble for trouble in troubles)
    troubles.clear()


def test_a_night_shows_its_stages_its_gate_its_run_and_how_it_ended(page: Any, site: Site) -> None:
    now, night = datetime.now(UTC), "scheduled__2026-03-04t20-30-00-00-00"
    versions.register(site.database, id="taught", tier=2, path="taught.gguf", sha256="0" * 64, parent=None)
    training_runs.begin_night(site.database, night, Window(start=now - timedelta(days=1), end=now), parent="taught")
    counts, left_out = {"correction": 199, "unpaired_up": 48}, {"retired model": 3}
    training_runs.end_stage(site.database, night, "pairs", {"counts": counts, "left_out": left_out})
    check = {"name": "held-out questions", "figure": "95.5% of 200", "demand": "interval above -4%", "held": True}
    worse = check | {"name": "latency p50", "figure": "417 ms", "demand": "at most 377 ms", "held": False}
    training_runs.end_stage(site.database, night, "gate", {"checks": [check, worse], "accepted": False})
    training_runs.finish_night(site.database, night, "rejected", "latency p50 is not held")
    page.goto("/learning")
    shown = page.locator("details.night").first
    expect(shown.locator("summary")).to_contain_text("rejected")
    expect(shown.locator(".stages li.done")).to_have_count(2)
    expect(shown.locator(".stages")).to_contain_text("199 pairs, 48 thumbs unpaired")
    expect(shown.get_by_role("row")).to_have_count(3)
    expect(shown).to_contain_text("not held")
    run = shown.get_by_role("link", name="Its run in Airflow").get_attribute("href")
    assert run.endswith("/dags/nightly_retraining/runs?run_id_pattern=scheduled__2026_03_04t20_30_00_00_00")
    expect(page.locator("#pairs")).to_contain_text("199")
