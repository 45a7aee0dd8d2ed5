"""The command lines of the starter model: starter, sft, soup, evaluate."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from cc_common.core.settings import load_settings
from training.commands.arguments import Stages


def add_model(stages: Stages) -> None:
    """python -m training starter|sft|soup|evaluate"""
    starter = stages.add_parser("starter", help="build the starter model from the shipped adapter and serve it")
    starter.set_defaults(stage=_starter)
    sft = stages.add_parser("sft", help="teach the base the plan language; writes a starter adapter")
    sft.add_argument("--out", type=Path, required=True, help="folder to write the adapter to")
    sft.add_argument("--examples", type=int, default=12_000, help="generated questions (default 12000)")
    sft.add_argument("--seed", type=int, default=1, help="of corpus and training (default 1)")
    sft.add_argument("--minutes", type=float, help="stop after so many minutes with what was learned")
    sft.set_defaults(stage=_sft)
    soup = stages.add_parser("soup", help="average adapters that were trained apart into one")
    soup.add_argument("adapters", type=Path, nargs="+", help="folders of adapters, two or more")
    soup.add_argument("--out", type=Path, required=True, help="folder to write the adapter to")
    soup.add_argument("--rank", type=int, help="of the average (default: that of the first)")
    soup.set_defaults(stage=_soup)
    evaluate = stages.add_parser("evaluate", help="how well a GGUF understands questions, by slot and intent")
    what = "files of JSON lines, see training/evaluate.py; a report each"
    evaluate.add_argument("--questions", type=Path, nargs="+", required=True, help=what)
    evaluate.add_argument("--gguf", type=Path, help="the model (default: the starter, built when needed)")
    evaluate.add_argument("--threads", type=int, default=2, help="of llama.cpp; 1 beside other work (default 2)")
    evaluate.set_defaults(stage=_evaluate)


def _starter(_: argparse.Namespace) -> None:
    from cc_common.db import migrate, open_databases
    from training.starter import install

    settings = load_settings()
    with open_databases(settings) as databases:
        migrate(databases.app, "app")
        version = install(settings, databases.app)
    sys.stdout.write(f"serving {version.id} ({version.sha256[:12]})\n")


def _sft(arguments: argparse.Namespace) -> None:
    from cc_common.model_registry.versions import base_gguf
    from cc_common.simulator import PLANT
    from training.sft import Recipe, train

    recipe = Recipe(examples=arguments.examples, seed=arguments.seed, max_minutes=arguments.minutes)
    manifest = train(recipe, base_gguf(load_settings()), PLANT, arguments.out)
    sys.stdout.write(json.dumps(manifest, indent=2) + "\n")


def _soup(arguments: argparse.Namespace) -> None:
    from training.model_soup import average

    sys.stdout.write(json.dumps(average(arguments.adapters, arguments.out, rank=arguments.rank), indent=2) + "\n")


def _evaluate(arguments: argparse.Namespace) -> None:
    from cc_common.simulator import PLANT
    from training.batch_planner import BatchPlanner
    from training.corpus import NOW
    from training.evaluate import evaluate, read_questions, report
    from training.starter import build_starter

    asked = {path.stem: read_questions(path) for path in arguments.questions}
    planner = BatchPlanner(arguments.gguf or build_starter(load_settings()), threads=arguments.threads)
    for name, questions in asked.items():
        judged = evaluate(questions, planner.plans, PLANT, NOW)
        sys.stdout.write(f"== {name} ==\n{report(judged)}\n\n")
        sys.stdout.flush()
    planner.close()
