"""The status of learning for GET /api/v1/rl/status, and the audit log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

import numpy as np

from cc_common import feedback
from cc_common.core.settings import Settings
from cc_common.db import Database, queries
from cc_common.feedback import BufferCounts
from cc_common.model_registry import versions
from cc_common.model_registry.versions import ModelVersion
from cc_common.ranking import PARAMETERS

Trend = Literal["falling", "flat", "rising", "unknown"]
RECENT: Final = 100  # steps of a mean
CLEAR_CHANGE: Final = 0.05  # relative to the older half's mean; a smaller change is flat
SMOOTHING: Final = 2 / (RECENT + 1)  # an exponential mean with the centre of gravity of RECENT steps


@dataclass(frozen=True, kw_only=True)
class Tier1Status:
    """The online ranker. Losses in nats per rated widget, before each step; None without steps."""

    version: int
    parameters: int
    loss: float | None  # exponential mean over the newest steps
    loss_first: float | None  # mean of the first RECENT steps
    trend: Trend
    temperature: float
    explores: bool  # orders are sampled, propensities logged
    learning_rate: float


@dataclass(frozen=True, kw_only=True)
class Tier2Status:
    """Whether the nightly training has enough to learn from; `reason` says why or why not."""

    ready: bool
    reason: str
    new_ratings: int  # since the newest version trained here was made
    needed: int
    served: ModelVersion | None


@dataclass(frozen=True, kw_only=True)
class RlStatus:
    """The status of both tiers, and the counts of experiences and ratings."""

    tier1: Tier1Status
    buffer: BufferCounts
    tier2: Tier2Status


def rl_status(app: Database, settings: Settings) -> RlStatus:
    """The current status, from a few indexed reads whatever the number of ratings."""
    buffer = feedback.buffer_counts(app)
    return RlStatus(tier1=_tier1(app, settings), buffer=buffer, tier2=_tier2(app, settings, buffer))


def loss_trend(losses: Sequence[float]) -> Trend:
    """The trend of the loss: the mean of the newest RECENT steps against the RECENT before, beyond CLEAR_CHANGE."""
    if len(losses) < 2 * RECENT:
        return "unknown"
    older, newer = sum(losses[-2 * RECENT : -RECENT]), sum(losses[-RECENT:])
    if abs(newer - older) <= CLEAR_CHANGE * older:
        return "flat"
    return "falling" if newer < older else "rising"


def smooth_losses(losses: Sequence[float]) -> float | None:
    """Exponential mean of losses, which are oldest first."""
    if not losses:
        return None
    weights = (1 - SMOOTHING) ** np.arange(len(losses))[::-1]
    return float(np.average(losses, weights=weights))


def _tier1(app: Database, settings: Settings) -> Tier1Status:
    statements = queries("tier1")
    with app.connection() as connection:
        state = connection.execute(statements["version"]).fetchone()
        losses = [row.loss for row in connection.execute(statements["newest_losses"], {"count": 2 * RECENT})]
        first: Any = connection.execute(statements["first_loss"], {"count": RECENT}).fetchone()
    return Tier1Status(
        version=state.version if state else 0,
        parameters=PARAMETERS,
        loss=smooth_losses(losses),
        loss_first=first.loss,
        trend=loss_trend(losses),
        temperature=settings.tier1_temperature,
        explores=settings.tier1_temperature > 0,
        learning_rate=settings.tier1_learning_rate,
    )


def _tier2(app: Database, settings: Settings, buffer: BufferCounts) -> Tier2Status:
    new, needed = _new_ratings(app, buffer), settings.tier2_min_ratings
    ready = new >= needed
    since = f"{new} new ratings since the last night, {needed} needed"
    return Tier2Status(
        ready=ready,
        reason=f"{since}: the next night can train." if ready else f"{since}: the next night waits.",
        new_ratings=new,
        needed=needed,
        served=versions.served(app, 2),
    )


def _new_ratings(app: Database, buffer: BufferCounts) -> int:
    """The number of ratings since the last night; all of them before the first night."""
    with app.connection() as connection:
        night: Any = connection.execute(queries("registry")["last_night"]).fetchone()
        if night.at is None:
            return buffer.ratings
        row: Any = connection.execute(queries("registry")["ratings_since"], {"at": night.at}).fetchone()
    return int(row.ratings)


Action = Literal[
    "rated",
    "acknowledged",
    "shelved",
    "unshelved",
    "escalated",
    "cleared",
    "activated",
    "rolled back",
    "withdrawn",
]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One action. `role` is "system" without a request; `subject`: the answer, alert or model version."""

    id: int
    at: datetime
    action: Action
    role: str
    who: str | None
    client: str | None
    request_id: str | None
    subject: str
    what: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class AuditPage:
    """Entries, newest first; `next` is the cursor of the next page."""

    items: tuple[Entry, ...]
    total: int
    next: int | None


def find_entries(
    app: Database, *, action: Action | None = None, limit: int = 100, cursor: int | None = None
) -> AuditPage:
    """One page of the log."""
    given, sql = {"action": action, "before": cursor, "limit": limit + 1}, queries("audit")
    with app.connection() as connection:
        entries = [Entry(**row._asdict()) for row in connection.execute(sql["page"], given)]
        total: Any = connection.execute(sql["total"], given).fetchone()
    more = entries[limit - 1].id if len(entries) > limit else None
    return AuditPage(items=tuple(entries[:limit]), total=total.total, next=more)
