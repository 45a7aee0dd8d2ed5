"""A skipped test is named with what brings it, and fails where the environment allows no skip."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cc_common.core.settings import PROJECT
from tests.programs import PROGRAMS, needs, program

TESTS = """
import pytest

def test_runs():
    pass

def test_skips_itself():
    pytest.skip("needs Debian's package unheard-of")

@pytest.mark.skipif(True, reason="needs Debian's package unheard-of")
def test_is_marked():
    pass

@pytest.mark.xfail(strict=True)
def test_fails_as_expected():
    assert False
"""
MODULE = "import pytest; pytest.skip('not here', allow_module_level=True)"
UNHEARD_OF = "import tests.programs as p; p.PROGRAMS['unheard-of'] = '/nowhere/unheard-of'\n"


def run(folder: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """These tests in a pytest of their own."""
    (folder / "test_some.py").write_text(TESTS)
    (folder / "test_none.py").write_text(MODULE)
    (folder / "conftest.py").write_text(UNHEARD_OF)
    words = [sys.executable, "-m", "pytest", "-c", os.devnull, "--rootdir", str(folder), "-p", "tests.skips"]
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "CC_TEST_"))}
    words += ["-p", "no:cacheprovider", "-p", "no:schemathesis", *options, str(folder)]
    return subprocess.run(words, cwd=PROJECT, env=ours | environment, capture_output=True, text=True)


def test_a_run_ends_with_what_was_skipped_and_what_brings_it(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout
    assert (
        "\n2 skipped: needs Debian's package unheard-of\n" in done.stdout and "\n1 skipped: not here\n" in done.stdout
    )
    assert "To run them too: sudo apt-get install unheard-of\n" in done.stdout
    assert "1 passed, 3 skipped, 1 xfailed" in done.stdout


def test_where_no_skip_is_allowed_each_is_a_failure_that_says_why(tmp_path: Path) -> None:
    done = run(tmp_path, "-n", "1", CC_TEST_NO_SKIPS="1")  # as make test does: reports come from another process
    assert done.returncode == 1, done.stdout
    assert "was skipped (needs Debian's package unheard-of), and CC_TEST_NO_SKIPS allows no skip." in done.stdout
    assert "was skipped (not here), and CC_TEST_NO_SKIPS allows no skip." in done.stdout
    assert "skipped" not in done.stdout.splitlines()[-1] and "1 xfailed" in done.stdout


def test_a_missing_program_skips_and_says_whose_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PROGRAMS, "nginx-light", "/nowhere/nginx")
    assert needs("nginx-light").args == (True,)
    with pytest.raises(pytest.skip.Exception, match="needs Debian's package nginx-light"):
        program("nginx-light")
