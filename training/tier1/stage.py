"""Tier 1 of a night: retrains, compares and keeps the better ranker; skipped when its inputs have not changed.

python -m training tier1 --end 2026-03-05T00:00Z --out data/nights/one/tier1
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from cc_common import ranking
from cc_common.core.settings import Settings
from cc_common.core.windows import Window, iso
from cc_common.db import Database, queries
from cc_common.feedback import RatedExperience, rated_between, replay_ratings
from cc_common.feedback.ratings import carry_rated
from cc_common.model_registry import versions
from cc_common.model_registry.versions import MODELS, ModelVersion
from cc_common.model_registry.versions import sha256 as digest_of
from cc_common.ranking.ranker import load_layouts, load_state
from training.manifest import read_valid_manifest, write_manifest, write_whole
from training.tier1.batch_ranker import RankerRecipe, learn, lessons
from training.tier1.ranker_comparison import compare

RANKER: Final = "ranker.cct1"
DECISION: Final = "decision.json"
SHARE_OF_FOLDS: Final = 0.8  # of the time; the rest trains the ranker that may be served
Say = Callable[[str], None]
Figures = dict[str, Any]


def run(
    settings: Settings,
    app: Database,
    window: Window,
    folder: Path,
    *,
    seed: int = 1,
    minutes: float = 5.0,
    force: bool = False,
    say: Say = lambda line: None,
) -> dict[str, Any]:
    """Fills `folder`, and serves the batch ranker if it is better; returns the manifest. Skipped when it is valid."""
    recipe = RankerRecipe(learning_rate=settings.tier1_learning_rate, seed=seed, minutes=minutes)
    inputs = _inputs(settings, app, window, recipe)
    if not force and (done := read_valid_manifest(folder, inputs)) is not None:
        say(f"{folder}: made already")
        return done
    rated = carry_rated(rated_between(app, window.start, window.end), load_layouts(app))
    say(f"{len(rated)} rated answers up to {iso(window.end)}")
    figures = None if force else _decided(folder, inputs)
    if figures is None:
        figures = _learn(settings, app, rated, recipe, folder, inputs)
    last = max((rating.id for one in rated for rating in one.ratings), default=0)
    trained_on = {"window": inputs["window"], "ratings": inputs["ratings"], "last_rating": last, **asdict(recipe)}
    served = _settle(settings, app, folder / RANKER, trained_on, figures) if rated else {"model": None}
    say(f"{figures['better']}: {figures['reason']}")
    return write_manifest(folder, inputs, [RANKER, DECISION], {**figures, **served})


def _learn(
    settings: Settings,
    app: Database,
    rated: Sequence[RatedExperience],
    recipe: RankerRecipe,
    folder: Path,
    inputs: Figures,
) -> Figures:
    """Writes the ranker, then the decision, because after serving the ranker would be compared with itself."""
    started, taught = time.monotonic(), lessons(rated)
    aside = started + SHARE_OF_FOLDS * 60 * recipe.minutes
    found = compare(rated, taught, load_state(app), recipe, settings.tier1_temperature, until=aside)
    content = ranking.to_bytes(learn(taught, recipe, until=started + 60 * recipe.minutes))
    figures = {**found.figures(), "lessons": len(taught), "seconds": round(time.monotonic() - started, 2)}
    write_whole(folder / RANKER, content)
    decision = {"inputs": inputs, "sha256": sha256(content).hexdigest(), "figures": figures}
    write_whole(folder / DECISION, (json.dumps(decision, indent=2, allow_nan=False) + "\n").encode())
    return figures


def _decided(folder: Path, inputs: Figures) -> Figures | None:
    """The decision of an interrupted run with the same inputs."""
    try:
        decision = json.loads((folder / DECISION).read_bytes())
        same = (decision["inputs"], decision["sha256"]) == (inputs, digest_of(folder / RANKER))
        return dict(decision["figures"]) if same else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _settle(settings: Settings, app: Database, ranker: Path, trained_on: Figures, figures: Figures) -> Figures:
    """Registers the batch ranker, and serves or rejects it. Each step is idempotent."""
    digest, before = digest_of(ranker), versions.served(app, 1)
    name = f"ranker-{digest[:12]}"
    write_whole(settings.data_dir / MODELS / f"{name}.cct1", ranker.read_bytes())
    parent = before.id if before and before.id != name else None
    version = versions.register(
        app, id=name, tier=1, path=f"{name}.cct1", sha256=digest, parent=parent, trained_on=trained_on
    )
    if figures["better"] == "batch" and version.state != "rejected":
        return {"model": name, **_serve(settings, app, version, figures)}
    if version.state == "candidate":
        versions.reject(app, name, figures)
    return {"model": name, "state": versions.get(app, name).state}


def _serve(settings: Settings, app: Database, version: ModelVersion, figures: Figures) -> Figures:
    if version.state == "served":
        return {"state": "served"}
    rate = settings.tier1_learning_rate
    number, replayed = replay_ratings(app, settings.data_dir / MODELS, version, learning_rate=rate)
    versions.promote(app, version.id, gate=figures)
    return {"state": "served", "tier1_version": number, "replayed": replayed}


def _inputs(settings: Settings, app: Database, window: Window, recipe: RankerRecipe) -> Figures:
    """The inputs of the stage, without the online ranker, which keeps learning and would invalidate every manifest."""
    with app.connection() as connection:
        ends = {"start": window.start, "end": window.end}
        extent: Any = connection.execute(queries("pairs")["extent"], ends).fetchone()
    return {
        "window": [iso(window.start), iso(window.end)],
        "ratings": extent.ratings,
        "newest_rating": extent.newest,
        "recipe": asdict(recipe),
        "temperature": settings.tier1_temperature,
    }
