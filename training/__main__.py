"""The stages of training: python -m training <stage> --help."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from cc_common.config import load_settings
from cc_common.errors import CommandCenterError
from training.commands import add_pairs, add_tier1


def main(words: list[str] | None = None) -> int:
    """Runs one stage; 1 with one clear line when it cannot be done."""
    arguments = _parser().parse_args(words)
    try:
        arguments.stage(arguments)
    except CommandCenterError as exc:
        print(f"{exc}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    stages = parser.add_subparsers(required=True, metavar="stage")
    starter = stages.add_parser("starter", help="build the starter model from the shipped adapter and serve it")
    starter.set_defaults(stage=_starter)
    gguf = stages.add_parser("gguf", help="join an adapter to the base GGUF and quantise")
    gguf.add_argument("--adapter", type=Path, required=True, help="folder of the LoRA adapter")
    gguf.add_argument("--out", type=Path, required=True, help="the GGUF to write")
    gguf.add_argument("--quantisation", default="Q8_0", help="Q8_0 (default), Q4_0, Q4_1, Q5_1, Q6_K or F16")
    gguf.set_defaults(stage=_gguf)
    sft = stages.add_parser("sft", help="teach the base the plan language; writes a starter adapter")
    sft.add_argument("--out", type=Path, required=True, help="folder to write the adapter to")
    sft.add_argument("--examples", type=int, default=12_000, help="generated questions (default 12000)")
    sft.add_argument("--seed", type=int, default=1, help="of corpus and training (default 1)")
    sft.add_argument("--minutes", type=float, help="stop after so many minutes with what was learned")
    sft.set_defaults(stage=_sft)
    evaluate = stages.add_parser("evaluate", help="how well a GGUF understands questions, by slot and intent")
    evaluate.add_argument("--questions", type=Path, required=True, help="JSON lines; see training/evaluate.py")
    evaluate.add_argument("--gguf", type=Path, help="the model (default: the starter, built when needed)")
    evaluate.set_defaults(stage=_evaluate)
    add_pairs(stages)
    add_tier1(stages)
    return parser


def _starter(_: argparse.Namespace) -> None:
    from cc_common.db import migrate, open_databases
    from training.starter import install

    settings = load_settings()
    with open_databases(settings) as databases:
        migrate(databases.app, "app")
        version = install(settings, databases.app)
    print(f"serving {version.id} ({version.sha256[:12]})")


def _gguf(arguments: argparse.Namespace) -> None:
    from cc_common.base_model import base_gguf
    from training.gguf import build

    base = base_gguf(load_settings())
    print(build(base, [arguments.adapter], arguments.out, quantisation=arguments.quantisation))


def _sft(arguments: argparse.Namespace) -> None:
    from cc_common.base_model import base_gguf
    from cc_common.simulator import PLANT
    from training.sft import Recipe, train

    recipe = Recipe(examples=arguments.examples, seed=arguments.seed, max_minutes=arguments.minutes)
    print(json.dumps(train(recipe, base_gguf(load_settings()), PLANT, arguments.out), indent=2))


def _evaluate(arguments: argparse.Namespace) -> None:
    from cc_common.simulator import PLANT
    from training.corpus import NOW
    from training.evaluate import evaluate, read_questions, report
    from training.planner import Planner
    from training.starter import build_starter

    questions = read_questions(arguments.questions)
    planner = Planner(arguments.gguf or build_starter(load_settings()))
    print(report(evaluate(questions, planner.plan, PLANT, NOW)))


if __name__ == "__main__":
    sys.exit(main())
