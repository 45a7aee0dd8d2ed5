"""docker/compose.yaml as the tests read it: merged, and interpolated with secrets of their own."""

from __future__ import annotations

import re
from typing import Any, Final

import yaml

from cc_common.core.settings import PROJECT

FOLDER: Final = PROJECT / "docker"
TEXT: Final = (FOLDER / "compose.yaml").read_text()
VARIABLE: Final = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")
REQUIRED: Final = sorted({name for name, how, _ in VARIABLE.findall(TEXT) if how == "?"})
DEFAULTS: Final = {name: value for name, how, value in VARIABLE.findall(TEXT) if how == "-"}
SECRETS: Final = {name: f"a-secret-of-the-tests-{n:04d}" for n, name in enumerate(REQUIRED)}


def document() -> dict[str, Any]:
    """The whole file."""
    given = DEFAULTS | SECRETS
    return dict(yaml.safe_load(VARIABLE.sub(lambda found: given[found[1]], TEXT)))


def environment(service: str) -> dict[str, str]:
    """What a service's commands find in their environment."""
    return {name: str(value) for name, value in document()["services"][service]["environment"].items()}


def command(service: str) -> list[str]:
    """What a service runs."""
    return [str(word) for word in document()["services"][service]["command"]]


def healthcheck(service: str) -> list[str]:
    """How its health is checked, as words for this machine's shell or programs."""
    how, *words = document()["services"][service]["healthcheck"]["test"]
    return ["sh", "-c", words[0].replace("$$", "$")] if how == "CMD-SHELL" else [str(word) for word in words]
