"""A night's GGUF is the model that was trained: proven, or refused; and a full disk leaves nothing behind."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cc_common.core.errors import SetupError
from cc_common.core.settings import PROJECT
from cc_common.simulator import PLANT
from tests.support.preference_rows import planted
from training import gguf as patching
from training import identity_check
from training.starter import ADAPTER as STARTER
from training.tier2 import Recipe
from training.tier2.examples import split
from training.tier2.training_phase import Parent, Phase, learn

pytestmark = [
    pytest.mark.usefixtures("base_once"),
    pytest.mark.filterwarnings("ignore:.*gradient_checkpointing.*:FutureWarning"),  # peft's own call
]
RECIPE = Recipe(batch=4, epochs=2, rank=8, learning_rate=1e-3)
FULL = """
import resource, signal, sys
from pathlib import Path
from cc_common.core.errors import SetupError
from training.gguf import build_gguf
from training.starter import ADAPTER
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
try:
    build_gguf(Path(sys.argv[1]), [ADAPTER], Path(sys.argv[2]))
except SetupError as exc:
    print(exc)
"""


@pytest.fixture(scope="module")
def night(gguf: Path, base_once: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The adapter of a few steps on top of the starter."""
    rows = split(planted(8), forced=False).pairs
    phase = Phase(name="pairs", rows=rows, aside=[], seconds=600)
    return learn(phase, Parent(base=gguf, adapters=(STARTER,)), PLANT, RECIPE, tmp_path_factory.mktemp("night"), None)


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few questions: what is wrong is wrong by far."""
    monkeypatch.setattr(identity_check, "QUESTIONS", 6)


def test_the_right_file_is_the_trained_model(gguf: Path, night: Path, tmp_path: Path) -> None:
    made = patching.build_gguf(gguf, [STARTER, night], tmp_path / "right.gguf")
    found = identity_check.check_identity(made, gguf, [STARTER, night], PLANT)
    assert found.kl < identity_check.MAX_KL / 3 and found.arrived == pytest.approx(1, abs=0.2)
    assert found.figures()["holds"] and list(tmp_path.iterdir()) == [made]


def test_a_forgotten_adapter_is_refused(gguf: Path, night: Path, starter_gguf: Path) -> None:
    with pytest.raises(SetupError, match="is not the model that was trained"):
        identity_check.check_identity(starter_gguf, gguf, [STARTER, night], PLANT)


def test_a_wrong_permutation_is_refused(
    gguf: Path, night: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patching, "permute", lambda weight, heads: weight)
    made = patching.build_gguf(gguf, [STARTER, night], tmp_path / "wrong.gguf")
    with pytest.raises(SetupError, match="is not the model that was trained"):
        identity_check.check_identity(made, gguf, [STARTER, night], PLANT)


@pytest.mark.parametrize("megabytes", [5, 120])
def test_a_full_disk_leaves_nothing_behind(gguf: Path, tmp_path: Path, megabytes: int) -> None:
    """Full while the patched file is written; a file cannot grow past the limit, as on a disk that is full."""
    out = tmp_path / "models" / "night.gguf"
    command = [sys.executable, "-W", "ignore", "-c", FULL, str(gguf), str(out), str(megabytes * 2**20)]
    done = subprocess.run(command, cwd=PROJECT, env=os.environ, capture_output=True, text=True, check=True)
    assert "Free some space and try again" in done.stdout
    assert list(out.parent.iterdir()) == []


def test_a_disk_that_fills_up_while_quantising_leaves_nothing_behind(
    gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: Path, out: Path, quantisation: str) -> None:
        shutil.copyfile(source, out)
        raise SetupError("llama.cpp could not quantise night.patched; is the disk full?")

    monkeypatch.setattr(patching, "quantise", full)
    with pytest.raises(SetupError, match="is the disk full"):
        patching.build_gguf(gguf, [STARTER], tmp_path / "night.gguf")
    assert list(tmp_path.iterdir()) == []
