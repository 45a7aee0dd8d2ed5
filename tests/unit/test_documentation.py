"""What a user can set, call or type is written down: settings, endpoints and make targets, in the README."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cc_common.core.settings import PROJECT, Settings

README = (PROJECT / "README.md").read_text()
MAKEFILE = (PROJECT / "Makefile").read_text()
EXAMPLE = (PROJECT / ".env.example").read_text()


def in_a_table(text: str) -> bool:
    """Whether a row of a table of the README begins with that text."""
    return re.search(rf"^\| *`{re.escape(text)}`", README, re.MULTILINE) is not None


@pytest.mark.parametrize("name", Settings.model_fields)
def test_settings_are_documented_with_their_default(name: str) -> None:
    variable, default = f"CC_{name.upper()}", Settings.model_fields[name].default
    assert in_a_table(variable)
    if isinstance(default, str | int | float) and default is not None:
        row = next(line for line in README.splitlines() if line.startswith(f"| `{variable}`"))
        assert f"`{default:g}`" in row if isinstance(default, float) else f"`{default}`" in row


@pytest.mark.parametrize("name", Settings.model_fields)
def test_settings_are_in_the_example(name: str) -> None:
    assert re.search(rf"^# ?CC_{name.upper()}=", EXAMPLE, re.MULTILINE)


def test_nothing_is_documented_that_cannot_be_set() -> None:
    ours = {f"CC_{name.upper()}" for name in Settings.model_fields} | {"CC_CACHE_DIR"}
    assert set(re.findall(r"\bCC_[A-Z0-9_]+\b", README + EXAMPLE)) <= ours


@pytest.mark.parametrize("target", re.findall(r"^([a-z][a-z-]*):.*## ", MAKEFILE, re.MULTILINE))
def test_make_targets_are_documented(target: str) -> None:
    assert in_a_table(f"make {target}")


def test_every_make_target_says_what_it_does() -> None:
    declared = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert declared
    assert sorted(declared[1].split()) == sorted(re.findall(r"^([a-z][a-z-]*):.*## ", MAKEFILE, re.MULTILINE))


def test_endpoints_are_documented(tmp_path: Path) -> None:
    from api.app import create_app

    app = create_app(Settings(_env_file=None, data_dir=tmp_path))  # type: ignore[call-arg]
    paths = app.api_doc["paths"]
    missing = [
        f"{verb.upper()} {path}" for path in paths for verb in paths[path] if not in_a_table(f"{verb.upper()} {path}")
    ]
    assert not missing


@pytest.mark.parametrize(
    "path", re.findall(r"^ {2,}([\w/.-]+\.(?:py|md|txt|toml|yaml)|[\w-]+/) ", README, re.MULTILINE)
)
def test_the_tree_names_what_exists(path: str) -> None:
    folders = ("cc_common", "api", "training", "dags", "benchmarks", "tests")
    assert (PROJECT / path).exists() or any(list((PROJECT / folder).rglob(path)) for folder in folders)
