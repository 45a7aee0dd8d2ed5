"""Who may import whom: the contracts of pyproject.toml, and what importing the API brings along."""

from __future__ import annotations

import ast
import re
import subprocess
import sys

from cc_common.core.settings import PROJECT

HEAVY = ("torch", "transformers", "airflow", "llama_cpp", "pandas")
LIGHT = ("api", "api.app", "cc_common.db", "cc_common.operations.launcher")


def test_the_contracts_hold() -> None:
    command = "from importlinter.cli import lint_imports_command as lint; lint(['--no-cache'])"
    done = subprocess.run([sys.executable, "-c", command], cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:]


def test_importing_stays_light() -> None:
    """All in one process: what none of them has imported in the end, none of them imports."""
    code = f"import sys, {', '.join(LIGHT)}; print(*(set(sys.modules) & set({HEAVY!r})))"
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_dags_import_only_airflow_and_the_standard_library_at_the_top() -> None:
    files = list((PROJECT / "dags").glob("**/*.py"))
    allowed = {"airflow", *(path.stem for path in files), *sys.stdlib_module_names}
    for path in files:
        assert imported_at_the_top(ast.parse(path.read_text())) <= allowed, path.name


def imported_at_the_top(module: ast.Module) -> set[str]:
    """The top-level packages that a module's own statements import."""
    names = [alias.name for node in module.body if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in module.body if isinstance(node, ast.ImportFrom)]
    return {name.split(".")[0] for name in names}


def test_only_the_settings_and_the_setup_read_the_environment() -> None:
    readers = {
        str(path.relative_to(PROJECT))
        for folder in ("cc_common", "api", "training")
        for path in (PROJECT / folder).glob("**/*.py")
        if re.search(r"os\.environ\b(?!\.setdefault)|getenv", path.read_text())
    }
    assert all(reader.startswith("cc_common/operations/environment/") for reader in readers), readers
