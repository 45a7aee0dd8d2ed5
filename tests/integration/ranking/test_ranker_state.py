"""Tier 1 between processes: followed, durable, and shown in the status."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import numpy as np
import psycopg
import pytest

from cc_common import feedback
from cc_common import ranking as scorer
from cc_common.core.errors import SetupError
from cc_common.core.settings import Settings
from cc_common.db import Database
from cc_common.feedback import Experience, NewRating, ShownWidget
from cc_common.model_registry import versions
from cc_common.operations.status import loss_trend, rl_status, smooth_losses
from cc_common.ranking import QuestionContext
from cc_common.ranking.ranker import Ranker, Ranking

SCENE = QuestionContext(question="Show chiller 1 power", intent="latest", kind="gauge", unit="kW")
TYPES = ("kpi", "trend", "table", "gauge")


def recorded(app: Database, ranking: Ranking) -> str:
    """Records an answer with this ranking; its id."""
    widgets = tuple(
        ShownWidget(
            widget_id=f"w{p.position}",
            type=TYPES[p.index],
            title="",
            equipment=(),
            metrics=(),
            position=p.position,
            score=p.score,
            propensity=p.propensity,
            features=p.features,
        )
        for p in ranking.placed
    )
    answer = Experience(
        id=feedback.new_id(),
        asked_at=datetime.now(UTC),
        session_id=None,
        question=SCENE.question,
        messages=[],
        plan_text=None,
        plan={},
        widgets=widgets,
        figures=[],
        evidence=[],
        model_id=None,
        catalog_version="",
        tier1_version=ranking.version,
        tier1_layout=ranking.layout,
        context=ranking.context,
    )
    feedback.record_experience(app, answer)
    return answer.id


def rate(app: Database, tier1: Ranker, wanted: str, rater: str = "asha") -> None:
    """Asks, and says which widget should have been there."""
    response_id = recorded(app, tier1.rank(SCENE, TYPES))
    new = NewRating(response_id=response_id, rating="down", rater=rater, correction={"widgets": [wanted]})
    feedback.record_rating(app, new, learning_rate=0.1)
    tier1.follow()


def settings(**values: object) -> Settings:
    return Settings(_env_file=None, **values)  # type: ignore[call-arg, arg-type]


def test_ranking_holds_every_widget_once_with_its_propensity(app_db: Database) -> None:
    ranking = Ranker(app_db, temperature=0.5).rank(SCENE, TYPES)
    assert sorted(p.index for p in ranking.placed) == [0, 1, 2, 3]
    assert [p.position for p in ranking.placed] == [1, 2, 3, 4]
    utilities = np.array([p.score for p in ranking.placed]) / 0.5
    assert [p.propensity for p in ranking.placed] == pytest.approx(scorer.propensities(utilities))


def test_fixed_order_is_the_models_before_any_rating(app_db: Database) -> None:
    ranking = Ranker(app_db, temperature=0).rank(SCENE, TYPES)
    assert [p.index for p in ranking.placed] == [0, 1, 2, 3]
    assert {p.propensity for p in ranking.placed} == {None}
    assert Ranker(app_db, temperature=0).rank(SCENE, ()).placed == ()


def test_corrections_bring_the_wanted_widget_to_the_top(app_db: Database) -> None:
    tier1 = Ranker(app_db, temperature=0)
    for _ in range(15):
        rate(app_db, tier1, "gauge")
    assert TYPES[tier1.rank(SCENE, TYPES).placed[0].index] == "gauge"


def test_other_processes_follow(app_db: Database) -> None:
    ours, theirs = Ranker(app_db, temperature=0), Ranker(app_db, temperature=0)
    rate(app_db, ours, "gauge")
    assert (ours.version, theirs.version) == (1, 0)
    assert theirs.follow() == theirs.follow() == 1
    assert theirs.rank(SCENE, TYPES) == ours.rank(SCENE, TYPES)


def test_step_is_announced_at_commit(app_db: Database) -> None:
    tier1 = Ranker(app_db, temperature=0)
    with psycopg.connect(app_db.dsn, autocommit=True) as listener:
        listener.execute("LISTEN tier1")
        rate(app_db, tier1, "gauge")
        heard = list(listener.notifies(timeout=5, stop_after=1))
    assert [n.payload for n in heard] == ["1"]


def test_damaged_state_is_named_and_nothing_is_recorded(app_db: Database) -> None:
    tier1 = Ranker(app_db, temperature=0)
    with app_db.transaction() as connection:
        connection.execute("UPDATE tier1_state SET weights = set_byte(weights, 5000, 77)")
    with pytest.raises(SetupError, match="checksum"):
        rate(app_db, tier1, "gauge")
    with pytest.raises(SetupError, match="checksum"):
        Ranker(app_db, temperature=0)
    assert feedback.buffer_counts(app_db).ratings == 0


def test_status_of_a_fresh_system(app_db: Database) -> None:
    status = rl_status(app_db, settings())
    assert (status.tier1.version, status.tier1.parameters, status.tier1.loss) == (0, scorer.PARAMETERS, None)
    assert (status.tier1.trend, status.tier1.explores, status.tier2.served) == ("unknown", True, None)
    assert (status.buffer.experiences, status.buffer.last_rated_at, status.tier2.ready) == (0, None, False)


def test_status_counts_what_was_learned(app_db: Database) -> None:
    tier1 = Ranker(app_db, temperature=0)
    for n in range(3):
        rate(app_db, tier1, "gauge", rater=f"r{n}")
    status = rl_status(app_db, settings(tier2_min_ratings=3, tier1_temperature=0))
    assert (status.tier1.version, status.buffer.ratings, status.buffer.corrections) == (3, 3, 3)
    assert status.tier1.loss is not None and status.tier1.loss_first is not None
    assert (status.tier2.ready, status.tier2.new_ratings, status.tier1.explores) == (True, 3, False)


def test_a_night_starts_the_count_anew(app_db: Database) -> None:
    tier1 = Ranker(app_db, temperature=0)
    rate(app_db, tier1, "gauge")
    versions.register(app_db, id="v1", tier=2, path="v1.gguf", sha256="0" * 64, trained_on={"pairs": 1})
    assert rl_status(app_db, settings()).tier2.new_ratings == 0
    rate(app_db, tier1, "gauge")
    versions.promote(app_db, "v1")
    after = rl_status(app_db, settings()).tier2
    assert (after.new_ratings, after.served) == (1, versions.served(app_db, 2))


def test_trend_needs_two_hundred_steps_and_a_clear_change() -> None:
    assert loss_trend([0.7] * 199) == "unknown"
    assert loss_trend([0.7] * 100 + [0.6] * 100) == "falling"
    assert loss_trend([0.6] * 100 + [0.7] * 100) == "rising"
    assert loss_trend([0.700] * 100 + [0.699] * 100) == "flat"


def test_smoothed_loss_forgets_slowly() -> None:
    assert smooth_losses([]) is None
    assert smooth_losses([0.4]) == pytest.approx(0.4)
    assert 0.2 < (smooth_losses([1.0] * 100 + [0.0] * 50) or 0) < 0.5


def test_status_is_quick_however_many_experiences(app_db: Database) -> None:
    answer = recorded(app_db, Ranker(app_db, temperature=0).rank(SCENE, TYPES))
    _copy_experience(app_db, answer, 20_000)
    rl_status(app_db, settings())
    start = time.perf_counter()
    assert rl_status(app_db, settings()).buffer.experiences == 20_001
    assert time.perf_counter() - start < 0.05


def _copy_experience(app: Database, answer: str, copies: int) -> None:
    with app.transaction() as connection:
        connection.execute(
            "INSERT INTO experience SELECT (jsonb_populate_record(e, jsonb_build_object('id', gen_random_uuid()))).* "
            "FROM experience e, generate_series(1, %s) WHERE id = %s",
            (copies, answer),
        )
