"""Rates an experience: the rating, the step of Tier 1 and its new state are one transaction; all survives, or nothing.

Every rating is a row of its own. One that only repeats what the same rater last said about the same target is recorded
but teaches nothing: thumbs are votes, not hammers. A changed mind (up, then down) teaches again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from cc_common import tier1
from cc_common.db import Connection, Database, queries
from cc_common.errors import Conflict, InvalidInput, NotFound
from cc_common.experience.lesson import lesson_of
from cc_common.experience.model import Experience, NewRating, RatingReceipt
from cc_common.experience.store import get, to_json
from cc_common.plan.model import INTENTS, WIDGETS

CORRECTABLE: Final = frozenset(
    ["intent", "equipment", "metrics", "equipment_type", "window", "aggregation", "step", "top_n", "order", "widgets"]
)


def rate(app: Database, new: NewRating, *, learning_rate: float) -> RatingReceipt:
    """Records a rating and learns from it; on disk when this returns.

    NotFound: the answer or the widget. InvalidInput: the correction. Conflict: the key came with another body before.
    """
    experience = get(app, new.response_id)
    _check(new, experience)
    digest = _digest(new)
    with app.transaction() as connection:
        ranker = tier1.locked(connection)
        if new.idempotency_key is not None and (first := _by_key(connection, new, digest)):
            return first
        lesson = None if _repeats(connection, experience, new) else lesson_of(experience, new)
        loss = ranker.teach(lesson, learning_rate) if lesson else None
        receipt = _insert(connection, experience, new, digest, ranker.version, loss)
        if loss is not None:
            tier1.save(connection, ranker, rating_id=receipt.rating_id, loss=loss)
    return receipt


def _check(new: NewRating, experience: Experience) -> None:
    if new.rating not in ("up", "down"):
        raise InvalidInput(f"A rating is up or down, not {new.rating!r}.")
    if new.widget_id is not None and experience.widget(new.widget_id) is None:
        shown = ", ".join(widget.widget_id for widget in experience.widgets) or "none"
        raise NotFound(f"That answer has no widget {new.widget_id!r}; it has {shown}.")
    if new.correction is not None:
        _check_correction(new.correction)


def _check_correction(correction: Mapping[str, Any]) -> None:
    """A correction is part of a plan, of whichever thumb: "right, but better would be ..." is an opinion too."""
    if not correction:
        raise InvalidInput("The correction is empty: say what would have been better, or leave it out.")
    if foreign := sorted(set(correction) - CORRECTABLE):
        raise InvalidInput(f"A correction has no {', '.join(foreign)}; it has {', '.join(sorted(CORRECTABLE))}.")
    if correction.get("intent", INTENTS[0]) not in INTENTS:
        raise InvalidInput(f"No intent {correction['intent']!r}; there are {', '.join(INTENTS)}.")
    widgets = correction.get("widgets", WIDGETS[:1])
    if not widgets or len(set(widgets)) < len(widgets) or not set(widgets) <= set(WIDGETS):
        raise InvalidInput(f"A correction lists at least one widget, each once, of {', '.join(WIDGETS)}.")


def _digest(new: NewRating) -> str:
    body = asdict(new) | {"idempotency_key": None, "response_id": new.response_id.lower()}
    return sha256(to_json(sorted(body.items())).encode()).hexdigest()


def _by_key(connection: Connection, new: NewRating, digest: str) -> RatingReceipt | None:
    row = connection.execute(queries("experience")["rating_by_key"], {"key": new.idempotency_key}).fetchone()
    if row is not None and row.request_sha256 != digest:
        raise Conflict("This Idempotency-Key was already used for another rating.")
    return row and _receipt(new, row.id, row.rated_at, row.tier1_version, row.loss, duplicate=True)


def _repeats(connection: Connection, experience: Experience, new: NewRating) -> bool:
    target = {"experience_id": experience.id, "rater": new.rater, "widget_id": new.widget_id}
    last = connection.execute(queries("experience")["last_verdict"], target).fetchone()
    return last is not None and (last.rating, last.correction) == (new.rating, new.correction)


def _insert(
    connection: Connection, experience: Experience, new: NewRating, digest: str, version: int, loss: float | None
) -> RatingReceipt:
    row: Any = connection.execute(
        queries("experience")["rate"],
        {
            "experience_id": experience.id,
            "widget_id": new.widget_id,
            "rating": new.rating,
            "comment": new.comment,
            "correction": None if new.correction is None else to_json(new.correction),
            "rater": new.rater,
            "tier1_version": version,
            "idempotency_key": new.idempotency_key,
            "request_sha256": digest,
        },
    ).fetchone()
    return _receipt(new, row.id, row.rated_at, version, loss)


def _receipt(
    new: NewRating, rating_id: int, rated_at: datetime, version: int, loss: float | None, *, duplicate: bool = False
) -> RatingReceipt:
    return RatingReceipt(
        rating_id=rating_id,
        response_id=new.response_id,
        widget_id=new.widget_id,
        rating=new.rating,
        rater=new.rater,
        rated_at=rated_at,
        tier1_version=version,
        tier1_loss=loss,
        duplicate=duplicate,
    )
