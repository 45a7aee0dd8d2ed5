"""Tier 1 in the database: samples the order of widgets (Plackett-Luce), learns in the transaction of a rating."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from cc_common.core.errors import InvalidInput, SetupError
from cc_common.db import Connection, Database, queries
from cc_common.ranking import features as scorer_features
from cc_common.ranking import scorer
from cc_common.ranking.features import QuestionContext
from cc_common.ranking.layout import CURRENT, KNOWN, Layout, layout_from_json
from cc_common.ranking.scorer import Floats, Scorer


def sample_order(scores: Floats, temperature: float, rng: np.random.Generator) -> list[tuple[int, float | None]]:
    """(index, propensity) in the order to show; highest score first and no propensity at temperature 0.

    propensity[i] is the probability that this widget was placed at this position given the ones above it: the last
    is 1, and the product of all is the probability of the whole order. Gumbel's trick: adding independent Gumbel noise
    and sorting draws exactly this distribution.
    """
    if temperature == 0:
        return [(index, None) for index in np.argsort(-scores, kind="stable").tolist()]
    utilities = scores.astype(np.float64) / temperature
    drawn = np.argsort(-(utilities + rng.gumbel(size=len(utilities))))
    return list(zip(drawn.tolist(), propensities(utilities[drawn]).tolist(), strict=True))


def propensities(utilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability of each place of an order given those above; `utilities`: scores / temperature in the order shown."""
    left = np.logaddexp.accumulate(utilities[::-1])[::-1]  # log of the sum over this one and all below
    result: NDArray[np.float64] = np.exp(utilities - left)
    return result


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A placed widget: `index` into those ranked, `position` from 1, `propensity` of `sample_order`."""

    index: int
    position: int
    score: float
    propensity: float | None
    features: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """The widgets in the order to show, with all that an Experience keeps of how it came about."""

    version: int
    layout: int
    context: tuple[int, ...]
    placed: tuple[Placed, ...]


class Ranker:
    """A process's copy of the ranker, thread-safe and read-only: record_rating learns, `follow` loads the new state."""

    def __init__(self, app: Database, *, temperature: float) -> None:
        self.temperature = temperature
        self._app = app
        self._rng = np.random.default_rng()
        self._lock = Lock()
        with app.transaction() as connection:
            self._scorer = lock_state(connection)
            _keep_layout(connection)

    @property
    def version(self) -> int:
        """The number of lessons that the ranker in use has learned."""
        return self._scorer.version

    def follow(self) -> int:
        """Loads a newer state when there is one; returns the version in use. One small query when nothing is new."""
        with self._app.connection() as connection:
            row = connection.execute(queries("tier1")["newer"], {"known": self.version}).fetchone()
        if row is not None:
            with self._lock:  # another thread may have read a newer one meanwhile
                self._scorer = max(self._scorer, _read(row.weights), key=attrgetter("version"))
        return self.version

    def rank(self, scene: QuestionContext, widgets: Sequence[str]) -> Ranking:
        """The widgets (types, in the model's own order) in a sampled order to show."""
        ranker, context = self._scorer, scorer_features.context_features(scene)
        features = [scorer_features.widget_features(context, widget, place) for place, widget in enumerate(widgets)]
        return Ranking(
            version=ranker.version,
            layout=scorer_features.LAYOUT,
            context=context,
            placed=self._place(ranker, context, features),
        )

    def _place(self, ranker: Scorer, context: tuple[int, ...], features: list[tuple[int, ...]]) -> tuple[Placed, ...]:
        if not features:
            return ()
        scores = ranker.score(scorer.feature_rows(context), scorer.feature_rows(features))
        with self._lock:  # a generator is not safe in threads
            order = sample_order(scores, self.temperature, self._rng)
        return tuple(
            Placed(index=i, position=n, score=float(scores[i]), propensity=p, features=features[i])
            for n, (i, p) in enumerate(order, start=1)
        )


def lock_state(connection: Connection) -> Scorer:
    """Reads and locks the ranker's state until the transaction ends; no other rating is learned meanwhile."""
    row = connection.execute(queries("tier1")["lock"]).fetchone()
    if row is None:
        _begin(connection)
        return lock_state(connection)
    return _read(row.weights)


def load_state(app: Database) -> Scorer:
    """A copy of the ranker as it is now."""
    with app.transaction() as connection:
        return lock_state(connection)


def save_state(connection: Connection, ranker: Scorer, *, rating_id: int, loss: float) -> None:
    """Saves the state that `ranker` learned from a rating, and notifies every process at commit."""
    replace_state(connection, ranker)
    connection.execute(queries("tier1")["step"], {"version": ranker.version, "rating_id": rating_id, "loss": loss})


def replace_state(connection: Connection, ranker: Scorer) -> None:
    """Replaces the state by `ranker` and notifies every process at commit; they load higher versions only."""
    statements = queries("tier1")
    connection.execute(statements["save"], {"version": ranker.version, "weights": scorer.to_bytes(ranker)})
    connection.execute(statements["notify"], {"version": ranker.version})


def read_layouts(connection: Connection) -> dict[int, Layout]:
    """Every layout that experiences in this database may be of, by its number."""
    found = connection.execute(queries("tier1")["layouts"]).fetchall()
    return {row.number: layout_from_json(json.dumps(row.names)) for row in found} | dict(KNOWN)


def load_layouts(app: Database) -> dict[int, Layout]:
    """Reads every layout in a transaction of its own."""
    with app.transaction() as connection:
        return read_layouts(connection)


def _keep_layout(connection: Connection) -> None:
    """Records what the rows mean of which this process's experiences consist."""
    names = CURRENT.to_json().decode()
    connection.execute(queries("tier1")["add_layout"], {"number": CURRENT.number, "names": names})


def _begin(connection: Connection) -> None:
    untaught = Scorer()
    connection.execute(queries("tier1")["begin"], {"version": untaught.version, "weights": scorer.to_bytes(untaught)})


def _read(weights: bytes) -> Scorer:
    try:
        return scorer.from_bytes(weights)
    except InvalidInput as exc:
        raise SetupError(f"The ranker in the database cannot be used. {exc}") from exc
