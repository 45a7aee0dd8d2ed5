"""Ratings: records one with the step of Tier 1 in one transaction; carries experiences of older ranker layouts over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from hashlib import sha256
from math import log2
from pathlib import Path
from typing import Any, Final

from cc_common import ranking
from cc_common.core.errors import Conflict, InvalidInput, NotFound, SetupError
from cc_common.db import Connection, Database, queries
from cc_common.feedback.experience import (
    Experience,
    Judgement,
    NewRating,
    RatedExperience,
    Rating,
    RatingReceipt,
    ShownWidget,
)
from cc_common.feedback.experience_store import get_experience, to_json
from cc_common.model_registry.versions import ModelVersion
from cc_common.planning import INTENTS, WIDGETS
from cc_common.ranking import LAYOUT, Example, Lesson, Scorer, widget_features
from cc_common.ranking import ranker as tier1
from cc_common.ranking.layout import CURRENT, KNOWN, Layout, carry_context, carry_widget


def carry_experience(experience: Experience, layouts: Mapping[int, Layout] = KNOWN) -> Experience:
    """The experience in today's layout; as it is where its layout is not known or its intent or a widget is gone."""
    old = layouts.get(experience.tier1_layout)
    if old is None or old is CURRENT:
        return experience
    context = carry_context(experience.context, old, CURRENT)
    widgets = [_carry_shown(shown, old) for shown in experience.widgets]
    if context is None or None in widgets:
        return experience
    shown = tuple(widget for widget in widgets if widget is not None)
    return replace(experience, context=context, widgets=shown, tier1_layout=CURRENT.number)


def carry_rated(rated: Iterable[RatedExperience], layouts: Mapping[int, Layout]) -> list[RatedExperience]:
    """Carries the experiences of rated experiences over to the current layout."""
    return [replace(one, experience=carry_experience(one.experience, layouts)) for one in rated]


def _carry_shown(shown: ShownWidget, old: Layout) -> ShownWidget | None:
    rows = carry_widget(shown.features, old, CURRENT)
    return None if rows is None else replace(shown, features=rows)


def lesson_of(experience: Experience, judgement: Judgement) -> Lesson | None:
    """The lesson of a judgement, deterministic; None when it teaches nothing or its rows are of an unknown layout."""
    experience = carry_experience(experience)
    if experience.tier1_layout != LAYOUT:
        return None
    examples = tuple(_examples(experience, judgement))
    return Lesson(context=experience.context, examples=examples) if examples else None


def _examples(experience: Experience, judgement: Judgement) -> Iterator[Example]:
    liked, correction = judgement.rating == "up", judgement.correction
    if correction and "widgets" in correction:
        yield from _corrected(experience, correction["widgets"])
    elif judgement.widget_id is not None:
        widget = experience.widget(judgement.widget_id)
        yield from [Example(widget=widget.features, liked=liked)] if widget else []
    elif not correction:
        for shown in experience.widgets:
            yield Example(widget=shown.features, liked=liked, weight=1 / log2(1 + shown.position))


def _corrected(experience: Experience, wanted: Sequence[str]) -> Iterator[Example]:
    for shown in experience.widgets:
        yield Example(widget=shown.features, liked=shown.type in wanted)
    types = {shown.type for shown in experience.widgets}
    for place, name in enumerate(wanted):
        if name not in types:
            yield Example(widget=widget_features(experience.context, name, place), liked=True)


CORRECTABLE: Final = frozenset(
    ["intent", "equipment", "metrics", "equipment_type", "window", "aggregation", "step", "top_n", "order", "widgets"]
)


def record_rating(app: Database, new: NewRating, *, learning_rate: float) -> RatingReceipt:
    """Records a rating and learns from it; both are durable when this returns.

    NotFound: the answer or the widget. InvalidInput: the correction. Conflict: the key came with another body before.
    """
    experience = get_experience(app, new.response_id)
    _check(new, experience)
    digest = _digest(new)
    with app.transaction() as connection:
        ranker = tier1.lock_state(connection)
        if new.idempotency_key is not None and (first := _by_key(connection, new, digest)):
            return first
        lesson = None if _repeats(connection, experience, new) else lesson_of(_carried(connection, experience), new)
        loss = ranker.teach(lesson, learning_rate) if lesson else None
        receipt = _insert(connection, experience, new, digest, ranker.version, loss)
        if loss is not None:
            tier1.save_state(connection, ranker, rating_id=receipt.rating_id, loss=loss)
    return receipt


def _carried(connection: Connection, experience: Experience) -> Experience:
    """The experience in today's layout; the database is asked only for a layout that the program does not know."""
    if experience.tier1_layout in KNOWN:
        return experience
    return carry_experience(experience, tier1.read_layouts(connection))


def _check(new: NewRating, experience: Experience) -> None:
    if new.rating not in ("up", "down"):
        raise InvalidInput(f"A rating is up or down, not {new.rating!r}.")
    if new.widget_id is not None and experience.widget(new.widget_id) is None:
        shown = ", ".join(widget.widget_id for widget in experience.widgets) or "none"
        raise NotFound(f"That answer has no widget {new.widget_id!r}; it has {shown}.")
    if new.correction is not None:
        _check_correction(new.correction)


def _check_correction(correction: Mapping[str, Any]) -> None:
    """Checks that a correction is part of a plan; a thumb up may bring one, too."""
    if not correction:
        raise InvalidInput("The correction is empty: say what would have been better, or leave it out.")
    if foreign := sorted(set(correction) - CORRECTABLE):
        raise InvalidInput(f"A correction has no {', '.join(foreign)}; it has {', '.join(sorted(CORRECTABLE))}.")
    if "intent" in correction and correction["intent"] not in INTENTS:
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


def promote_ranker(app: Database, ranker: Scorer, *, after: int, learning_rate: float) -> tuple[int, int]:
    """Promotes `ranker`, trained on ratings up to id `after`, and replays later ones; its version and their number."""
    with app.transaction() as connection:
        online = tier1.lock_state(connection)
        taught, lessons = Scorer(ranker.table.copy()), 0
        for lesson in _lessons_after(connection, after):
            taught.teach(lesson, learning_rate)
            lessons += 1
        taught.version = online.version + 1  # higher than any served: processes follow upwards only
        tier1.replace_state(connection, taught)
    return taught.version, lessons


def replay_ratings(app: Database, models: Path, version: ModelVersion, *, learning_rate: float) -> tuple[int, int]:
    """Promotes a registered Tier-1 version from its file in `models`; SetupError when its sha256 differs."""
    path = models / version.path
    try:
        content = path.read_bytes()
    except OSError as exc:
        raise SetupError(f"The ranker {version.id} cannot be read from {path}: {exc.strerror}.") from exc
    if sha256(content).hexdigest() != version.sha256 or not version.trained_on:
        raise SetupError(f"{path} is not the ranker {version.id}: its sha256 differs.")
    try:
        ranker = ranking.from_bytes(content)
    except InvalidInput as exc:
        raise SetupError(f"The ranker {version.id} cannot be used. {exc}") from exc
    return promote_ranker(app, ranker, after=version.trained_on["last_rating"], learning_rate=learning_rate)


def _lessons_after(connection: Connection, rating_id: int) -> Iterator[Lesson]:
    found = connection.execute(queries("tier1")["taught_after"], {"rating_id": rating_id}).fetchall()
    ids = list({row.experience_id for row in found})
    rows = connection.execute(queries("experience")["many"], {"ids": ids}).fetchall()
    layouts = tier1.read_layouts(connection)
    answers = {row.id: carry_experience(Experience.from_row(row), layouts) for row in rows}
    for row in found:
        rating = Rating(**row._asdict())
        if lesson := lesson_of(answers[rating.experience_id], rating):
            yield lesson
