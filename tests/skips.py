"""Hooks of pytest: what was skipped is named at the end with what brings it, and fails under CC_TEST_NO_SKIPS=1."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from typing import Any, Final

import pytest

from tests.programs import missing

NO_SKIPS: Final = "CC_TEST_NO_SKIPS"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fails a test that skips itself, or is marked so, where no skip is allowed."""
    report = yield
    _fail_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Fails a module that skips itself while it is collected, where no skip is allowed."""
    report = yield
    _fail_if_skipped(report)
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Names what was skipped, and the line that installs what it needs."""
    if lines := list(_summary(terminalreporter.stats.get("skipped", []))):
        terminalreporter.section("skipped")
        for line in lines:
            terminalreporter.write_line(line)


def _fail_if_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    """An expected failure (xfail) has run and stays what it is."""
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get(NO_SKIPS, "0") != "0":
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} was skipped ({_reason(report)}), and {NO_SKIPS} allows no skip."


def _summary(skipped: list[Any]) -> Iterator[str]:
    """The skipped tests by what they miss, and the packages that bring it."""
    reasons = [_reason(report) for report in skipped]
    for why in dict.fromkeys(reasons):
        yield f"{reasons.count(why)} skipped: {why}"
    if packages := [package for package in missing() if any(package in why.split() for why in reasons)]:
        yield f"To run them too: sudo apt-get install {' '.join(packages)}"


def _reason(report: Any) -> str:
    why = report.longrepr[2] if isinstance(report.longrepr, tuple | list) else report.longrepr
    return str(why).removeprefix("Skipped: ")
