"""Generates the reference pages of settings, commands and database tables as Markdown.

`python -m cc_common.operations.reference` writes them to docs/reference; api/reference.py and training/reference.py
write the pages of the endpoints and of the commands of training."""

from __future__ import annotations

import inspect
import re
import tempfile
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from textwrap import wrap
from typing import Any, Final

import click

from cc_common.core.settings import PROJECT, Settings
from cc_common.db import Connection, Database, EmbeddedServer, migrate, queries
from cc_common.db.statements import SQL
from cc_common.planning.intents import INTENTS, Intent

FOLDER: Final = PROJECT / "docs" / "reference"
WIDTH: Final = 100
GENERATED: Final = "This page is generated: `make reference` writes it anew, and a test fails when it is stale."
_FOLDERS: Final = {"app": "cc_app", "timeseries": "cc_timeseries"}
_TABLE: Final = re.compile(r"((?:^--[^\n]*\n)*)^CREATE TABLE (?:IF NOT EXISTS )?([\w.]+) \((.*?)^\)", re.M | re.S)
_COLUMN: Final = re.compile(r"^ {4}(\w+) +[a-z].*?-- (.*(?:\n {8,}-- .*)*)", re.M)

_HEAD: Final = """# Intents

Generated from the intent registry, `cc_common/planning/intents/`; do not edit.
`GET /api/v1/intents` gives the same as JSON. [How to add an intent](../howto/add-an-intent.md).
"""
_WINDOWS: Final = {
    "last_day": "the last 24 hours",
    "none": "none: the state of this moment",
    "ahead": "the next 24 hours",
}


def wrapped(text: str, first: str = "", rest: str | None = None) -> str:
    """Returns the text with lines of at most WIDTH characters; `first` begins it, `rest` begins every other line."""
    indent = " " * len(first) if rest is None else rest
    return textwrap.fill(
        " ".join(text.split()),
        WIDTH,
        initial_indent=first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def markdown(title: str, intro: str, parts: Iterator[str]) -> str:
    """Returns a reference page."""
    return "\n\n".join([f"# {title}", wrapped(GENERATED), wrapped(intro), *parts]) + "\n"


def write_page(name: str, text: str) -> None:
    """Writes docs/reference/<name>.md."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}.md").write_text(text, "utf-8")


def settings_page() -> str:
    """Returns the page of every setting: name, default and description."""
    intro = (
        "Settings are environment variables with the prefix `CC_`, or lines of a file `.env` in the project's folder "
        "(`.env.example` lists them all). A value that is out of its bounds stops the program at its start."
    )
    return markdown("Settings", intro, _setting_parts())


def _setting_parts() -> Iterator[str]:
    for name, field in Settings.model_fields.items():
        default = "unset" if field.default in (None, "") else f"`{_shown(field.default)}`"
        yield f"## `CC_{name.upper()}`\n\n" + wrapped(f"{field.description} Default: {default}.")
    cache = "Folder of the compiled llama.cpp wheel, outside the project. Only `make env` reads it."
    yield "## `CC_CACHE_DIR`\n\n" + wrapped(f"{cache} Default: `~/.cache/command-center`.")


def _shown(value: object) -> str:
    """Returns a default as a user writes it; a path inside the project is relative to it."""
    if isinstance(value, Path):
        return str(value.relative_to(PROJECT)) if value.is_relative_to(PROJECT) else str(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def make_page() -> str:
    """Returns the page of the make targets, from the comments of the Makefile."""
    intro = "`make` sets up what a target needs. Words in capitals are variables: `make eval QUESTIONS=my.jsonl`."
    return markdown("Make targets", intro, _target_parts())


def _target_parts() -> Iterator[str]:
    for target, text in re.findall(r"^([a-z][a-z-]*):.*## (.*)$", (PROJECT / "Makefile").read_text("utf-8"), re.M):
        yield f"## `make {target}`\n\n" + wrapped(f"{text}.")


def commands_page(title: str, program: str, tree: click.Command) -> str:
    """Returns the page of a tree of click commands: what each does, its arguments, options and examples."""
    intro = f"`{program} COMMAND --help` shows the same. Times need a zone: `2026-03-05T00:00+05:30`."
    return markdown(title, intro, _command_parts(program, tree, None))


def _command_parts(path: str, command: click.Command, parent: click.Context | None) -> Iterator[str]:
    context = click.Context(command, info_name=path.rsplit(" ", 1)[-1] if parent else path, parent=parent)
    if parent is not None:
        yield f"## `{path}`"
    yield from _help_parts(command)
    yield from _option_parts(path, command, context)
    if isinstance(command, click.Group):
        for name in command.commands:
            yield from _command_parts(f"{path} {name}", command.commands[name], context)


def _help_parts(command: click.Command) -> Iterator[str]:
    for block in re.split(r"\n\s*\n", inspect.cleandoc(command.help or "")):
        if block.startswith("\b"):
            lines = [line.strip() for line in block.strip("\b\n").splitlines()]
            examples = [_folded(line) for line in lines if not line.startswith("Example")]
            yield "```bash\n" + "\n".join(examples) + "\n```"
        elif block:
            yield wrapped(block)


def _folded(line: str) -> str:
    """Returns a command line in lines of at most WIDTH characters, joined by backslashes."""
    parts = textwrap.wrap(line, WIDTH - 2, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
    return " \\\n".join(parts)


def _option_parts(path: str, command: click.Command, context: click.Context) -> Iterator[str]:
    words = " ".join(command.collect_usage_pieces(context))
    if words:
        yield f"Usage: `{path} {words}`"
    found = []
    for param in command.get_params(context):
        record = None if "--help" in param.opts else param.get_help_record(context)
        if record is not None:
            text = f"`{record[0].replace('`', '')}`: {record[1]}".rstrip(": ").replace(f"{PROJECT}/", "")
            found.append(wrapped(text, "* "))
    if found:
        yield "\n".join(found)


def database_page(app: Database, timeseries: Database) -> str:
    """Returns the page of the tables that the migrations make; both databases are migrated."""
    intro = (
        "`cc_app` holds experiences, ratings, models and alerts; `cc_timeseries` holds the catalogue and the readings. "
        "The migrations are in `cc_common/sql`. A plant adds one table for each machine, named as the machine, with "
        "`ts timestamptz` and one `real` for each metric, and two roll-up tables for each type in the schema `rollup`."
    )
    return markdown("Database schema", intro, _database_parts({"app": app, "timeseries": timeseries}))


def _database_parts(databases: dict[str, Database]) -> Iterator[str]:
    for folder, database in databases.items():
        comments = _comments(folder)
        yield f"## {_FOLDERS[folder]}"
        with database.transaction() as connection:
            for row in connection.execute(queries("reference")["tables"]).fetchall():
                name = row.name if row.schema == "public" else f"{row.schema}.{row.name}"
                yield from _table_parts(connection, _FOLDERS[folder], name, comments.get(name, ("", {})))


def _table_parts(connection: Connection, database: str, name: str, known: tuple[str, dict[str, str]]) -> Iterator[str]:
    about, columns = known
    yield f"### {database}: {name}"
    if about:
        yield wrapped(about)
    key = {"table": name}
    rows = connection.execute(queries("reference")["columns"], key).fetchall()
    yield "\n".join(wrapped(_column(row, columns.get(row.name, "")), "* ") for row in rows)
    indexes = connection.execute(queries("reference")["indexes"], key).fetchall()
    if indexes:
        yield "\n".join(wrapped(f"Index: `{row.definition}`", "* ") for row in indexes)


def _column(row: Any, comment: str) -> str:
    null = "not null" if row.required else "null allowed"
    value = f", default `{row.value}`" if row.value else ""
    return f"`{row.name}` {row.type}, {null}{value}{': ' + comment if comment else ''}"


def _comments(folder: str) -> dict[str, tuple[str, dict[str, str]]]:
    """Returns, for each table, the comment above its CREATE TABLE and those beside its columns."""
    found = {}
    for file in sorted((SQL / folder).glob("*.sql")):
        for above, name, body in _TABLE.findall(file.read_text("utf-8")):
            columns = {c: re.sub(r"\s*\n\s*-- ", " ", text) for c, text in _COLUMN.findall(body)}
            found[name] = (re.sub(r"^-- ?", "", above, flags=re.M), columns)
    return found


def generate_database_page() -> str:
    """Applies the migrations to an embedded PostgreSQL of its own and returns the page of what they make."""
    temporary = tempfile.TemporaryDirectory(prefix="cc-reference-")
    with temporary as folder, EmbeddedServer(Path(folder), durable=False) as server, ExitStack() as stack:
        databases = []
        for migrations, name in _FOLDERS.items():
            databases.append(Database(server.dsn(name), pool_size=1, timeout_s=30, name=name))
            stack.callback(databases[-1].close)
            migrate(databases[-1], migrations)
        return database_page(*databases)


def intent_reference() -> str:
    """Returns the page of intents as Markdown, lines of at most 100 characters."""
    return "\n".join([_HEAD, *(_section(intent) for intent in INTENTS.values())])


def _section(intent: Intent) -> str:
    facts = "\n".join(_item(f"{name}: {said}") for name, said in _facts(intent))
    examples = "\n".join(_item(f"“{question}”") for question in intent.examples)
    description = "\n".join(wrap(intent.description, WIDTH))
    return f"## {intent.name}\n\n{description}\n\n{facts}\n\nExamples:\n\n{examples}\n"


def _facts(intent: Intent) -> Iterator[tuple[str, str]]:
    yield "label in forms", intent.label
    yield "asked of", " and ".join(intent.about) or "nothing of the plant"
    yield "needs", _listed(intent.needs)
    yield "may have", _listed(intent.may_have)
    yield "statistics", _listed(intent.statistics)
    yield "widgets", _listed(intent.widgets)
    yield "widgets usually shown", _listed(intent.usual_widgets)
    if "window" in intent.slots:
        yield "window where none is named", _WINDOWS[intent.default_window]
    if not intent.offered:
        yield "offered to the model", "no"


def _listed(words: Sequence[str]) -> str:
    return ", ".join(f"`{word}`" for word in words) or "none"


def _item(text: str) -> str:
    return "\n".join(wrap(text, WIDTH, initial_indent="* ", subsequent_indent="  ", break_on_hyphens=False))


def main() -> None:
    """Writes the pages of settings, make targets, commands, database tables and intents."""
    from cc_common.__main__ import command_center

    write_page("settings", settings_page())
    write_page("make", make_page())
    write_page("commands", commands_page("Commands", "python -m cc_common", command_center))
    write_page("database", generate_database_page())
    write_page("intents", intent_reference())


if __name__ == "__main__":
    main()
