"""The pairs stage of a window: makes, splits and exports pairs; skipped when its inputs have not changed.

    python -m training pairs --start 2026-03-04T00:00Z --end 2026-03-05T00:00Z --out data/nights/one/pairs

Questions of one bucket in ten are held out for the gate. Their ratings make pairs among themselves only, so that none
reaches the training through a transplant. The product strategy uses all answers, as the reference's does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from cc_common.catalog.store import Catalog
from cc_common.core.windows import Window, iso
from cc_common.db import Database, queries
from cc_common.feedback import RatedExperience, rated_between
from cc_common.feedback.pairs import PairSet, Strategy, build_pairs, plans_before
from training.manifest import read_valid_manifest
from training.pairs.files import FORMAT, export
from training.pairs.rows import held_out

CAP: Final = 4  # most transplants per prompt
SEED: Final = 1


def run(
    app: Database,
    catalog: Catalog,
    window: Window,
    folder: Path,
    *,
    strategy: Strategy = "default",
    cap: int = CAP,
    seed: int = SEED,
    force: bool = False,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Fills `folder` with the pairs of the ratings in `window`; returns the manifest. Skipped when it is valid."""
    inputs = _inputs(app, catalog, window) | {"strategy": strategy, "cap": cap, "seed": seed}
    if not force and (done := read_valid_manifest(folder, inputs)) is not None:
        say(f"{folder}: made already")
        return done
    rated = rated_between(app, window.start, window.end)
    say(f"{len(rated)} rated answers, {inputs['ratings']} ratings from {iso(window.start)} to {iso(window.end)}")
    before = plans_before(app, [one.experience.id for one in rated])
    sides = [list(rated)] if strategy == "product" else _sides(rated)
    made = [build_pairs(side, catalog, strategy=strategy, cap=cap, seed=seed, before=before) for side in sides]
    return export(_joined(made, window), folder, inputs=inputs)


def _inputs(app: Database, catalog: Catalog, window: Window) -> dict[str, Any]:
    """The inputs of the stage. The ratings of a past window never change."""
    with app.connection() as connection:
        extent: Any = connection.execute(
            queries("pairs")["extent"], {"start": window.start, "end": window.end}
        ).fetchone()
    return {
        "format": FORMAT,
        "window": [iso(window.start), iso(window.end)],
        "ratings": extent.ratings,
        "newest_rating": extent.newest,
        "catalog_version": catalog.version,
    }


def _sides(rated: Sequence[RatedExperience]) -> list[list[RatedExperience]]:
    """The answers to train on, and the held-out answers."""
    apart = [bool(one.experience.messages) and held_out(one.experience.messages) for one in rated]
    return [[one for one, away in zip(rated, apart, strict=True) if away is side] for side in (False, True)]


def _joined(sets: Sequence[PairSet], window: Window) -> PairSet:
    left_out, remarks = Counter[str](), Counter[str]()
    for one in sets:
        left_out.update(one.left_out)
        remarks.update(one.remarks)
    return PairSet(
        pairs=tuple(pair for one in sets for pair in one.pairs),
        unpaired=tuple(thumb for one in sets for thumb in one.unpaired),
        left_out=dict(sorted(left_out.items())),
        remarks=dict(sorted(remarks.items())),
        window=window,
    )
