"""The tree of the repository: which packages exist, that each is described and tested, and how names are made."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from cc_common.core.settings import PROJECT

CODE: Final = ("cc_common", "api", "training", "dags", "benchmarks")
LAYERS: Final = {
    "core", "db", "embedded_postgres", "catalog", "timeseries", "connectors", "simulator", "understanding", "planning",
    "answers", "analytics", "alerts", "feedback", "ranking", "model_registry", "operations",
}  # fmt: skip
NOT_PYTHON: Final = {"sql"}
TOP_LEVEL: Final = {"api", "benchmarks", "cc_common", "dags", "docker", "docs", "tests", "training"}
MAX_LINES: Final = 400
MAX_FILES: Final = 200  # of cc_common
SUPERLATIVE: Final = re.compile(r"(^|_)(MOST|FEWEST|LEAST|LONGEST|SHORTEST)(_|$)")
PARTICIPLES: Final = {
    "asking", "crossing", "following", "foretelling", "habits", "leaning", "reading", "saying", "shifting", "showing",
    "standing", "telling", "unexplained", "watching",
}  # fmt: skip  # modules that were named so, and forms that say nothing of what is in the module


def modules(*tops: str) -> Iterator[tuple[Path, ast.Module]]:
    """Every Python file below the folders, parsed."""
    for top in tops:
        for path in sorted((PROJECT / top).rglob("*.py")):
            yield path.relative_to(PROJECT), ast.parse(path.read_text())


def folders(parent: Path) -> set[str]:
    """The folders in a folder that hold files of the repository."""
    return {
        path.name
        for path in parent.iterdir()
        if path.is_dir() and not path.name.startswith((".", "__")) and any(path.rglob("*.*"))
    }


def test_cc_common_holds_the_packages_of_the_design_and_no_other() -> None:
    assert folders(PROJECT / "cc_common") - NOT_PYTHON == LAYERS


def test_the_top_level_has_no_other_folders() -> None:
    assert folders(PROJECT) - {"data"} == TOP_LEVEL


@pytest.mark.parametrize("package", sorted(LAYERS))
def test_every_package_of_cc_common_is_imported_by_a_test(package: str) -> None:
    imported = re.compile(rf"\bcc_common(\.| import .*\b){package}\b")
    assert any(imported.search(path.read_text()) for path in (PROJECT / "tests").rglob("test_*.py"))


def test_every_module_has_a_docstring() -> None:
    assert [str(path) for path, module in modules(*CODE, "tests") if not ast.get_docstring(module)] == []


def test_no_file_is_longer_than_the_limit() -> None:
    files = {path: len((PROJECT / path).read_text().splitlines()) for path, _ in modules(*CODE, "tests")}
    assert {str(path): lines for path, lines in files.items() if lines > MAX_LINES} == {}


def test_cc_common_has_few_files() -> None:
    assert len(list(modules("cc_common"))) <= MAX_FILES


def test_limits_are_named_max_or_min() -> None:
    found = [
        f"{path}: {name.id}"
        for path, module in modules(*CODE)
        for node in module.body
        for target in assigned(node)
        for name in ast.walk(target)
        if isinstance(name, ast.Name) and SUPERLATIVE.search(name.id)
    ]
    assert found == []


def assigned(node: ast.stmt) -> list[ast.expr]:
    """What a statement assigns to."""
    if isinstance(node, ast.Assign):
        return node.targets
    return [node.target] if isinstance(node, ast.AnnAssign) else []


def test_no_module_is_named_after_a_verb_form() -> None:
    assert [str(path) for path, _ in modules(*CODE) if path.stem in PARTICIPLES] == []


def test_a_public_class_name_means_one_thing_in_cc_common() -> None:
    places = defaultdict(list)
    for path, module in modules("cc_common"):
        for node in module.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(str(path))
    assert {name: paths for name, paths in places.items() if len(paths) > 1} == {}


def test_tests_and_benchmarks_never_import_each_other() -> None:
    for importer, imported in (("tests", "benchmarks"), ("benchmarks", "tests")):
        found = [str(path) for path, module in modules(importer) if imported in imported_anywhere(module)]
        assert found == [], f"{importer} import {imported}"


def imported_anywhere(module: ast.Module) -> set[str]:
    """The top-level packages of all imports, those inside functions too."""
    names = [alias.name for node in ast.walk(module) if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in ast.walk(module) if isinstance(node, ast.ImportFrom)]
    return {name.split(".")[0] for name in names}
