"""Commands of the starter model: starter, sft, soup, evaluate."""

from __future__ import annotations

from pathlib import Path

import click

from training.commands.arguments import MINUTES, print_json


@click.command()
def starter() -> None:
    """Build the starter model and serve it.

    The shipped adapter is merged into the base GGUF (CC_BASE_GGUF) and quantised once, in some seconds.

    \b
    Example:
      python -m training starter
    """
    from cc_common.core.settings import load_settings
    from cc_common.db import migrate, open_databases
    from training.starter import install

    settings = load_settings()
    with open_databases(settings) as databases:
        migrate(databases.app, "app")
        version = install(settings, databases.app)
    click.echo(f"serving {version.id} ({version.sha256[:12]})")


@click.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write the adapter to.")
@click.option("--examples", type=int, default=12_000, help="Number of generated questions.")
@click.option("--seed", type=int, default=1, help="Seed of corpus and training.")
@click.option("--minutes", type=MINUTES, help="Time limit in minutes; the adapter so far is kept.")
def sft(out: Path, examples: int, seed: int, minutes: float | None) -> None:
    """Teach the base model the plan language.

    It trains on a generated corpus and writes a starter adapter.

    \b
    Example:
      python -m training sft --examples 12000 --out models/starter
    """
    from cc_common.core.settings import load_settings
    from cc_common.model_registry.versions import base_gguf
    from cc_common.simulator import PLANT
    from training.sft import SftRecipe, train

    recipe = SftRecipe(examples=examples, seed=seed, max_minutes=minutes)
    print_json(train(recipe, base_gguf(load_settings()), PLANT, out), indent=2)


@click.command()
@click.argument("adapters", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="ADAPTER...")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write the adapter to.")
@click.option("--rank", type=int, help="Rank of the average (default: that of the first).")
def soup(adapters: tuple[Path, ...], out: Path, rank: int | None) -> None:
    """Average adapters that were trained independently.

    \b
    Example:
      python -m training soup data/starter-3 data/starter-5 --out training/starter_adapter
    """
    from training.model_soup import average_adapters

    print_json(average_adapters(list(adapters), out, rank=rank), indent=2)


@click.command()
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, metavar="[FILE]...")
@click.option(
    "--questions",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE",
    help="Questions as JSON lines, see training/evaluate.py; more files may follow.",
)
@click.option("--gguf", type=click.Path(path_type=Path), help="The model (default: the starter, built when needed).")
@click.option("--threads", type=click.IntRange(1), default=2, help="Threads of llama.cpp; use 1 beside other work.")
def evaluate(files: tuple[Path, ...], questions: tuple[Path, ...], gguf: Path | None, threads: int) -> None:
    """Measure how well a GGUF understands questions.

    It prints a report for each file, by slot and intent.

    \b
    Example:
      python -m training evaluate --questions tests/questions/handwritten.jsonl tests/questions/fresh.jsonl
    """
    if not (asked := (*questions, *files)):
        raise click.UsageError("Name at least one file of questions: --questions tests/questions/handwritten.jsonl")
    from cc_common.core.settings import load_settings
    from cc_common.simulator import PLANT
    from training.batch_planner import BatchPlanner
    from training.corpus import NOW
    from training.evaluate import evaluate as judge
    from training.evaluate import read_questions, report
    from training.starter import build_starter

    sets = {path.stem: read_questions(path) for path in asked}
    planner = BatchPlanner(gguf or build_starter(load_settings()), threads=threads)
    for name, texts in sets.items():
        click.echo(f"== {name} ==\n{report(judge(texts, planner.plans, PLANT, NOW))}\n")
    planner.close()
