"""The documents: short README, wrapped lines, links that lead somewhere, generated pages that are up to date."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest

from api.app import create_app
from api.reference import endpoints_page
from cc_common.__main__ import command_center
from cc_common.core.settings import PROJECT, Settings
from cc_common.db import Database
from cc_common.operations import reference
from training.__main__ import training

MAX_README_LINES = 150
MAX_COLUMNS = 100
MAKEFILE = (PROJECT / "Makefile").read_text()
EXAMPLE = (PROJECT / ".env.example").read_text()
TARGETS = re.findall(r"^([a-z][a-z-]*):.*## ", MAKEFILE, re.MULTILINE)
LOG = PROJECT / "training" / "LOG.md"  # a log of experiments: its entries stay as they were written
TREES: dict[str, click.Group] = {"cc_common": command_center, "training": training}


def markdown_files() -> list[Path]:
    """Every Markdown file that is in git or about to be."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    listed = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout.splitlines()
    return sorted(PROJECT / name for name in listed if (PROJECT / name).exists())


FILES = markdown_files()
PAGES = [file for file in FILES if file.is_relative_to(PROJECT / "docs")]
IDS = [str(file.relative_to(PROJECT)) for file in FILES]


def prose(text: str) -> str:
    """The text without code blocks."""
    return re.sub(r"^\s*```.*?^\s*```", "", text, flags=re.MULTILINE | re.DOTALL)


def links(file: Path) -> list[tuple[str, str]]:
    """Relative links and images of a file: path ("" is the file itself) and anchor."""
    found = re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "", prose(file.read_text())))
    return [(path, anchor) for path, _, anchor in (target.partition("#") for target in found) if ":" not in path]


def anchors(file: Path) -> set[str]:
    """Anchors of a file's headings, as GitHub makes them."""
    headings = re.findall(r"^#{1,6} (.*)$", prose(file.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_readme_is_short() -> None:
    assert len((PROJECT / "README.md").read_text().splitlines()) <= MAX_README_LINES


@pytest.mark.parametrize("file", FILES, ids=IDS)
def test_lines_are_wrapped(file: Path) -> None:
    lines = [] if file == LOG else file.read_text().splitlines()
    assert [line for line in lines if len(line) > MAX_COLUMNS] == []


@pytest.mark.parametrize("file", FILES, ids=IDS)
def test_links_lead_to_a_file_and_a_heading(file: Path) -> None:
    for path, anchor in links(file):
        target = file if path == "" else (file.parent / path).resolve()
        assert target.exists(), path
        assert not anchor or anchor in anchors(target), f"{path}#{anchor}"


def test_every_page_is_reached_from_the_readme() -> None:
    reached, open_ = set[Path](), [PROJECT / "README.md"]
    while open_:
        file = open_.pop()
        if file not in reached and file.suffix == ".md":
            reached.add(file)
            open_ += [(file.parent / path).resolve() for path, _ in links(file) if path]
    assert [page.name for page in PAGES if page not in reached] == []


@pytest.mark.parametrize("name", ["settings", "make"])
def test_pages_of_settings_and_make_targets_are_up_to_date(name: str) -> None:
    made = {"settings": reference.settings_page, "make": reference.make_page}[name]()
    assert is_current(name, made)


@pytest.mark.parametrize(
    ("name", "title", "program", "tree"),
    [
        ("commands", "Commands", "python -m cc_common", command_center),
        ("training-commands", "Commands of training", "python -m training", training),
    ],
)
def test_pages_of_commands_are_up_to_date(name: str, title: str, program: str, tree: click.Group) -> None:
    assert is_current(name, reference.commands_page(title, program, tree))


def test_the_page_of_endpoints_is_up_to_date(tmp_path: Path) -> None:
    document = create_app(Settings(_env_file=None, data_dir=tmp_path)).api_doc  # type: ignore[call-arg]
    assert is_current("endpoints", endpoints_page(document))


def test_the_page_of_the_database_is_up_to_date(app_db: Database, timeseries_db: Database) -> None:
    assert is_current("database", reference.database_page(app_db, timeseries_db))


def is_current(name: str, made: str) -> bool:
    """Whether the page on disk is what is generated now; when it is not, `make reference` writes it."""
    return (reference.FOLDER / f"{name}.md").read_text() == made


@pytest.mark.parametrize("name", Settings.model_fields)
def test_settings_are_in_the_example(name: str) -> None:
    assert re.search(rf"^# ?CC_{name.upper()}=", EXAMPLE, re.MULTILINE)


@pytest.mark.parametrize("file", FILES, ids=IDS)
def test_settings_in_documents_exist(file: Path) -> None:
    ours = {f"CC_{name.upper()}" for name in Settings.model_fields} | {"CC_CACHE_DIR"}
    compose = {"CC_DB_PASSWORD", "CC_PUBLISH", "CC_REPLICAS"}  # of docker/.env.example
    assert set(re.findall(r"\bCC_[A-Z0-9_]+\b", file.read_text())) <= ours | compose


def test_every_make_target_says_what_it_does() -> None:
    declared = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert declared
    assert sorted(declared[1].split()) == sorted(TARGETS)


@pytest.mark.parametrize("file", FILES, ids=IDS)
def test_make_targets_in_documents_exist(file: Path) -> None:
    text = file.read_text()
    spans = re.findall(r"`make ([a-z-]+)", text) + re.findall(r"^ *(?:[A-Z_]+=\S+ )*make ([a-z-]+)", text, re.MULTILINE)
    assert set(spans) <= set(TARGETS)


@pytest.mark.parametrize("file", FILES, ids=IDS)
def test_commands_in_documents_exist(file: Path) -> None:
    text = file.read_text()
    named = re.findall(r"python -m (cc_common|training)((?: +[a-z][a-z0-9-]*)*)", text)
    assert [f"{program}{words}" for program, words in named if not exists(TREES[program], words.split())] == []


def exists(tree: click.Command, words: list[str]) -> bool:
    """Whether the words lead to a command; what follows a command that is no group are its arguments."""
    command: Any = tree
    for word in words:
        if not isinstance(command, click.Group):
            return True
        if word not in command.commands:
            return False
        command = command.commands[word]
    return True


@pytest.mark.parametrize("file", FILES, ids=IDS)
def test_modules_and_files_in_documents_exist(file: Path) -> None:
    roots = "cc_common|api|training|dags|benchmarks|tests|docker"
    paths = re.findall(rf"`((?:{roots})/[\w/.-]+)`", file.read_text())
    modules = re.findall(r"python -m ((?:benchmarks|api|cc_common)\.[\w.]+)", file.read_text())
    made = {"docker/.env", "docker/settings.env", "cc_common/answers/sensors.py"}  # by the reader
    missing = [path for path in paths if path not in made and not (PROJECT / path).exists()]
    files = {name: PROJECT / name.rstrip(".").replace(".", "/") for name in modules}
    missing += [name for name, path in files.items() if not (path.is_dir() or path.with_suffix(".py").exists())]
    assert [name for name in missing if file.name != "CHANGELOG.md" and file != LOG] == []
