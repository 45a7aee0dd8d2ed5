"""The gate stage of a night: compares its GGUF with the served one.

python -m training gate --run-id 20260304t203000z
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from cc_common.catalog.store import load_catalog
from cc_common.core.settings import Settings
from cc_common.db import Databases
from cc_common.feedback.pairs import PairSet, Unpaired
from cc_common.model_registry.versions import get
from training import pairs
from training.gate.held_out_questions import held_out_questions
from training.gate.model_comparison import HeldOut, compare
from training.lineage import gguf_of
from training.manifest import MANIFEST, read_manifest, read_valid_manifest, write_manifest, write_whole

STAGE: Final = "gate"
VERDICT: Final = "verdict.json"
TABLE: Final = "verdict.md"
ASKED: Final = "questions.jsonl"


def run(settings: Settings, databases: Databases, night: Path) -> dict[str, Any]:
    """Fills `night`/gate: questions.jsonl, verdict.json, verdict.md, manifest.json with the verdict's figures."""
    folder, exported = night / STAGE, read_manifest(night / "gguf")["figures"]
    catalog = load_catalog(databases.timeseries)
    questions = held_out_questions(catalog)
    write_whole(folder / ASKED, "".join(json.dumps(question) + "\n" for question in questions).encode())
    inputs = {"gguf": night / "gguf" / MANIFEST, "pairs": night / "pairs" / MANIFEST, "questions": folder / ASKED}
    if (done := read_valid_manifest(folder, inputs)) is not None:
        return done
    parent = get(databases.app, exported["parent"])
    verdict = compare(
        (exported["id"], settings.data_dir / exported["path"]),
        (parent.id, gguf_of(settings, parent)),
        held_out(pairs.read(night / "pairs")),
        exported["identity"],
        catalog=catalog,
        questions=questions,
    )
    write_whole(folder / VERDICT, (json.dumps(verdict.to_json(), indent=2) + "\n").encode())
    write_whole(folder / TABLE, verdict.table().encode())
    return write_manifest(folder, inputs, [ASKED, VERDICT, TABLE], verdict.to_json())


def held_out(found: PairSet) -> list[HeldOut]:
    """The preferences about prompts that no night trains on."""
    kept = [p for p in found.pairs if pairs.held_out(p.prompt)]
    single = [u for u in found.unpaired if pairs.held_out(u.prompt)]
    return [
        *(HeldOut(messages=[*map(dict, p.prompt)], liked=p.chosen, disliked=p.rejected) for p in kept),
        *(_thumb(u) for u in single),
    ]


def _thumb(one: Unpaired) -> HeldOut:
    liked, disliked = (one.completion, None) if one.up else (None, one.completion)
    return HeldOut(messages=[*map(dict, one.prompt)], liked=liked, disliked=disliked)
