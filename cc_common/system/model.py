"""The starter model made ready: the shipped adapter joined to the base GGUF, once, before the API looks for a model."""

from __future__ import annotations

import subprocess
import sys

from cc_common.config import PROJECT, Settings
from cc_common.system.terminal import say

HEADLINE = "model"


def prepare_model(settings: Settings) -> bool:
    """Runs the starter stage; False where it cannot be done. The API starts all the same and says why it has none."""
    if settings.base_gguf is not None:
        say(HEADLINE, f"{settings.base_gguf}, as CC_BASE_GGUF says")
        return True
    say(HEADLINE, "the starter, from the shipped adapter (some seconds the first time)")
    # A process of its own: the numpy and llama.cpp of that stage need not stay in the launcher.
    done = subprocess.run(
        [sys.executable, "-m", "training", "starter"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    lines = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines() or ["failed without a word"]
    for line in lines[-3:]:
        say(HEADLINE, line)
    return done.returncode == 0
