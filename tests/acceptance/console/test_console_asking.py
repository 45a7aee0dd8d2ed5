"""Asking in the console: a real browser, the real application and plant, a stand-in for the model."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any, Final

import pytest

from tests.acceptance.console.conftest import Site, tab
from tests.acceptance.console.driving import POWER, ask, expect, tab_to

SPEECH: Final = """
globalThis.SpeechRecognition = class {
  start() { setTimeout(() => this.hear("Show chiller 1 power")); }
  hear(transcript) { this.onresult({ results: [[{ transcript }]] }); this.onend(); }
};
const speech = { cancel() {}, speak(said) { globalThis.heard = said.text; } };
Object.defineProperty(globalThis, "speechSynthesis", { value: speech });
"""
MUTE: Final = """
for (const name of ["SpeechRecognition", "webkitSpeechRecognition", "speechSynthesis"])
  Object.defineProperty(globalThis, name, { value: undefined });
"""


def test_a_question_is_answered_in_widgets_whose_figures_show_their_rows(page: Any) -> None:
    page.goto("/")
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("/")
    expect(page.locator("#question")).to_be_focused()
    card = ask(page, "Show chiller 1 power")
    assert re.search(r"Chiller 1 power consumption is \d+\.\d kilowatts", card.locator(".spoken").inner_text())
    types = [widget.get_attribute("data-type") for widget in card.locator(".widget").all()]
    assert set(types) == {"kpi", "gauge", "trend", "statistics"}
    expect(card.locator(".kpi .change")).to_contain_text("since")
    expect(card.locator("[data-type=trend] .uplot canvas")).to_be_visible()
    card.locator(".spoken .figure").click()
    dialog = page.locator("dialog[open]")
    expect(dialog.locator(".facts")).to_contain_text("chiller_001")
    expect(dialog.locator(".facts")).to_contain_text(POWER)
    expect(dialog.locator(".readings .scroll tbody tr")).to_have_count(1)
    page.keyboard.press("Escape")
    card.locator(".statistics .figure").first.click()
    expect(dialog.locator(".facts")).to_contain_text("1,4")  # 1,4xx readings in a day
    expect(dialog.locator(".readings .scroll tbody tr")).to_have_count(100)


@pytest.mark.parametrize(
    ("question", "line", "fewest"),
    [
        ("Show chiller 1 power", "latest 1 a: kpi gauge table", 5),  # the change and a limit, too
        ("Compare power of chiller 1 and chiller 2 today", "compare 1 2 a avg: comparison table", 4),
        ("Which chiller has the highest power", "rank chiller a last desc: ranking kpi", 4),
        ("Forecast chiller 1 power for the next 6 hours", "forecast 1 a: forecast", 3),
    ],
)
def test_every_figure_says_where_it_comes_from(page: Any, site: Site, question: str, line: str, fewest: int) -> None:
    site.stub.line = line
    page.goto("/")
    card = ask(page, question)
    page.wait_for_load_state("networkidle")
    figures = card.locator("button.figure, button.source")
    assert figures.count() >= fewest
    assert card.locator("span.figure").count() == 0
    for figure in figures.all():
        figure.click()
        expect(page.locator("dialog[open] .facts")).to_contain_text("chiller_00")
        expect(page.locator("dialog[open] .facts")).not_to_contain_text(re.compile(r"\b0 readings"))
        page.keyboard.press("Escape")


def test_a_rank_says_among_how_many(page: Any, site: Site) -> None:
    site.stub.line = "rank chiller a last desc: ranking kpi"
    page.goto("/")
    ask(page, "Which chiller has the highest power").locator(".bars .figure").nth(1).click()
    expect(page.locator("dialog[open] .note")).to_contain_text("Place 2 of 24 chillers by newest power consumption")


def test_a_curve_is_zoomed_and_moved_by_keys_and_by_buttons(page: Any) -> None:
    page.goto("/")
    ask(page, "trend of chiller 1 power")
    curve = page.locator(".chart[tabindex]").first
    curve.locator("canvas").wait_for()
    curve.focus()
    shown = []
    for key in ("+", "+", "ArrowLeft", "-", "0"):
        curve.press(key)
        shown.append(curve.get_attribute("aria-description"))
    for name in ("Zoom in", "Earlier", "Show all"):
        page.get_by_role("button", name=name).first.click()
        shown.append(curve.get_attribute("aria-description"))
    assert all(one != next_ for one, next_ in pairwise(shown)) and shown[4] == shown[7]
    assert all(text.startswith("Shown: ") for text in shown)


def test_all_of_it_goes_by_keyboard_alone(page: Any) -> None:
    page.goto("/")
    expect(page.locator("#question")).to_be_focused()
    page.keyboard.type("Show chiller 1 power")
    page.keyboard.press("Enter")
    page.locator(".answer-foot .thumb").first.wait_for()
    tab_to(page, ".spoken .figure")
    page.keyboard.press("Enter")
    expect(page.locator("dialog[open] .facts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".spoken .figure")).to_be_focused()
    tab_to(page, ".chart")
    page.keyboard.press("+")
    expect(page.locator(".chart[aria-description^=Shown]")).to_have_count(1)
    tab_to(page, '.answer-foot [data-thumb="up"]')
    page.keyboard.press("Space")
    tab_to(page, ".answer-foot .thanks button")
    page.keyboard.press("Enter")
    expect(page.locator(".answer-foot .thanks")).to_have_text("Taken back.")


def test_a_follow_up_goes_on_from_the_last_answer_and_questions_come_back_by_arrow(page: Any, site: Site) -> None:
    page.goto("/")
    site.stub.line = "trend 1 a avg: trend statistics"
    ask(page, "Chiller 1 power over the last 24 hours")
    card = ask(page, "and yesterday?")
    expect(card.locator(".spoken")).to_contain_text("yesterday")
    expect(page.locator("details.before")).to_have_count(1)
    for expected in ("and yesterday?", "Chiller 1 power over the last 24 hours"):
        page.press("#question", "ArrowUp")
        assert page.input_value("#question") == expected


def test_an_unknown_name_offers_the_nearest(page: Any) -> None:
    page.goto("/")
    card = ask(page, "Show chiller 99 power")
    expect(card.locator(".spoken")).to_contain_text("I know no machine called 'chiller 99'")
    card.get_by_role("button", name=re.compile("^Show Chiller 2. power$")).first.click()
    expect(page.locator("#answers > .answer .asked")).to_have_text(re.compile("^Show Chiller 2. power$"))


def test_a_question_is_spoken_and_its_answer_said(browser: Any, site: Site, troubles: list[str]) -> None:
    with tab(browser, site, troubles, SPEECH) as page:
        page.goto("/")
        page.get_by_role("button", name="Say answers aloud").click()
        page.get_by_role("button", name="Ask by voice").click()
        expect(page.locator(".asked")).to_have_text("Show chiller 1 power")
        page.locator(".answer-foot .thumb").first.wait_for()
        assert page.evaluate("heard") == page.locator(".spoken").inner_text()


def test_without_speech_in_the_browser_there_are_no_buttons_for_it(
    browser: Any, site: Site, troubles: list[str]
) -> None:
    with tab(browser, site, troubles, MUTE) as page:
        page.goto("/")
        page.locator("#examples .chip").first.wait_for()
        assert page.locator("#voice button").count() == 0


def test_another_model_than_before_is_named(page: Any, site: Site) -> None:
    page.goto("/")
    ask(page, "Show chiller 1 power")
    site.stub.model = "older"
    card = ask(page, "Show chiller 2 power")
    expect(card.locator(".changed")).to_contain_text("Another model answers now: older; before it was stub.")


def test_the_page_says_when_nobody_answers_and_goes_on_when_somebody_does(
    page: Any, site: Site, troubles: list[str]
) -> None:
    page.goto("/")
    ask(page, "Show chiller 1 power")
    site.stop()
    page.fill("#question", "Show chiller 2 power")
    page.press("#question", "Enter")
    expect(page.locator("#banner")).to_contain_text("does not answer")
    site.start()
    expect(page.locator("#answers > .answer .spoken")).to_contain_text("Chiller 2")
    expect(page.locator("#banner")).to_be_empty()
    assert all("ERR_" in trouble for trouble in troubles)
    troubles.clear()


def test_a_slow_answer_is_waited_for_and_asked_once(page: Any, site: Site) -> None:
    page.goto("/")
    page.locator("#examples .chip").first.wait_for()
    site.delay_s = 5.0
    page.fill("#question", "Show chiller 1 power")
    page.press("#question", "Enter")
    expect(page.locator(".answer .skeleton").first).to_be_visible()
    expect(page.locator("#send")).to_be_disabled()
    page.fill("#question", "Show chiller 2 power")
    page.press("#question", "Enter")
    expect(page.locator(".answer-foot")).to_contain_text("longer than usual")
    expect(page.locator(".spoken")).to_contain_text("Chiller 1", timeout=20_000)
    assert site.rows("SELECT question FROM experience") == [("Show chiller 1 power",)]


def test_a_slow_answer_may_be_given_up(page: Any, site: Site) -> None:
    page.goto("/")
    page.locator("#examples .chip").first.wait_for()
    site.delay_s = 5.0
    page.fill("#question", "Show chiller 1 power")
    page.press("#question", "Enter")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".sentence")).to_contain_text("Stopped.")
    expect(page.locator("#send")).to_be_enabled()
