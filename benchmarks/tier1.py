"""Tier 1 alone: a learning step, scoring and ordering 24 widgets, memory, and a long training on a hidden preference.

    .venv/bin/python -m benchmarks.tier1 [--steps 511000]

The floors are numpy's: a call that adds two empty arrays, and a dot product of eight numbers.
"""

from __future__ import annotations

import argparse
import os
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import product
from time import perf_counter, perf_counter_ns

import numpy as np

from cc_common import ranking
from cc_common.planning import INTENTS as REGISTRY
from cc_common.ranking import QuestionContext, Scorer
from cc_common.ranking.scorer import Rows

QUESTIONS = ("show the power", "how hot is it", "what about the load", "any vibration", "is it well today")
TYPES = ("chiller", "pump", "ahu", "ups", "boiler", "lift")
INTENTS = ("latest", "trend", "statistics", "compare", "rank", "summary")
MEASURED = 5_000
BLOCK = 1_000  # steps that a loss is averaged over
RATE = 0.05


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=511_000, help="length of the training (default 511,000)")
    steps = parser.parse_args().steps
    machine = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    print(f"{ranking.PARAMETERS} parameters, numpy {np.__version__}, {machine}")
    _calls()
    _memory()
    _training(steps)


def _calls() -> None:
    """Microseconds per call, on features made before."""
    ranker, context, widgets = Scorer(), *_scene_of_24()
    empty, eight = np.empty(0, np.float32), np.ones(8, np.float32)
    scores, rng = ranker.score(context, widgets), np.random.default_rng(1)
    print(f"\n{'microseconds':34}{'p50':>8}{'p95':>8}{'aim':>8}")
    _row("floor: add two empty arrays", lambda _: np.add(empty, empty))
    _row("floor: dot of eight", lambda _: eight.dot(eight))
    _row("learn one rated widget", lambda n: ranker.learn(context, widgets[n % 24], n % 3 == 0, RATE), aim=15)
    _row("score 24 widgets", lambda _: ranker.score(context, widgets), aim=10)
    _row("sample an order of 24", lambda _: ranking.sample_order(scores, 0.5, rng))
    _row("features of a scene", lambda _: ranking.context_features(_scene("latest", "chiller", QUESTIONS[0])))
    _row("to bytes", lambda _: ranking.to_bytes(ranker))
    stored = ranking.to_bytes(ranker)
    _row("from bytes, checked", lambda _: ranking.from_bytes(stored))


def _row(name: str, call: Callable[[int], object], *, aim: float | None = None) -> None:
    taken = []
    for n in range(MEASURED):
        start = perf_counter_ns()
        call(n)
        taken.append((perf_counter_ns() - start) / 1000)
    p50, p95 = np.percentile(taken, [50, 95])
    print(f"{name:34}{p50:8.2f}{p95:8.2f}{aim or '':>8}")


def _memory() -> None:
    tracemalloc.start()
    Scorer()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"\none scorer: {ranking.PARAMETERS * 4 / 1024:.1f} KiB of weights, {peak / 1024:.1f} KiB at most while made")


def _training(steps: int) -> None:
    """One thumb per step, for a random widget; up for the hidden favourite of its intent and type."""
    rng, ranker = np.random.default_rng(7), Scorer()
    losses = np.empty(steps)
    start = perf_counter()
    for n, (context, widget, liked) in zip(range(steps), _thumbs(rng), strict=False):
        losses[n] = ranker.learn(context, widget, liked, RATE)
    took = perf_counter() - start
    first, last = losses[:BLOCK].mean(), losses[-BLOCK:].mean()
    print(f"\n{steps:,} steps in {took:.1f} s ({took / steps * 1e6:.1f} us each, drawing included)")
    for share in (0, 0.01, 0.1, 0.5, 1):
        at = min(int(share * steps), steps - BLOCK)
        print(f"  loss after {at:>9,}: {losses[at : at + BLOCK].mean():.4f}")
    print(f"loss down by {1 - last / first:.1%} (aim: more than 60 %)")


def _thumbs(rng: np.random.Generator) -> Iterator[tuple[Rows, Rows, bool]]:
    """Endless rated widgets; one thumb in fifty contradicts the preference, as noise."""
    cases = [(s, _ranked(s)) for s in (_scene(i, t, q) for i, t, q in product(INTENTS, TYPES, QUESTIONS))]
    favourites = {(i, t): int(rng.integers(len(REGISTRY[i].widgets))) for i, t in product(INTENTS, TYPES)}
    while True:
        draws = zip(rng.integers(len(cases), size=BLOCK), rng.random(BLOCK), rng.random(BLOCK) < 0.02, strict=True)
        for case, where, contrary in draws:
            scene, (context, widgets) = cases[case]
            chosen = int(where * len(widgets))
            favourite = favourites[scene.intent, scene.equipment_type or ""]
            yield context, widgets[chosen], (chosen == favourite) != bool(contrary)


def _scene(intent: str, equipment_type: str, question: str) -> QuestionContext:
    return QuestionContext(
        question=question, intent=intent, equipment_type=equipment_type, kind="gauge", unit="kW", machines=1
    )


def _ranked(scene: QuestionContext) -> tuple[Rows, Rows]:
    context = ranking.context_features(scene)
    names = REGISTRY[scene.intent].widgets
    features = [ranking.widget_features(context, name, place) for place, name in enumerate(names)]
    return ranking.feature_rows(context), ranking.feature_rows(features)


def _scene_of_24() -> tuple[Rows, Rows]:
    """A question of usual length with 24 widgets to order."""
    scene = _scene("latest", "chiller", "show me the power consumption of chiller one over the last day please")
    context = ranking.context_features(scene)
    names = [name for intent in REGISTRY.values() for name in intent.widgets][:24]
    features = [ranking.widget_features(context, name, place) for place, name in enumerate(names)]
    return ranking.feature_rows(context), ranking.feature_rows(features)


if __name__ == "__main__":
    main()
