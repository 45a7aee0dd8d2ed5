"""Experiences and ratings: written once, rated safely, learned from in the same transaction."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from cc_common import feedback, ranking
from cc_common.core.errors import Conflict, InvalidInput, NotFound
from cc_common.core.settings import PROJECT
from cc_common.db import Database, EmbeddedServer, migrate
from cc_common.feedback import Experience, NewRating, RatingReceipt, ShownWidget, lesson_of
from cc_common.planning import INTENTS, WIDGETS
from cc_common.ranking import QuestionContext, Scorer
from cc_common.ranking.layout import CURRENT, KNOWN, build_layout, carry_context, carry_widget
from cc_common.ranking.ranker import Ranker, load_layouts, load_state

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
TYPES = ("kpi", "trend", "table")
OLD_RANKER = PROJECT / "tests" / "unit" / "ranking" / "data" / "ranker_of_format_1.cct1"


def made(**changes: Any) -> Experience:
    """An answer to "Show chiller 1 power" with three widgets, w1 to w3."""
    context = ranking.context_features(
        QuestionContext(question="Show chiller 1 power", intent="latest", kind="gauge", unit="kW")
    )
    widgets = tuple(
        ShownWidget(
            widget_id=f"w{n}",
            type=name,
            title="Chiller 1: power",
            equipment=("chiller_001",),
            metrics=("power_consumption_kw",),
            position=n,
            score=0.5,
            propensity=0.5,
            features=ranking.widget_features(context, name, n - 1),
        )
        for n, name in enumerate(TYPES, start=1)
    )
    values: dict[str, Any] = {
        "id": feedback.new_id(),
        "asked_at": NOW,
        "session_id": None,
        "question": "Show chiller 1 power",
        "messages": [{"role": "system", "content": "Plan."}, {"role": "user", "content": 'Show "chiller 1" é\n'}],
        "plan_text": "latest 1 a: kpi trend table",
        "plan": {"intent": "latest", "window": {"start": NOW}},
        "widgets": widgets,
        "figures": [{"value": 94.70000457763672, "at": NOW}],
        "evidence": [{"table": "chiller_001", "rows": 1}],
        "model_id": "smollm2",
        "catalog_version": "0" * 16,
        "tier1_version": 0,
        "tier1_layout": ranking.LAYOUT,
        "context": context,
    }
    return Experience(**values | changes)


def recorded(app: Database, **changes: Any) -> Experience:
    written = made(**changes)
    feedback.record_experience(app, written)
    return written


def rate(app: Database, response_id: str, rating: str = "up", *, rater: str = "asha", **more: Any) -> RatingReceipt:
    new = NewRating(response_id=response_id, rating=rating, rater=rater, **more)  # type: ignore[arg-type]
    return feedback.record_rating(app, new, learning_rate=0.1)


def rows(app: Database, table: str) -> int:
    with app.connection() as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # type: ignore[arg-type]


def test_what_was_recorded_comes_back_whole(app_db: Database) -> None:
    written = recorded(app_db)
    expected = replace(written, **{k: feedback.to_json_value(getattr(written, k)) for k in ("plan", "figures")})
    assert feedback.get_experience(app_db, written.id) == expected


def test_answer_without_a_model_is_recorded(app_db: Database) -> None:
    refused = recorded(app_db, messages=[], plan_text=None, model_id=None, widgets=())
    receipt = rate(app_db, refused.id, "down")
    assert (receipt.tier1_version, receipt.tier1_loss) == (0, None)
    assert rows(app_db, "rating") == 1


def test_same_id_twice_is_a_conflict(app_db: Database) -> None:
    with pytest.raises(Conflict):
        feedback.record_experience(app_db, recorded(app_db))


def test_naive_time_is_refused() -> None:
    with pytest.raises(InvalidInput, match="time zone"):
        made(asked_at=NOW.replace(tzinfo=None))


@pytest.mark.parametrize("unknown", ["", "no id", "00000000-0000-0000-0000-000000000000", "'; DROP TABLE rating; --"])
def test_unknown_answer_is_not_found(app_db: Database, unknown: str) -> None:
    with pytest.raises(NotFound):
        feedback.get_experience(app_db, unknown)
    with pytest.raises(NotFound):
        rate(app_db, unknown)


@pytest.mark.parametrize(("table", "column"), [("experience", "question"), ("rating", "rater")])
@pytest.mark.parametrize(
    "change", ["UPDATE {table} SET {column} = ''", "DELETE FROM {table}", "TRUNCATE {table} CASCADE"]
)
def test_experiences_and_ratings_are_append_only(app_db: Database, table: str, column: str, change: str) -> None:
    rate(app_db, recorded(app_db).id)
    with pytest.raises(psycopg.Error, match="append-only"), psycopg.connect(app_db.dsn) as connection:
        connection.execute(change.format(table=table, column=column))  # type: ignore[arg-type]
    assert rows(app_db, table) == 1


def test_rating_teaches_and_the_receipt_says_so(app_db: Database) -> None:
    answer = recorded(app_db)
    receipt = rate(app_db, answer.id, widget_id="w2", comment="well done")
    fresh, lesson = (
        Scorer(),
        lesson_of(answer, NewRating(response_id=answer.id, rating="up", rater="a", widget_id="w2")),
    )
    assert lesson is not None
    assert receipt.tier1_version == 1
    assert receipt.tier1_loss == pytest.approx(fresh.teach(lesson, 0.1))
    with app_db.connection() as connection:
        stored = connection.execute("SELECT weights FROM tier1_state").fetchone()
    assert stored.weights == ranking.to_bytes(fresh)


def test_a_database_of_the_first_layout_goes_on_learning(app_db: Database) -> None:
    old = OLD_RANKER.read_bytes()
    load_state(app_db)
    with app_db.connection() as connection:
        connection.execute("UPDATE tier1_state SET version = 400, weights = %s", (old,))
    answer = recorded(app_db)
    assert rate(app_db, answer.id).tier1_version == 401
    expected, lesson = ranking.from_bytes(old), lesson_of(answer, feedback.Judgement(rating="up"))
    assert lesson is not None
    expected.teach(lesson, 0.1)
    assert ranking.to_bytes(load_state(app_db)) == ranking.to_bytes(expected)


def test_an_experience_of_a_layout_that_only_the_database_knows_teaches(app_db: Database) -> None:
    wider = build_layout({"throw_away": ("kpi",), **{name: i.widgets for name, i in INTENTS.items()}}, WIDGETS)
    today = made()
    answer = recorded(
        app_db,
        widgets=tuple(replace(w, features=carry_widget(w.features, CURRENT, wider) or ()) for w in today.widgets),
        context=carry_context(today.context, CURRENT, wider),
        tier1_layout=wider.number,
    )
    assert rate(app_db, answer.id, rater="too early").tier1_loss is None
    with app_db.connection() as connection:
        names = wider.to_json().decode()
        connection.execute("INSERT INTO tier1_layout (number, names) VALUES (%s, %s)", (wider.number, names))
    assert rate(app_db, answer.id).tier1_loss is not None
    fresh, lesson = Scorer(), lesson_of(today, feedback.Judgement(rating="up"))
    assert lesson is not None
    fresh.teach(lesson, 0.1)
    assert ranking.to_bytes(load_state(app_db)) == ranking.to_bytes(fresh)


def test_a_process_records_what_the_rows_of_its_experiences_mean(app_db: Database) -> None:
    Ranker(app_db, temperature=0)
    Ranker(app_db, temperature=0)
    assert rows(app_db, "tier1_layout") == 1
    assert load_layouts(app_db) == dict(KNOWN)


def test_unknown_widget_is_not_found_and_nothing_is_recorded(app_db: Database) -> None:
    with pytest.raises(NotFound, match="w1, w2, w3"):
        rate(app_db, recorded(app_db).id, widget_id="w9")
    assert rows(app_db, "rating") == 0


def test_same_key_and_body_gives_the_first_receipt_again(app_db: Database) -> None:
    answer = recorded(app_db)
    first = rate(app_db, answer.id, idempotency_key="k1")
    rate(app_db, answer.id, "down", rater="ravi")
    assert rate(app_db, answer.id.upper(), idempotency_key="k1") == replace(
        first, response_id=answer.id.upper(), duplicate=True
    )
    assert rows(app_db, "rating") == 2


@pytest.mark.parametrize("other", [{"rating": "down"}, {"comment": "x"}, {"widget_id": "w1"}, {"rater": "ravi"}])
def test_same_key_with_another_body_is_a_conflict(app_db: Database, other: dict[str, str]) -> None:
    answer = recorded(app_db)
    rate(app_db, answer.id, idempotency_key="k1")
    with pytest.raises(Conflict, match="Idempotency-Key"):
        rate(app_db, answer.id, idempotency_key="k1", **other)  # type: ignore[arg-type]
    assert rows(app_db, "rating") == rows(app_db, "tier1_step") == 1


def test_repeating_oneself_is_recorded_but_teaches_once(app_db: Database) -> None:
    answer = recorded(app_db)
    versions = [rate(app_db, answer.id, thumb).tier1_version for thumb in ("up", "up", "down", "down", "up")]
    assert versions == [1, 1, 2, 2, 3]
    assert rows(app_db, "rating") == 5


def test_another_rater_and_another_widget_teach_again(app_db: Database) -> None:
    answer = recorded(app_db)
    rate(app_db, answer.id)
    assert rate(app_db, answer.id, rater="ravi").tier1_version == 2
    assert rate(app_db, answer.id, widget_id="w1").tier1_version == 3


@pytest.mark.parametrize(
    ("correction", "said"),
    [
        ({}, "empty"),
        ({"mood": "good"}, "has no mood"),
        ({"widgets": []}, "at least one"),
        ({"widgets": ["hologram"]}, "at least one"),
        ({"widgets": ["kpi", "kpi"]}, "each once"),
        ({"intent": "dance"}, "No intent"),
    ],
)
def test_wrong_correction_is_refused(app_db: Database, correction: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        rate(app_db, recorded(app_db).id, "down", correction=correction)
    assert rows(app_db, "rating") == 0


def judged(correction: dict[str, Any] | None = None, rating: str = "down", widget_id: str | None = None) -> list[bool]:
    judgement = feedback.Judgement(rating=rating, widget_id=widget_id, correction=correction)  # type: ignore[arg-type]
    lesson = lesson_of(made(), judgement)
    return [e.liked for e in lesson.examples] if lesson else []


def test_what_a_rating_teaches() -> None:
    assert judged({"widgets": ["trend", "gauge"]}) == [False, True, False, True]  # kpi, trend, table; gauge not shown
    assert judged({"equipment": ["chiller_002"]}) == []
    assert judged({"equipment": ["chiller_002"]}, widget_id="w1") == [False]
    assert judged(rating="up") == [True, True, True]


def test_answer_rating_weighs_the_top_most() -> None:
    lesson = lesson_of(made(), feedback.Judgement(rating="up"))
    assert lesson is not None
    assert [e.weight for e in lesson.examples] == pytest.approx([1, 0.6309, 0.5], abs=1e-4)


def test_rows_of_another_layout_teach_nothing() -> None:
    assert lesson_of(made(tier1_layout=ranking.LAYOUT + 1), feedback.Judgement(rating="up")) is None


def test_window_holds_the_newest_of_each_rater_and_target(app_db: Database) -> None:
    answer, other = recorded(app_db), recorded(app_db, asked_at=NOW - timedelta(hours=1))
    start = datetime.now(UTC)
    for response_id, thumb, rater, widget in [
        (answer.id, "up", "asha", None),
        (answer.id, "down", "asha", None),
        (answer.id, "up", "ravi", None),
        (answer.id, "up", "asha", "w1"),
        (other.id, "up", "asha", None),
    ]:
        rate(app_db, response_id, thumb, rater=rater, widget_id=widget)
    found = feedback.rated_between(app_db, start, datetime.now(UTC))
    assert [f.experience.id for f in found] == [other.id, answer.id]
    told = [(r.rating, r.rater, r.widget_id) for r in found[1].ratings]
    assert told == [("down", "asha", None), ("up", "ravi", None), ("up", "asha", "w1")]


def test_later_ratings_do_not_change_a_window(app_db: Database) -> None:
    answer, start = recorded(app_db), datetime.now(UTC)
    rate(app_db, answer.id, correction={"widgets": ["kpi"]})
    end = datetime.now(UTC)
    before = feedback.rated_between(app_db, start, end)
    rate(app_db, answer.id, "down")
    assert feedback.rated_between(app_db, start, end) == before
    assert before[0].ratings[0].correction == {"widgets": ["kpi"]}


def test_window_needs_a_time_zone(app_db: Database) -> None:
    with pytest.raises(InvalidInput):
        feedback.rated_between(app_db, NOW.replace(tzinfo=None), NOW)


def test_replayed_ratings_rebuild_the_ranker_to_the_bit(app_db: Database) -> None:
    start, rebuilt = datetime.now(UTC), Scorer()
    for n in range(12):
        answer = recorded(app_db, asked_at=NOW + timedelta(seconds=n))
        rate(app_db, answer.id, ("up", "down")[n % 2], widget_id=("w1", "w2", None)[n % 3])
    for rated in feedback.rated_between(app_db, start, datetime.now(UTC)):
        lesson = lesson_of(rated.experience, rated.ratings[0])
        assert lesson is not None
        rebuilt.teach(lesson, 0.1)
    assert Ranker(app_db, temperature=0)._scorer.table.tobytes() == rebuilt.table.tobytes()


def test_eight_threads_lose_no_rating_and_no_step(app_db: Database) -> None:
    answers = [recorded(app_db).id for _ in range(25)]
    with ThreadPoolExecutor(8) as pool:
        done = [pool.submit(rate, app_db, a, rater=f"r{n}") for n in range(8) for a in answers]
        versions = sorted(d.result().tier1_version for d in done)
    assert versions == list(range(1, 201))
    assert rows(app_db, "rating") == rows(app_db, "tier1_step") == 200
    assert Ranker(app_db, temperature=0).version == 200
    assert feedback.buffer_counts(app_db).ratings == 200


def test_one_key_from_eight_threads_is_one_rating(app_db: Database) -> None:
    answer = recorded(app_db).id
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda _: rate(app_db, answer, idempotency_key="k"), range(8)))
    assert len({d.rating_id for d in done}) == 1
    assert sum(not d.duplicate for d in done) == rows(app_db, "rating") == 1


def test_acknowledged_ratings_survive_a_killed_server(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path) as server:
        with opened(server) as app:
            migrate(app, "app")
            answer = recorded(app).id
            versions = [rate(app, answer, rater=f"r{n}").tier1_version for n in range(20)]
            kill(server)
        server.ensure_running()
        with opened(server) as app:
            assert feedback.buffer_counts(app).ratings == len(versions) == 20
            assert Ranker(app, temperature=0).version == versions[-1]


@contextmanager
def opened(server: EmbeddedServer) -> Iterator[Database]:
    """The server's app database, closed at the end."""
    app = Database(server.dsn("cc_app"), pool_size=2, timeout_s=5, name="killed")
    yield app
    app.close()


def kill(server: EmbeddedServer) -> None:
    """kill -9, and gone when this returns."""
    postmaster = psutil.Process(server.pid)
    postmaster.kill()
    postmaster.wait(10)


def test_counts_are_kept_in_step(app_db: Database) -> None:
    answers = [recorded(app_db).id for _ in range(3)]
    rate(app_db, answers[0])
    rate(app_db, answers[0], "down", correction={"widgets": ["kpi"]})
    rate(app_db, answers[1], "down")
    found = feedback.buffer_counts(app_db)
    assert (found.experiences, found.rated, found.ratings) == (3, 2, 3)
    assert (found.up, found.down, found.corrections) == (1, 2, 1)
    assert found.last_rated_at is not None
