"""Compares two models on the same questions and ratings, in alternating blocks."""

from __future__ import annotations

import math
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

from cc_common.catalog.store import Catalog
from cc_common.core.errors import SetupError
from cc_common.core.settings import PROJECT
from cc_common.planning import refuse_unknown_names, understand
from cc_common.understanding import Resolver
from training.corpus import NOW
from training.evaluate import Judged, evaluate, one_by_one
from training.gate.verdict import GateCheck, Paired, Verdict, paired
from training.gguf_planner import GgufPlanner

MARGIN: Final = 0.04  # of the share of right questions: lower bound of the difference's interval
SLOWER: Final = 1.25  # most times the served model's median latency, and
SLOWER_MS: Final = 20.0
LARGER: Final = 1.25  # most times the served model's memory, and
LARGER_MB: Final = 64.0
BLOCK: Final = 10  # questions per turn; alternating exposes both models to the same load
MAX_RATINGS: Final = 150
EVEN: Final = math.log(0.5)
ALONE: Final = """
import sys
from pathlib import Path
import psutil
from training.gguf_planner import GgufPlanner
planner = GgufPlanner(Path(sys.argv[1]))
planner.logp([{}, {"role": "user", "content": "power of pump 1"}], "latest 1 a: kpi")
print(psutil.Process().memory_info().rss)
"""


@dataclass(frozen=True, kw_only=True)
class HeldOut:
    """A preference of an operator: `liked` over `disliked`; one of them may be unknown."""

    messages: list[dict[str, str]]
    liked: str | None
    disliked: str | None


@dataclass
class ModelUnderTest:
    """A model in the comparison, with its measurements."""

    name: str
    gguf: Path
    planner: GgufPlanner = field(init=False)
    resident_mb: float = field(init=False)  # of a separate process after it answered a question
    seconds: list[float] = field(default_factory=list)
    judged: list[Judged] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.planner = GgufPlanner(self.gguf)
        self.resident_mb = _resident_mb(self.gguf)

    def ask(self, messages: list[dict[str, str]], grammar: str) -> str:
        """Plans, and records the time."""
        started = time.perf_counter()
        line = self.planner.plan(messages, grammar)
        self.seconds.append(time.perf_counter() - started)
        return line

    def agrees(self, rating: HeldOut) -> bool:
        """Whether it prefers the liked line; with one line known, whether it is on the right side of EVEN."""
        liked = self._logp(rating, rating.liked)
        return liked > self._logp(rating, rating.disliked)

    def _logp(self, rating: HeldOut, line: str | None) -> float:
        return EVEN if line is None else self.planner.logp(rating.messages, line)

    @property
    def p50_ms(self) -> float:
        """Median planning time of a question."""
        return median(self.seconds) * 1e3


def compare(
    candidate: tuple[str, Path],
    served: tuple[str, Path],
    ratings: Sequence[HeldOut],
    identity: dict[str, Any],
    *,
    catalog: Catalog,
    questions: list[dict[str, Any]],
) -> Verdict:
    """Compares `candidate` (name, GGUF) with `served`; `questions` about the plant of `catalog`.

    `identity`: from training.identity_check.
    """
    started = time.monotonic()
    ours, theirs = ModelUnderTest(*served), ModelUnderTest(*candidate)
    _examine(ours, theirs, questions, catalog)
    agreed = [[c.agrees(r) for r in ratings[:MAX_RATINGS]] for c in (ours, theirs)]
    for contestant in (ours, theirs):
        contestant.planner.close()
    answered = paired([j.exact for j in ours.judged], [j.exact for j in theirs.judged])
    rated = paired(*agreed)
    return Verdict(
        candidate=theirs.name,
        served=ours.name,
        checks=tuple(_checks(ours, theirs, answered, rated, identity, catalog)),
        questions=answered,
        ratings=rated,
        seconds=round(time.monotonic() - started, 1),
    )


def _resident_mb(gguf: Path) -> float:
    """Resident memory in a separate process: in one process the first model would be charged for shared pages."""
    command = [sys.executable, "-W", "ignore", "-c", ALONE, str(gguf)]
    told = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    if told.returncode:
        raise SetupError(f"{gguf.name} cannot be loaded: {told.stderr.strip().splitlines()[-1:]}")
    return int(told.stdout) / 2**20


def _examine(ours: ModelUnderTest, theirs: ModelUnderTest, questions: list[dict[str, Any]], catalog: Catalog) -> None:
    for start in range(0, len(questions), BLOCK):
        block = questions[start : start + BLOCK]
        order = (ours, theirs) if start // BLOCK % 2 else (theirs, ours)
        for contestant in order:
            contestant.judged += evaluate(block, one_by_one(contestant.ask), catalog, NOW)


def _checks(
    ours: ModelUnderTest,
    theirs: ModelUnderTest,
    answered: Paired,
    rated: Paired,
    identity: dict[str, Any],
    catalog: Catalog,
) -> Iterator[GateCheck]:
    yield GateCheck(
        name="held-out questions", figure=_share(answered), demand=f"interval above {-MARGIN:+.0%}",
        held=answered.low > -MARGIN,
    )  # fmt: skip
    yield _ratings(rated)
    yield _refusals(theirs, catalog)
    most = ours.p50_ms * SLOWER + SLOWER_MS
    yield GateCheck(
        name="latency p50", figure=f"{theirs.p50_ms:.0f} ms ({ours.p50_ms:.0f} served)",
        demand=f"at most {most:.0f} ms", held=theirs.p50_ms <= most,
    )  # fmt: skip
    room = ours.resident_mb * LARGER + LARGER_MB
    yield GateCheck(
        name="memory", figure=f"{theirs.resident_mb:.0f} MB ({ours.resident_mb:.0f} served)",
        demand=f"at most {room:.0f} MB", held=theirs.resident_mb <= room,
    )  # fmt: skip
    yield GateCheck(
        name="identity", figure=identity["words"], demand=identity["demand"], held=identity["holds"],
    )  # fmt: skip


def _ratings(rated: Paired) -> GateCheck:
    """Requires an improvement where the served model has room for one; never a regression."""
    perfect = rated.served == 1.0
    held = not rated.count or rated.difference > 0 or (perfect and rated.difference == 0)
    demand = "not worse" if perfect or not rated.count else "better"
    return GateCheck(name="held-out ratings", figure=_share(rated) if rated.count else "none", demand=demand, held=held)


def _refusals(theirs: ModelUnderTest, catalog: Catalog) -> GateCheck:
    """Requires every question about unknown machines to be refused."""
    resolver, refused = Resolver(catalog), list[bool]()
    for judged in theirs.judged:
        if (
            refuse_unknown_names(understand(judged.question, resolver, catalog, now=NOW))
            and "before" not in judged.expected
        ):
            refused.append(judged.plan.intent == "out_of_scope")
    return GateCheck(
        name="unknown machines refused", figure=f"{sum(refused)}/{len(refused)}", demand="all",
        held=all(refused) and bool(refused),
    )  # fmt: skip


def _share(result: Paired) -> str:
    return (
        f"{result.candidate:.1%} ({result.served:.1%} served) of {result.count}: {result.difference:+.1%} "
        f"[{result.low:+.1%}, {result.high:+.1%}]"
    )
