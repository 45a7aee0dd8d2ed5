"""The gate's verdict: measurements, requirements, and whether the candidate may be served."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

RESAMPLES: Final = 2_000
SEED: Final = 7


@dataclass(frozen=True, kw_only=True)
class Paired:
    """The same items under both models: shares, and the difference (candidate - served) with its 95 % interval."""

    count: int
    served: float
    candidate: float
    difference: float
    low: float
    high: float
    only_served: int  # items right under this model only
    only_candidate: int


def paired(served: Sequence[bool], candidate: Sequence[bool]) -> Paired:
    """Compares two results on the same items, in the same order; the interval by a seeded paired bootstrap."""
    before, after = np.asarray(served, dtype=float), np.asarray(candidate, dtype=float)
    if not len(before):
        return Paired(
            count=0, served=0.0, candidate=0.0, difference=0.0, low=0.0, high=0.0,
            only_served=0, only_candidate=0,
        )  # fmt: skip
    change = after - before
    drawn = np.random.default_rng(SEED).integers(0, len(change), (RESAMPLES, len(change)))
    low, high = np.quantile(change[drawn].mean(axis=1), (0.025, 0.975))
    lost, won = int((change < 0).sum()), int((change > 0).sum())
    return Paired(
        count=len(change),
        served=float(before.mean()),
        candidate=float(after.mean()),
        difference=float(change.mean()),
        low=float(low),
        high=float(high),
        only_served=lost,
        only_candidate=won,
    )


@dataclass(frozen=True, kw_only=True)
class GateCheck:
    """One requirement: the measurement, the bound, and whether it holds."""

    name: str
    figure: str
    demand: str
    held: bool


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The verdict; accepted when every check holds."""

    candidate: str
    served: str
    checks: tuple[GateCheck, ...]
    questions: Paired
    ratings: Paired
    seconds: float

    @property
    def accepted(self) -> bool:
        """Whether every requirement is met."""
        return all(check.held for check in self.checks)

    @property
    def reason(self) -> str:
        """The requirements that failed, in words; for an accepted candidate its improvement."""
        failed = [f"{c.name}: {c.figure}, demanded {c.demand}" for c in self.checks if not c.held]
        return "; ".join(failed) or f"every one of {len(self.checks)} demands is met"

    def to_json(self) -> dict[str, Any]:
        """The verdict as stored in the registry (model_version.gate)."""
        return asdict(self) | {"accepted": self.accepted, "reason": self.reason}

    def table(self) -> str:
        """A markdown table, one row per requirement."""
        rows = [f"| {c.name} | {c.figure} | {c.demand} | {'yes' if c.held else '**no**'} |" for c in self.checks]
        word = "accepted" if self.accepted else "rejected"
        title = f"**{self.candidate} against {self.served}: {word}** ({self.seconds:.0f} s)"
        return "\n".join([title, "", "| demand | measured | bound | held |", "|---|---|---|---|", *rows, ""])
