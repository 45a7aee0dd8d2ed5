"""The command lines of a night: nightly, or begin and its stages one by one. Ids and times in, one line of JSON out."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cc_common.core.errors import InvalidInput
from cc_common.core.settings import Settings, load_settings
from cc_common.core.windows import Window, iso
from cc_common.db import Databases, migrate, open_databases
from cc_common.model_registry import training_runs
from cc_common.model_registry.training_runs import Night
from training.commands.arguments import Stages, minutes, moment, say

HELP: Final = {
    "tier2": "train an adapter on a night's pairs and thumbs",
    "gate": "compare a night's model with the served one",
    "publish": "serve a night's model, or reject it, by its verdict",
}


def add_night(stages: Stages) -> None:
    """python -m training nightly|begin|stage|tier2|gguf|gate|publish|learnable|abandon"""
    _add_whole(stages.add_parser("nightly", help="a whole night; goes on with one that was interrupted"), _nightly)
    _add_whole(
        stages.add_parser("begin", help="open a night whose stages are run one by one; says if it is skipped"), _begin
    )
    _add_stage(stages.add_parser("stage", help="any one stage of a night that was begun"), name=None)
    for name, words in HELP.items():
        _add_stage(stages.add_parser(name, help=words), name=name)
    _add_gguf(stages)
    learnable = stages.add_parser("learnable", help="end a night as skipped if its pairs teach nothing")
    learnable.add_argument("--run-id", required=True)
    learnable.set_defaults(stage=_learnable)
    abandon = stages.add_parser(
        "abandon", help="end a night that was begun, as failed; one that is over stays as it is"
    )
    abandon.add_argument("--run-id", required=True)
    abandon.add_argument("--skipped", action="store_true", help="as skipped: that it ends here is no failure")
    abandon.add_argument("--reason", default="abandoned", help="why, for whoever asks what became of it")
    abandon.set_defaults(stage=_abandon)


def _add_stage(parser: argparse.ArgumentParser, *, name: str | None) -> None:
    parser.add_argument("--run-id", required=True, help="of a night that was begun")
    if name is None:
        parser.add_argument("name", choices=("pairs", "tier1", "tier2", "gguf", "gate", "publish"))
        parser.add_argument("--strategy", choices=("default", "product"), default="default", help="of pairs")
        parser.add_argument("--force", action="store_true", help="pairs: make them again")
    if name in (None, "tier2"):
        parser.add_argument("--minutes", type=minutes, help="most time to train in (CC_TIER2_MINUTES)")
    parser.set_defaults(stage=_one, **({"name": name} if name else {}))


def _add_whole(parser: argparse.ArgumentParser, stage: Any) -> None:
    parser.add_argument("--run-id", help="lower-case name of the night (default: the interrupted one, else the time)")
    parser.add_argument(
        "--start", type=moment, help="ratings from then on (default: where the last promoted night ended)"
    )
    parser.add_argument("--end", type=moment, help="ratings before it, as 2026-03-05T00:00+05:30 (default: now)")
    parser.add_argument("--strategy", choices=("default", "product"), default="default", help="how pairs are made")
    parser.add_argument("--minutes", type=minutes, help="most time to train Tier 2 in (CC_TIER2_MINUTES)")
    parser.add_argument("--dry-run", action="store_true", help="no further than the gate's verdict")
    parser.add_argument("--force", action="store_true", help="although there are few new ratings")
    parser.set_defaults(stage=stage)


def _add_gguf(stages: Stages) -> None:
    parser = stages.add_parser("gguf", help="a night's adapter, or any, joined to the base GGUF and quantised")
    parser.add_argument("--run-id", help="of a night that was begun; or, without a night:")
    parser.add_argument("--adapter", type=Path, action="append", help="folder of an adapter; again for more")
    parser.add_argument("--out", type=Path, help="the GGUF to write")
    parser.add_argument("--quantisation", default="Q8_0", help="Q8_0 (default), Q4_0, Q4_1, Q5_1, Q6_K or F16")
    parser.set_defaults(stage=_gguf)


@contextmanager
def _opened() -> Iterator[tuple[Settings, Databases]]:
    settings = load_settings()
    with open_databases(settings) as databases:
        migrate(databases.app, "app")
        yield settings, databases


def _nightly(arguments: argparse.Namespace) -> None:
    from training.night import nightly

    with _opened() as (settings, databases):
        night = nightly(
            settings,
            databases,
            run_id=arguments.run_id,
            window=_window(databases, arguments),
            wishes=_wishes(arguments),
            say=say,
        )
        _print(_told(settings, night))


def _begin(arguments: argparse.Namespace) -> None:
    from training.night import open_night

    with _opened() as (settings, databases):
        night, _ = open_night(settings, databases, arguments.run_id, _window(databases, arguments), _wishes(arguments))
        _print(_told(settings, night))


def _one(arguments: argparse.Namespace) -> None:
    from training.night import RunOptions, run_stage

    given = {k: v for k in ("strategy", "minutes", "force") if (v := getattr(arguments, k, None)) is not None}
    with _opened() as (settings, databases):
        figures = run_stage(settings, databases, arguments.run_id, arguments.name, RunOptions(**given), say)
        _print({"run_id": arguments.run_id, "stage": arguments.name, "figures": figures})


def _learnable(arguments: argparse.Namespace) -> None:
    from training.night import skip_unless_learnable

    with _opened() as (settings, databases):
        _print(_told(settings, skip_unless_learnable(settings, databases, arguments.run_id)))


def _abandon(arguments: argparse.Namespace) -> None:
    with _opened() as (settings, databases):
        if training_runs.get(databases.app, arguments.run_id).state == "running":
            state: training_runs.State = "skipped" if arguments.skipped else "failed"
            training_runs.finish(databases.app, arguments.run_id, state, arguments.reason)
        _print(_told(settings, training_runs.get(databases.app, arguments.run_id)))


def _gguf(arguments: argparse.Namespace) -> None:
    if arguments.run_id:
        _one(argparse.Namespace(run_id=arguments.run_id, name="gguf"))
        return
    if not arguments.adapter or not arguments.out:
        raise InvalidInput("gguf needs --run-id, or --adapter and --out.")
    from cc_common.model_registry.versions import base_gguf
    from training.gguf import build

    base = base_gguf(load_settings())
    _print({"path": str(build(base, arguments.adapter, arguments.out, quantisation=arguments.quantisation))})


def _wishes(arguments: argparse.Namespace) -> Any:
    from training.night import RunOptions

    return RunOptions(
        strategy=arguments.strategy, minutes=arguments.minutes, dry_run=arguments.dry_run, force=arguments.force
    )


def _window(databases: Databases, arguments: argparse.Namespace) -> Window | None:
    """As given; what was left out as it would have been."""
    if arguments.start is None and arguments.end is None:
        return None
    end = arguments.end or datetime.now(UTC)
    start = arguments.start or training_runs.next_window(databases.app, end).start
    return Window(start=start, end=end)


def _told(settings: Settings, night: Night) -> dict[str, Any]:
    from training.night import folder_of

    return {
        "run_id": night.run_id,
        "state": night.state,
        "stage": night.stage,
        "reason": night.reason,
        "start": iso(night.window_start),
        "end": iso(night.window_end),
        "parent": night.parent,
        "folder": str(folder_of(settings, night.run_id)),
        "figures": dict(night.figures),
    }


def _print(told: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(told, allow_nan=False) + "\n")
