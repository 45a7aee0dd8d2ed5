"""A ranker trained by night takes the online one's place, and what was learned meanwhile is learned again on top.

Ratings wait for the row of tier1_state; whoever comes first, nothing is lost: a lesson is either among those replayed,
or is taken by the new ranker. Rating ids grow in the order of the lessons, so "since" is exact whatever the clocks say.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from cc_common import scorer, tier1
from cc_common.db import Connection, Database, queries
from cc_common.errors import InvalidInput, SetupError
from cc_common.experience.lesson import lesson_of
from cc_common.experience.model import Experience, Rating
from cc_common.registry import ModelVersion
from cc_common.scorer import Lesson, Scorer


def adopt(app: Database, ranker: Scorer, *, after: int, learning_rate: float) -> tuple[int, int]:
    """Serves a copy of `ranker`, taught by the ratings with ids up to `after`; its version and the lessons replayed."""
    with app.transaction() as connection:
        online = tier1.locked(connection)
        taught, lessons = Scorer(ranker.table.copy()), 0
        for lesson in _lessons_after(connection, after):
            taught.teach(lesson, learning_rate)
            lessons += 1
        taught.version = online.version + 1  # higher than any served: processes follow upwards only
        tier1.replace(connection, taught)
    return taught.version, lessons


def take_up(app: Database, models: Path, version: ModelVersion, *, learning_rate: float) -> tuple[int, int]:
    """Adopts a registered Tier-1 version from its file in the folder `models`; SetupError when that is not its own."""
    path = models / version.path
    try:
        content = path.read_bytes()
    except OSError as exc:
        raise SetupError(f"The ranker {version.id} cannot be read from {path}: {exc.strerror}.") from exc
    if sha256(content).hexdigest() != version.sha256 or not version.trained_on:
        raise SetupError(f"{path} is not the ranker {version.id}: its sha256 differs.")
    try:
        ranker = scorer.from_bytes(content)
    except InvalidInput as exc:
        raise SetupError(f"The ranker {version.id} cannot be used. {exc}") from exc
    return adopt(app, ranker, after=version.trained_on["last_rating"], learning_rate=learning_rate)


def _lessons_after(connection: Connection, rating_id: int) -> Iterator[Lesson]:
    found = connection.execute(queries("tier1")["taught_after"], {"rating_id": rating_id}).fetchall()
    ids = list({row.experience_id for row in found})
    rows = connection.execute(queries("experience")["many"], {"ids": ids}).fetchall()
    answers = {row.id: Experience.from_row(row) for row in rows}
    for row in found:
        rating = Rating(**row._asdict())
        if lesson := lesson_of(answers[rating.experience_id], rating):
            yield lesson
