"""Runs a night: makes an improved served model from a window of ratings, stage by stage, or records why not.

    python -m training nightly

A night that was killed resumes where it stopped: finished stages have a valid manifest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cc_common.catalog.store import load_catalog
from cc_common.core.errors import CommandCenterError, Conflict, ModelUnavailable
from cc_common.core.settings import Settings
from cc_common.core.windows import Window
from cc_common.db import Database, Databases
from cc_common.feedback.pairs import Strategy
from cc_common.model_registry import training_runs, versions
from cc_common.model_registry.training_runs import Night
from training import gate, gguf_export, pairs, publish, tier1, tier2

FOLDER: Final = "nights"
FIRST: Final = datetime(2000, 1, 1, tzinfo=UTC)  # before any rating: Tier 1 trains on all of them
Say = Callable[[str], None]
Figures = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """Options of one night. `force`: train even with few new ratings."""

    strategy: Strategy = "default"
    minutes: float | None = None  # training time of Tier 2; None: the setting
    dry_run: bool = False  # stop after the gate: nothing is served or rejected
    force: bool = False


@dataclass(frozen=True, kw_only=True)
class RunContext:
    """The dependencies of a stage."""

    settings: Settings
    databases: Databases
    night: Night
    wishes: RunOptions
    say: Say

    @property
    def folder(self) -> Path:
        """The folder of the night."""
        return folder_of(self.settings, self.night.run_id)


def folder_of(settings: Settings, run_id: str) -> Path:
    """The path <data_dir>/nights/<run_id>."""
    training_runs.check_run_id(run_id)
    return settings.data_dir / FOLDER / run_id


def nightly(
    settings: Settings,
    databases: Databases,
    *,
    run_id: str | None = None,
    window: Window | None = None,
    wishes: RunOptions = RunOptions(),  # frozen
    say: Say = lambda line: None,
) -> Night:
    """Runs a night to its end. Without an id it resumes an interrupted night, else begins a new one.

    Conflict: another night is running.
    """
    with training_runs.lock_nights(databases.app):
        work = _work(settings, databases, run_id, window, wishes, say)
        if why := too_few(settings, databases.app, work.night.window, wishes):
            return training_runs.finish_night(databases.app, work.night.run_id, "skipped", why)
        return _through(work)


def open_night(
    settings: Settings, databases: Databases, run_id: str | None, window: Window | None, wishes: RunOptions
) -> tuple[Night, str]:
    """Begins a night whose stages are run one by one; returns it with the reason for skipping it, or ""."""
    with training_runs.lock_nights(databases.app):
        night = _work(settings, databases, run_id, window, wishes, lambda line: None).night
        why = too_few(settings, databases.app, night.window, wishes)
        return (training_runs.finish_night(databases.app, night.run_id, "skipped", why), why) if why else (night, "")


def run_stage(
    settings: Settings, databases: Databases, run_id: str, name: str, wishes: RunOptions, say: Say
) -> Figures:
    """Runs one stage of an open night and returns its figures. Conflict: the night has ended."""
    with training_runs.lock_nights(databases.app):
        night = training_runs.get_night(databases.app, run_id)
        if night.state != "running":
            raise Conflict(f"Night {run_id} is over ({night.state}: {night.reason}).")
        return _staged(RunContext(settings=settings, databases=databases, night=night, wishes=wishes, say=say), name)


def skip_unless_learnable(settings: Settings, databases: Databases, run_id: str) -> Night:
    """The night after its pairs stage: skipped when there is nothing to learn from them."""
    with training_runs.lock_nights(databases.app):
        night = training_runs.get_night(databases.app, run_id)
        why = tier2.nothing_to_learn(pairs.read(folder_of(settings, run_id) / "pairs"))
        over = night.state != "running" or not why
        return night if over else training_runs.finish_night(databases.app, run_id, "skipped", why)


def too_few(settings: Settings, app: Database, window: Window, wishes: RunOptions) -> str:
    """The reason not to train; "" when there are enough new ratings."""
    count, needed = training_runs.new_ratings(app, window), settings.tier2_min_ratings
    if count >= needed or wishes.force:
        return ""
    return f"{count} new ratings since the last night, {needed} needed"


def _work(
    settings: Settings, databases: Databases, run_id: str | None, window: Window | None, wishes: RunOptions, say: Say
) -> RunContext:
    app, now = databases.app, datetime.now(UTC)
    parent = versions.served(app, 2)
    if parent is None:
        raise ModelUnavailable("No model is served that could be trained on: python -m training starter")
    name = run_id or training_runs.interrupted_night(app) or training_runs.new_run_id(now)
    night = training_runs.begin_night(app, name, window or training_runs.next_window(app, now), parent=parent.id)
    return RunContext(settings=settings, databases=databases, night=night, wishes=wishes, say=say)


def _through(work: RunContext) -> Night:
    """Runs every stage in turn; the night's end is recorded on success and on failure."""
    app, run_id = work.databases.app, work.night.run_id
    try:
        for name in STAGES:
            figures = _staged(work, name)
            if name == "tier1" and (why := _nothing_to_learn(work)):
                return training_runs.finish_night(app, run_id, "skipped", why)
            if name == "gate" and work.wishes.dry_run:
                return training_runs.finish_night(app, run_id, "skipped", f"a dry run: {figures['reason']}")
    except CommandCenterError as exc:
        training_runs.finish_night(app, run_id, "failed", str(exc))
        raise
    return training_runs.get_night(app, run_id)


def _staged(work: RunContext, name: str) -> Figures:
    app, run_id = work.databases.app, work.night.run_id
    training_runs.begin_stage(app, run_id, name)
    work.say(f"{run_id}: {name}")
    figures: Figures = STAGES[name](work)["figures"]
    training_runs.end_stage(app, run_id, name, figures)
    if name == "publish":
        training_runs.finish_night(
            app, run_id, "promoted" if figures["state"] == "served" else "rejected", figures["reason"]
        )
    return figures


def _nothing_to_learn(work: RunContext) -> str:
    return tier2.nothing_to_learn(pairs.read(work.folder / "pairs"))


def _pairs(work: RunContext) -> Figures:
    catalog = load_catalog(work.databases.timeseries)
    return pairs.run(
        work.databases.app,
        catalog,
        work.night.window,
        work.folder / "pairs",
        strategy=work.wishes.strategy,
        force=work.wishes.force,
        say=work.say,
    )


def _tier1(work: RunContext) -> Figures:
    window = replace(work.night.window, start=min(FIRST, work.night.window_start))
    return tier1.run(work.settings, work.databases.app, window, work.folder / "tier1", say=work.say)


def _tier2(work: RunContext) -> Figures:
    parent = versions.get(work.databases.app, work.night.parent)
    minutes = work.wishes.minutes or work.settings.tier2_minutes
    return tier2.run(work.settings, work.databases, work.folder, parent, tier2.Recipe(minutes=minutes))


def _gguf(work: RunContext) -> Figures:
    return gguf_export.run(work.settings, work.databases, work.folder)


def _gate(work: RunContext) -> Figures:
    return gate.run(work.settings, work.databases, work.folder)


def _publish(work: RunContext) -> Figures:
    return publish.run(work.settings, work.databases, work.folder, work.night.window)


STAGES: Final[dict[str, Callable[[RunContext], Figures]]] = {
    "pairs": _pairs,
    "tier1": _tier1,
    "tier2": _tier2,
    "gguf": _gguf,
    "gate": _gate,
    "publish": _publish,
}
