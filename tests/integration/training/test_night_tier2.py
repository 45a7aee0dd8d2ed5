"""Tier 2 on the real model, a few steps: the adapter moves and the base does not, and a kill costs nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cc_common.core.errors import InvalidInput, SetupError
from cc_common.core.settings import PROJECT
from cc_common.feedback.pairs import PairSet
from cc_common.model_registry.versions import sha256
from cc_common.simulator import PLANT
from tests.support.preference_rows import planted
from training import adapter
from training.starter import ADAPTER as STARTER
from training.tier2 import Recipe, nothing_to_learn
from training.tier2.examples import NightExamples, split
from training.tier2.training_log import PLOT, STEPS, plot, read
from training.tier2.training_phase import Parent, Phase, learn

pytestmark = [
    pytest.mark.usefixtures("base_once"),
    pytest.mark.filterwarnings("ignore:.*gradient_checkpointing.*:FutureWarning"),  # peft's own call
]
RECIPE = Recipe(batch=4, check_every=2, epochs=2, rank=4)
CHILD = """
import sys
from pathlib import Path
from tests.integration.training.test_night_tier2 import of_pairs
of_pairs(Path(sys.argv[1]), Path(sys.argv[2]))
"""


def of_pairs(gguf: Path, folder: Path, *, seconds: float = 600.0) -> Path:
    """The adapter after pairs."""
    folder.mkdir(exist_ok=True)
    pairs = rows().pairs
    phase = Phase(name="pairs", rows=pairs, aside=pairs[:4], seconds=seconds)
    return learn(phase, Parent(base=gguf, adapters=(STARTER,)), PLANT, RECIPE, folder, None)


def trained(gguf: Path, folder: Path) -> Path:
    """The adapter after pairs and thumbs."""
    first = of_pairs(gguf, folder)
    thumbs = Phase(name="thumbs", rows=rows().thumbs, aside=[], seconds=600)
    return learn(thumbs, Parent(base=gguf, adapters=(STARTER,)), PLANT, replace(RECIPE, epochs=1), folder, first)


def rows() -> NightExamples:
    """Twelve pairs, three batches of them, and a few thumbs; which questions are set aside is chance."""
    night = split(planted(30, 16), forced=False)
    return replace(night, pairs=night.pairs[:12], thumbs=night.thumbs[:8])


@pytest.fixture(scope="module")
def base_before(gguf: Path) -> str:
    return sha256(gguf)


@pytest.fixture(scope="module")
def folder(gguf: Path, base_before: str, base_once: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a small night was trained."""
    place = tmp_path_factory.mktemp("tier2")
    trained(gguf, place)
    return place


def test_the_adapter_moved_and_the_base_did_not(folder: Path, gguf: Path, base_before: str) -> None:
    assert 1e-6 < adapter.moved(folder / "after_thumbs") < 0.1
    changes = dict(adapter.deltas(folder / "after_thumbs"))
    assert len(changes) == 210 and all(np.isfinite(c).all() for c in changes.values())
    assert sha256(gguf) == base_before


def test_every_step_is_reported_and_the_margin_grows(folder: Path) -> None:
    steps = read(folder / STEPS)
    pairs = [s for s in steps if s["phase"] == "pairs" and "preference" in s]
    assert [s["step"] for s in pairs] == [1, 2, 3, 4, 5, 6]
    assert pairs[0]["preference"] == pytest.approx(0.693, abs=0.01)
    assert pairs[-1]["margin"] > max(0.02, pairs[0]["margin"])
    assert {"replay", "reward_chosen", "reward_rejected"} <= pairs[-1].keys()
    assert [s["step"] for s in steps if "eval_loss" in s] == [2, 4, 6]
    assert any(s["phase"] == "thumbs" and "preference" in s for s in steps)


def test_the_steps_make_a_picture(folder: Path, tmp_path: Path) -> None:
    plot(read(folder / STEPS), tmp_path / PLOT)
    assert (tmp_path / PLOT).read_bytes().startswith(b"\x89PNG")


def test_killed_it_goes_on_at_its_checkpoint(gguf: Path, tmp_path: Path) -> None:
    folder = tmp_path / "night"
    quiet = {"OMP_WAIT_POLICY": "PASSIVE", "PYTHONPATH": str(PROJECT)}
    command = [sys.executable, "-W", "ignore", "-c", CHILD, str(gguf), str(folder)]
    child = subprocess.Popen(command, cwd=PROJECT, env=os.environ | quiet, stdout=subprocess.DEVNULL)
    while child.poll() is None and not (folder / "work_pairs/checkpoint-2/trainer_state.json").exists():
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    (folder / "work_pairs" / "checkpoint-9").mkdir()  # and one that it was in the middle of
    before = len(read(folder / STEPS))
    of_pairs(gguf, folder)
    steps = [s["step"] for s in read(folder / STEPS) if s["phase"] == "pairs" and "preference" in s]
    assert before >= 2 and steps == [1, 2, 3, 4, 5, 6]


def test_the_time_budget_ends_it_with_what_it_has(gguf: Path, tmp_path: Path) -> None:
    out = of_pairs(gguf, tmp_path, seconds=0)
    assert [s["step"] for s in read(tmp_path / STEPS) if "preference" in s] == [1]
    with pytest.raises(InvalidInput, match="did not move"):  # the first step of a warm-up has no size
        adapter.moved(out)


def test_ratings_without_a_preference_are_stated_to_be_so() -> None:
    thumbs = planted(0, 40).unpaired
    up, down = (tuple(t for t in thumbs if t.up is side) for side in (True, False))
    assert "no pairs and no examples" in nothing_to_learn(PairSet())
    assert "says up" in nothing_to_learn(PairSet(unpaired=up))
    assert "says down" in nothing_to_learn(PairSet(unpaired=down))
    assert nothing_to_learn(PairSet(unpaired=thumbs)) == nothing_to_learn(planted(4)) == ""
    with pytest.raises(InvalidInput, match="says up"):
        split(PairSet(unpaired=up), forced=False)


def test_an_adapter_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="cannot be read"):
        adapter.moved(tmp_path)
