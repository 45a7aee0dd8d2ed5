"""Programs of Debian that tests use: where they are, and what a test says that cannot run without one."""

from __future__ import annotations

import os
from typing import Final

import pytest

from cc_common.core.settings import PROJECT

# Package -> program, from the list that .ci/run installs.
PROGRAMS: Final = dict(
    line.split() for line in (PROJECT / ".ci" / "packages").read_text().splitlines() if not line.startswith("#")
)


def needs(package: str) -> pytest.MarkDecorator:
    """Skips the tests so marked where the program of this package is missing."""
    return pytest.mark.skipif(package in missing(), reason=_reason(package))


def program(package: str) -> str:
    """The program of this package; skips the test that asks where it is missing."""
    if package in missing():
        pytest.skip(_reason(package))
    return PROGRAMS[package]


def missing() -> list[str]:
    """The packages whose program is not there."""
    return [package for package, program in PROGRAMS.items() if not os.access(program, os.X_OK)]


def _reason(package: str) -> str:
    return f"needs Debian's package {package}"
