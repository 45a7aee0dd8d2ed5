"""python -m cc_common and python -m training: every command describes itself, and wrong usage tells the way out."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import click
import pytest
from click.testing import CliRunner

from cc_common import __main__ as cc_common
from cc_common.core.errors import SetupError
from cc_common.core.settings import PROJECT
from cc_common.operations.commands import MOMENT, execute, progress
from training import __main__ as training

HEAVY: Final = {"torch", "transformers", "airflow", "flask", "llama_cpp", "pandas", "numpy", "psycopg"}
MAX_HELP_S: Final = 2.0
TREES: Final = {"cc_common": cc_common.command_center, "training": training.training}


def every_command(command: click.Command, *words: str) -> Iterator[tuple[str, ...]]:
    """The words of the command and of each below it."""
    yield words
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from every_command(below, *words, name)


EVERY: Final = [(module, words) for module, tree in TREES.items() for words in every_command(tree)]


def found(module: str, words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that the words lead to, and the words left for it."""
    command: click.Command = TREES[module]
    while isinstance(command, click.Group) and words and words[0] in command.commands:
        command, words = command.commands[words[0]], words[1:]
    return command, words


def help_of(module: str, *words: str) -> str:
    """What the command says to --help."""
    done = CliRunner().invoke(TREES[module], [*words, "--help"], prog_name=f"python -m {module}")
    assert done.exit_code == 0, done.output
    return done.output


def examples(text: str) -> list[list[str]]:
    """The words of each example of a help text: module, then its words."""
    block = re.search(r"^  Examples?:\n((?:    .+\n)+)", text, re.MULTILINE)
    lines = block[1].splitlines() if block else []
    return [shlex.split(line.partition("python -m ")[2]) for line in lines]


@pytest.mark.parametrize(
    ("module", "words"), EVERY, ids=lambda value: value if isinstance(value, str) else " ".join(value)
)
def test_each_command_has_a_help_text_and_an_example_of_itself(module: str, words: tuple[str, ...]) -> None:
    text = help_of(module, *words)
    shown = examples(text)
    assert text.split("\n\n")[1].strip().endswith(".")
    assert shown and all(example[: len(words) + 1] == [module, *words] for example in shown)


@pytest.mark.parametrize("module", TREES)
def test_each_option_says_what_it_is_for(module: str) -> None:
    commands = {words: found(module, list(words))[0] for name, words in EVERY if name == module}
    options = [(words, each) for words, command in commands.items() for each in command.params]
    assert [(words, each.name) for words, each in options if isinstance(each, click.Option) and not each.help] == []


@pytest.mark.parametrize("module", TREES)
def test_examples_are_right_usage(module: str) -> None:
    for words in (words for name, words in EVERY if name == module):
        for example in examples(help_of(module, *words)):
            command, left = found(module, example[1:])
            command.make_context(" ".join(example), left)


@pytest.mark.parametrize("module", TREES)
def test_help_is_quick_and_imports_nothing_heavy(module: str) -> None:
    every = [[*words, "--help"] for name, words in EVERY if name == module]
    code = f"""
import contextlib, io, sys, time
began = time.monotonic()
from {module}.__main__ import main
with contextlib.redirect_stdout(io.StringIO()):
    assert all(main(words) == 0 for words in {every!r})
print(time.monotonic() - began, *set(sys.modules) & {HEAVY!r})
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    seconds, *heavy = done.stdout.split()
    assert heavy == [] and float(seconds) < MAX_HELP_S


@pytest.mark.parametrize(
    ("words", "way_out"),
    [
        ("", "Commands:"),
        ("chek all", "Did you mean 'check'?"),
        ("check poetry", "'timeseries', 'rag', 'rl', 'all'"),
        ("check", "timeseries|rag|rl|all"),
        ("run --loud", "python -m cc_common run --help"),
        ("simulator history --until 2026-03-05", "2026-03-05Z for UTC"),
        ("simulator history --until soon", "2026-03-05T00:00+05:30"),
        ("simulator history --days 3 --years 1", "give one of them"),
        ("simulator history --years 0", "x>=1"),
        ("import", "--draft FOLDER"),
        ("audit --action danced", "rated, acknowledged"),
        ("quality --hours 169", "1<=x<=168"),
        ("models rollback", "Missing argument 'EQUIPMENT'"),
        ("rl-data sample", "Missing option '--out'"),
        ("nightly --conf {", '{"force": true}'),
        ("nightly --conf 1", "no JSON object"),
        ("airflow exec", "COMMAND..."),
    ],
)
def test_wrong_usage_is_status_2_and_tells_the_way_out(
    words: str, way_out: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cc_common.main(words.split()) == 2
    assert way_out in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "way_out"),
    [
        ("gguf", "--adapter and --out"),
        ("evaluate", "--questions tests/questions/handwritten.jsonl"),
        ("nightly --minutes 1441", "0<x<=1440"),
        ("prune --days -1", "x>=0"),
        ("stage dance --run-id one", "'pairs', 'tier1'"),
        ("pairs --start 2026-03-04T00:00 --end 2026-03-05T00:00Z --out x", "has no time zone"),
    ],
)
def test_wrong_usage_of_a_stage_is_status_2(words: str, way_out: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert training.main(words.split()) == 2
    assert way_out in capsys.readouterr().err


def tree(raised: BaseException | None = None, status: int | None = None) -> click.Group:
    """A command line of one command, "go", which raises or returns."""

    @click.command()
    def go() -> int | None:
        if raised:
            raise raised
        return status

    return click.Group(commands=[go])


@pytest.mark.parametrize(
    ("raised", "status", "expected"),
    [(None, None, 0), (None, 3, 3), (SetupError("No disk."), None, 1), (KeyboardInterrupt(), None, 130)],
)
def test_the_exit_status_tells_how_a_command_ended(
    raised: BaseException | None, status: int | None, expected: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute(tree(raised, status), ["go"], "test") == expected
    assert capsys.readouterr().err.strip() == ("No disk." if expected == 1 else "")


def test_a_defect_of_ours_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        execute(tree(ZeroDivisionError()), ["go"], "test")


def test_a_time_keeps_its_zone() -> None:
    assert MOMENT.convert("2026-03-05T05:30+05:30", None, None) == datetime(2026, 3, 5, tzinfo=UTC)


def test_progress_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    progress("machines")(1200, 3630)
    assert capsys.readouterr() == ("", "1,200 of 3,630 machines\n")
