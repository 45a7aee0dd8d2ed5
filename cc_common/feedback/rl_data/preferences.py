"""Preference pairs from ratings, and synthetic ones (marked as such) for a cold start."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import pandas as pd

from cc_common.catalog.equipment import Equipment, Metric
from cc_common.catalog.store import Catalog
from cc_common.core.errors import InvalidInput, NotFound
from cc_common.core.evidence import Statistic
from cc_common.core.windows import Window
from cc_common.db import Database
from cc_common.feedback.experience_store import rated_between
from cc_common.feedback.pairs import Pair, build_pairs, plans_before
from cc_common.planning import Intent, Plan, WidgetType, build_messages, render
from cc_common.understanding import Resolution, Resolver

CAP: Final = 16  # transplanted pairs a prompt
SYNTHETIC: Final = "synthetic"
COLUMNS: Final = ("table", "ts", "how", "synthetic", "prompt", "chosen", "rejected", "sources", "rating_ids")
_NOON: Final = datetime(2026, 1, 1, 6, 30, tzinfo=UTC)  # of no day in particular: no time enters a prompt


@dataclass(frozen=True)
class Taste:
    """A synthetic preference: widgets `liked` over widgets `disliked`."""

    intent: Intent
    words: str
    statistic: Statistic
    liked: tuple[WidgetType, ...]
    disliked: tuple[WidgetType, ...]


_TASTES: Final = (
    Taste("latest", "Show {name} {label}", "last", ("kpi", "trend"), ("table",)),
    Taste("latest", "What is the {label} of {name}?", "last", ("kpi",), ("table", "statistics")),
    Taste("trend", "Trend of {name} {label} over the last 24 hours", "avg", ("trend", "statistics"), ("table",)),
    Taste("statistics", "Statistics of {name} {label} over the last 7 days", "avg", ("statistics", "kpi"), ("table",)),
)


def rated_pairs(app: Database, catalog: Catalog, window: Window, *, seed: int) -> pd.DataFrame:
    """The pairs of the ratings of that window; see cc_common.feedback.pairs. `ts`: the window's end."""
    rated = rated_between(app, window.start, window.end)
    before = plans_before(app, (one.experience.id for one in rated))
    made = build_pairs(rated, catalog, cap=CAP, seed=seed, before=before)
    return _frame([_of_pair(pair, window.end) for pair in made.pairs])


def synthetic_pairs(catalog: Catalog, rng: np.random.Generator, count: int, ts: datetime) -> pd.DataFrame:
    """So many pairs of a made-up taste over the plant's machines, marked "synthetic": nobody rated them."""
    if count < 0:
        raise InvalidInput(f"Ask for no pairs or for some, not {count}.")
    made = _invented(catalog, rng, ts)
    return _frame([next(made) for _ in range(count)])


def _of_pair(pair: Pair, ts: datetime) -> dict[str, Any]:
    return {
        "table": "rating",
        "ts": ts,
        "how": pair.how,
        "synthetic": False,
        "prompt": _text(pair.prompt),
        "chosen": pair.chosen,
        "rejected": pair.rejected,
        "sources": _text(pair.sources),
        "rating_ids": _text(pair.rating_ids),
    }


def _invented(catalog: Catalog, rng: np.random.Generator, ts: datetime) -> Iterator[dict[str, Any]]:
    """Endlessly; a question whose names its own plant's resolver reads otherwise makes no honest prompt."""
    resolver = Resolver(catalog)
    subjects = [(e, m) for e in catalog.equipment for m in catalog.type(e.type).metrics if m.kind == "gauge"]
    if not subjects:
        raise NotFound("This plant measures nothing that a question could be made up about.")
    while True:
        machine, metric = subjects[int(rng.integers(len(subjects)))]
        taste = _TASTES[int(rng.integers(len(_TASTES)))]
        resolution = resolver.resolve(taste.words.format(name=machine.name, label=metric.label), now=_NOON)
        if machine in resolution.equipment and metric in resolution.metrics and not resolution.unknown:
            yield _of_taste(taste, machine, metric, resolution, ts)


def _of_taste(taste: Taste, machine: Equipment, metric: Metric, resolution: Resolution, ts: datetime) -> dict[str, Any]:
    plan = Plan(intent=taste.intent, equipment=(machine.id,), metrics=(metric.name,), aggregation=taste.statistic)
    return {
        "table": SYNTHETIC,
        "ts": ts,
        "how": SYNTHETIC,
        "synthetic": True,
        "prompt": _text(build_messages(resolution)),
        "chosen": render(replace(plan, widgets=taste.liked), resolution),
        "rejected": render(replace(plan, widgets=taste.disliked), resolution),
        "sources": "[]",
        "rating_ids": "[]",
    }


def _text(value: Sequence[Any]) -> str:
    return json.dumps(list(value), ensure_ascii=False)


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    kinds = dict.fromkeys(COLUMNS, "str") | {"ts": "datetime64[us, UTC]", "synthetic": "bool"}
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(kinds)
