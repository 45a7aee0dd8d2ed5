"""Digests of behaviour, to compare around a refactoring: prompts, grammars, plans and answers of all questions.

    .venv/bin/python -m benchmarks.behaviour_digest [--model SET ...] > digests.txt

Runs on an embedded PostgreSQL of its own with four weeks of 36 simulated machines, baselines and models fitted. Prints
one line per digest: sha256 (first 16 digits), number of items, subject. Equal lines mean equal bytes. Plans come
from keyword rules, without a model; for the sets named by --model also from the starter model.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import psycopg

from benchmarks import keyword_rules
from cc_common.analytics.anomalies import AnomalyDetector
from cc_common.analytics.anomalies.fitting import fit_plant_baselines as fit_baselines
from cc_common.analytics.data_quality import DataQuality
from cc_common.analytics.expected_behaviour import ExpectedBehaviour
from cc_common.analytics.expected_behaviour.fitting import fit_plant_models as fit_models
from cc_common.analytics.forecasting import Forecaster
from cc_common.analytics.maintenance import MaintenanceFigures, Price
from cc_common.answers.answer import Sources
from cc_common.answers.composition import compose_answer
from cc_common.answers.contexts import Contexts
from cc_common.catalog.store import install_catalog
from cc_common.core.errors import CommandCenterError
from cc_common.core.settings import PROJECT, load_settings
from cc_common.core.windows import Window
from cc_common.db import Database, Databases, EmbeddedServer, migrate
from cc_common.planning import Plan, build_grammar, build_messages, parse_plan, refuse_unknown_names, understand
from cc_common.simulator import PLANT, fill_history
from cc_common.timeseries import TimeSeries
from cc_common.understanding import Resolver
from training.batch_planner import BatchPlanner
from training.evaluate import read_questions
from training.starter import build_starter

UNTIL: Final = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
DAYS: Final = 28
MACHINES: Final = frozenset(f"{kind.name}_{n:03d}" for kind in PLANT.types for n in (1, 2, 3))


def main() -> None:
    """Prints every digest."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", nargs="*", default=[], metavar="SET", help="question sets planned by the starter")
    arguments = parser.parse_args()
    files = sorted((PROJECT / "tests" / "questions").glob("*.jsonl"))
    with tempfile.TemporaryDirectory(prefix="cc-digest-") as folder, EmbeddedServer(Path(folder), durable=False) as pg:
        sources, contexts, quality = _plant(pg)
        for path in files:
            asked = _questions(path)
            say: dict[str, Callable[..., list[str]]] = {"rules": _by_rules}
            if path.stem in arguments.model:
                say["model"] = _by_model
            for name, ask in say.items():
                _question_set(f"{path.stem} ({name})", asked, ask, sources)
        _print("contexts", _contexts(contexts))
        _print("quality", ([m, _told(partial(quality.report, m, _window(2)))] for m in sorted(MACHINES)))


def _plant(server: EmbeddedServer) -> tuple[Sources, Contexts, DataQuality]:
    databases = Databases(app=_database(server, "app"), timeseries=_database(server, "timeseries"))
    install_catalog(databases.timeseries, PLANT)
    fill_history(databases.timeseries, PLANT, days=DAYS, seed=1, until=UNTIL, only=MACHINES)
    fit_baselines(databases.timeseries, PLANT)
    fit_models(databases, PLANT)
    print("plant and models are ready", file=sys.stderr)
    readings, plant = TimeSeries(databases.timeseries, PLANT), databases.timeseries
    anomalies, forecaster = AnomalyDetector(plant, PLANT), Forecaster(readings, PLANT)
    maintenance = MaintenanceFigures(plant, PLANT, forecaster, Price(tariff=8.0, currency="INR"))
    machines = ExpectedBehaviour(databases.app, plant, PLANT)
    sources = Sources(
        readings=readings,
        catalog=PLANT,
        anomalies=anomalies,
        forecaster=forecaster,
        app=databases.app,
        maintenance=maintenance,
        machines=machines,
    )
    contexts = Contexts(readings, PLANT, databases.app, anomalies, maintenance, machines)
    return sources, contexts, DataQuality(plant, PLANT)


def _database(server: EmbeddedServer, name: str) -> Database:
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE digest_{name}")
    database = Database(server.dsn(f"digest_{name}"), pool_size=4, timeout_s=30.0, name=name)
    migrate(database, name)
    return database


def _questions(path: Path) -> list[dict[str, Any]]:
    if path.stem == "injection":
        return [{"question": json.loads(line)["question"]} for line in path.read_text().splitlines() if line.strip()]
    return read_questions(path)


def _question_set(name: str, asked: list[dict[str, Any]], ask: Any, sources: Sources) -> None:
    befores = iter(_plans([(row["before"], None) for row in asked if "before" in row], ask)[0])
    rows = [(row["question"], next(befores) if "before" in row else None) for row in asked]
    plans, prompts = _plans(rows, ask)
    _print(f"{name} prompts and grammars", prompts)
    _print(f"{name} plans", map(_plain, plans))
    _print(f"{name} answers", (_told(partial(compose_answer, p, sources, now=UNTIL)) if p else None for p in plans))


def _plans(rows: list[tuple[str, Plan | None]], ask: Any) -> tuple[list[Plan | None], list[Any]]:
    resolver = Resolver(PLANT)
    found = [understand(text, resolver, PLANT, now=UNTIL, before=before) for text, before in rows]
    refused = [refuse_unknown_names(r) for r in found]
    open_ = [r for r, no in zip(found, refused, strict=True) if no is None]
    prompts = [(build_messages(r), build_grammar(r, PLANT)) for r in open_]
    lines = iter(ask(prompts, open_))
    plans = [no or _parsed(next(lines), r) for r, no in zip(found, refused, strict=True)]
    return plans, [*prompts, *map(_plain, refused)]


def _parsed(line: str, resolution: Any) -> Plan | None:
    try:
        return parse_plan(line, resolution, PLANT, now=UNTIL)
    except CommandCenterError:
        return None


def _by_rules(prompts: list[Any], found: list[Any]) -> list[str]:
    return [keyword_rules.plan(resolution, PLANT) for resolution in found]


def _by_model(prompts: list[Any], found: list[Any]) -> list[str]:
    planner = BatchPlanner(build_starter(load_settings()))
    lines = planner.plans(prompts)
    planner.close()
    return lines


def _window(days: int) -> Window:
    return Window(start=UNTIL - timedelta(days=days), end=UNTIL, label=f"P{days}D")


def _contexts(contexts: Contexts) -> Iterator[Any]:
    for machine in sorted(MACHINES):
        yield machine, _told(partial(contexts.equipment_summary, machine, _window(1)))
        yield machine, _told(partial(contexts.historical_trend, machine, _window(7)))
        yield machine, _told(partial(contexts.anomalies_in_context, _window(7), equipment_id=machine))
        yield machine, _told(partial(contexts.comparison, contexts.siblings(machine)[:3], _window(1)))
        yield machine, _told(partial(contexts.maintenance, UNTIL, equipment_id=machine))


def _told(make: Callable[[], Any]) -> Any:
    """The result of a call, or its error in words."""
    try:
        return _plain(make())
    except CommandCenterError as exc:
        return f"error: {exc}"


def _plain(value: Any) -> Any:
    """Values only: class and field names may change in a refactoring."""
    if is_dataclass(value):
        return [_plain(getattr(value, field.name)) for field in fields(value)]
    if isinstance(value, dict):
        return [[str(key), _plain(each)] for key, each in value.items()]
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return sorted(map(str, value)) if isinstance(value, frozenset | set) else str(value)


def _print(name: str, items: Iterable[Any]) -> None:
    digest, count = hashlib.sha256(), 0
    for item in items:
        digest.update(json.dumps(item, default=str).encode())
        count += 1
    print(f"{digest.hexdigest()[:16]} {count:5} {name}", flush=True)


if __name__ == "__main__":
    main()
