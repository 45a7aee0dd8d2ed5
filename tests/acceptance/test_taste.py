"""One night teaches the model what an operator likes, and the API answers all the while; prints a table (make taste).

The scripted operator prefers what only his ratings show: a comparison before a trend, and no alerts beside the newest
reading. He rates questions asked through the API of a system of its own; then one night runs by Airflow's scheduler.
Agreement is measured before and after on questions that were never rated, from templates kept for that.
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final

import pytest

from cc_common.core.evidence import Evidence, Figure
from cc_common.core.settings import PROJECT, Settings
from cc_common.db import open_databases
from cc_common.model_registry import training_runs, versions
from cc_common.model_registry.versions import ModelVersion
from cc_common.operations.airflow_settings import Client
from cc_common.operations.checks import Failed, Subject, confirm
from cc_common.simulator import PLANT
from training.evaluate import wilson

pytestmark = [pytest.mark.figures, pytest.mark.timeout(7200)]
RATINGS: Final = 400
QUESTIONS: Final = 100  # never rated
TRAINING_MINUTES: Final = 12.0
READY_S: Final = 900.0
NIGHT_S: Final = 5400.0
SWAP_S: Final = 120.0
EVERY_S: Final = 1.0  # between two questions of the probe
DAG: Final = "nightly_retraining"
GATE: Final = PROJECT / "training" / "gate" / "questions.jsonl"
RATED: Final = {
    "latest": ("{m} of {a} please", "I need {a} {m} at the moment", "{a} {m} reading, now"),
    "compare": ("put {a} beside {b}: {m} since {n} hours ago", "compare {m} of {a} with {b} over the last {n} hours"),
}
FRESH: Final = {
    "latest": ("how much is the {m} on {a} right now", "current {m} for {a}"),
    "compare": ("{a} versus {b}, {m}, last {n} hours", "how do {a} and {b} compare on {m} in the past {n} hours"),
}


@dataclass
class System:
    """What is measured: a launcher with a folder and ports of its own."""

    settings: Settings
    output: Path

    def ask(self, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
        """Status and JSON; status 0 where the connection failed."""
        data = None if body is None else json.dumps(body).encode()
        url = f"http://127.0.0.1:{self.settings.port}{path}"
        request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, None
        except (OSError, ValueError):
            return 0, None

    @contextmanager
    def running(self, *words: str) -> Iterator[subprocess.Popen[bytes]]:
        """Runs `python -m WORDS` meanwhile."""
        names = ("data_dir", "port", "airflow_port", "plant_days")
        ours = {f"CC_{name.upper()}": str(getattr(self.settings, name)) for name in names}
        ours["AIRFLOW_HOME"] = str(self.settings.data_dir / "airflow")
        with self.output.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", *words], cwd=PROJECT, env=os.environ | ours, stdout=output, stderr=output
            )
            try:
                yield process
            finally:
                process.send_signal(signal.SIGINT)
                process.wait(60)


@dataclass
class Probe:
    """Asks all the while, and counts what comes back."""

    system: System
    statuses: Counter[int] = field(default_factory=Counter)
    slowest_s: float = 0.0
    _ended: Event = field(default_factory=Event)

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Meanwhile, once a second."""
        thread = Thread(target=self._run)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()

    def _run(self) -> None:
        n = 0
        while not self._ended.wait(EVERY_S):
            began, n = time.monotonic(), n + 1
            status, _ = self.system.ask("/api/v1/query", {"query": f"trend of the power of pump {n % 50 + 1} today"})
            self.statuses[status] += 1
            self.slowest_s = max(self.slowest_s, time.monotonic() - began)


@dataclass
class Answers:
    """Answers to questions, and how far they please."""

    agreed: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    right: int = 0
    values: int = 0
    misread: int = 0
    wrong: list[str] = field(default_factory=list)
    models: Counter[str] = field(default_factory=Counter)

    def add(self, intent: str, answer: dict[str, Any], scene: Subject) -> None:
        """Counts one; an answer of another intent than was asked for agrees with nothing."""
        self.asked[intent] += 1
        same = answer["plan"]["intent"] == intent
        self.misread += not same
        self.agreed[intent] += same and pleases(answer)
        self.models[(answer["model"] or {"id": "none"})["id"]] += 1
        self.values += len(answer["values"])
        try:
            confirm(scene, figures_of(answer))
            self.right += len(answer["values"])
        except Failed as exc:
            self.wrong.append(f"{answer['query']}: {exc}")


def shown(answer: dict[str, Any]) -> list[str]:
    """The widgets' types, from the top."""
    return [w["type"] for w in sorted(answer["widgets"], key=lambda w: int(w["position"]))]


def pleases(answer: dict[str, Any]) -> bool:
    """The hidden taste."""
    types = shown(answer)
    if answer["plan"]["intent"] == "latest":
        return "alerts" not in types
    return "comparison" in types and ("trend" not in types or types.index("comparison") < types.index("trend"))


def rating(answer: dict[str, Any]) -> dict[str, Any]:
    """What the operator says: of unwanted alerts, a thumb down for that widget; else a thumb for the answer."""
    body: dict[str, Any] = {"response_id": answer["response_id"], "rater": "taste"}
    good = pleases(answer)
    unwanted = [w["widget_id"] for w in answer["widgets"] if w["type"] == "alerts"]
    if not good and answer["plan"]["intent"] == "latest":
        body["widget_id"] = unwanted[0]
    return body | {"rating": "up" if good else "down"}


def figures_of(answer: dict[str, Any]) -> Iterator[Figure]:
    """The values with their evidence."""
    for row in answer["evidence"]:
        value = answer["values"][row["value_index"]]
        said = {name: row[name] for name in ("table", "column", "statistic", "rows")}
        about = {name: value[name] for name in ("equipment", "metric", "statistic", "value", "unit")}
        yield Figure(**about, evidence=Evidence(**said, start=_moment(row["start"]), end=_moment(row["end"])))


def questions(templates: Mapping[str, Sequence[str]], count: int, seed: int) -> list[tuple[str, str]]:
    """So many different (intent, question), half of each; none of the gate's."""
    rng, found = random.Random(seed), dict[str, str]()
    frozen = {json.loads(line)["question"] for line in GATE.read_text().splitlines()}
    while len(found) < count:
        intent = ("latest", "compare")[len(found) % 2]
        kind = rng.choice(PLANT.types)
        first, second = rng.sample([e.id for e in PLANT.equipment if e.type == kind.name], 2)
        words = {"m": rng.choice(kind.metrics).label, "a": _said(first), "b": _said(second), "n": rng.randint(2, 20)}
        question = rng.choice(templates[intent]).format(**words)
        if question not in frozen:
            found.setdefault(question, intent)
    return [(intent, question) for question, intent in found.items()]


def ask_all(system: System, asked: Sequence[tuple[str, str]], scene: Subject, *, rate: bool) -> Answers:
    """Asks each once, in sessions of their own, and rates the answers if told to."""
    answers = Answers()
    for intent, question in asked:
        status, answer = system.ask("/api/v1/query", {"query": question})
        assert status == 200, f"{question}: {status}"
        answers.add(intent, answer, scene)
        if rate:
            status, _ = system.ask("/api/v1/ratings", rating(answer))
            assert status == 201, f"rating {question}: {status}"
    return answers


def night(system: System, minutes: float) -> tuple[dict[str, Any], dict[str, str | None], float]:
    """One night by the scheduler: the run, its tasks, and how long it took."""
    with system.running("cc_common", "airflow") as process:
        seen = system.output.stat().st_size
        until = time.monotonic() + READY_S
        while "login" not in system.output.read_text()[seen:]:
            assert process.poll() is None and time.monotonic() < until, system.output.read_text()[-2000:]
            time.sleep(1)
        client, began = Client(system.settings), time.monotonic()
        run = client.trigger(DAG, {"minutes": minutes})
        ended = client.wait(run, NIGHT_S)
        return ended, client.tasks(run), time.monotonic() - began


def test_one_night_of_ratings_teaches_the_model_what_an_operator_likes() -> None:
    with tempfile.TemporaryDirectory(prefix="command-center-taste-") as folder:
        measure(Path(folder).resolve())


def measure(folder: Path) -> None:
    """Starts the system, rates, runs a night, prints the table and checks it."""
    settings = Settings(_env_file=None, data_dir=folder / "data", port=_free(), airflow_port=_free(), plant_days=2)
    system = System(settings=settings, output=folder / "output.txt")
    fresh = questions(FRESH, QUESTIONS, seed=2)
    with system.running("cc_common", "run"):
        _until_ready(system)
        with open_databases(settings) as databases:
            scene, probe = Subject(databases=databases), Probe(system)
            before = ask_all(system, fresh, scene, rate=False)
            rated = ask_all(system, questions(RATED, RATINGS, seed=1), scene, rate=True)
            ranked = ask_all(system, fresh, scene, rate=False)
            with probe.asking():
                run, tasks, seconds = night(system, TRAINING_MINUTES)
                _until_served(system, versions.served(databases.app, 2))
            after = ask_all(system, fresh, scene, rate=False)
            found = training_runs.newest_nights(databases.app)[0]
    stages = {"before any rating": before, "while rating": rated, "rated, before the night": ranked, "after": after}
    print(f"# One night, {RATINGS} ratings\n\n{_shares(stages)}\n")
    print(f"Night {found.run_id}: **{found.state}**, {found.reason}; {seconds / 60:.1f} min by the scheduler.")
    print(f"Tasks: {', '.join(f'{name} {state}' for name, state in tasks.items())}.")
    print(f"Asked meanwhile: {dict(probe.statuses)} by status, the slowest {probe.slowest_s:.1f} s.\n\n{run['note']}")
    wrong = [line for stage in stages.values() for line in stage.wrong]
    print("\n".join(["", *wrong[:10]]))
    assert _share(after)[1] > _share(before)[2], "the model does not agree more than before"
    assert not wrong
    assert set(probe.statuses) == {200}
    assert found.state == "promoted"


def _shares(stages: dict[str, Answers]) -> str:
    lines = [
        "| | agrees | 95 % | latest | compare | misread | values right | model |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, of in stages.items():
        share, low, high = _share(of)
        kinds = [f"{of.agreed[kind]}/{of.asked[kind]}" for kind in ("latest", "compare")]
        told = f"{of.right}/{of.values} | {', '.join(of.models)}"
        lines.append(
            f"| {name} | {share:.0%} | {low:.0%} to {high:.0%} | {' | '.join(kinds)} | {of.misread} | {told} |"
        )
    return "\n".join(lines)


def _share(of: Answers) -> tuple[float, float, float]:
    right, total = of.agreed.total(), of.asked.total()
    return (right / max(1, total), *wilson(right, total))


def _until_ready(system: System) -> None:
    until = time.monotonic() + READY_S
    while system.ask("/readyz")[0] != 200:
        assert time.monotonic() < until, system.output.read_text()[-2000:]
        time.sleep(1)


def _until_served(system: System, model: ModelVersion | None) -> None:
    """The API takes a model up within seconds of its being served."""
    until, wanted = time.monotonic() + SWAP_S, model.id if model else ""
    while _answering(system) != wanted:
        assert time.monotonic() < until, f"{wanted} is served, but another one answers"
        time.sleep(1)


def _answering(system: System) -> str:
    _, answer = system.ask("/api/v1/query", {"query": "pump 2 power now"})
    return str(((answer or {}).get("model") or {}).get("id"))


def _said(machine: str) -> str:
    kind, _, number = machine.rpartition("_")
    return f"{kind.replace('_', ' ')} {int(number)}"


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
