"""The gate's questions about the installed plant: frozen for the simulated plant, generated for any other.

questions.jsonl is frozen: 140 questions drawn once from the corpus with a seed that no training uses (20260303), then
60 written by hand, none of them in tests/questions/handwritten.jsonl. Questions of another plant are generated from its
catalogue by the same templates; the seed derives from the catalogue's digest, so that they stay the same every night
until the catalogue changes. Widgets are not judged: they are a matter of preference.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, Final

from cc_common.catalog.equipment import Equipment
from cc_common.catalog.store import Catalog
from cc_common.core.errors import SetupError
from cc_common.planning import refuse_unknown_names, understand
from cc_common.simulator import PLANT
from cc_common.understanding import Resolver
from training.corpus import NOW, Sample, samples
from training.corpus.generate import is_answerable
from training.corpus.question_draft import Draw
from training.corpus.samplers import SAMPLERS
from training.evaluate import read_questions

QUESTIONS: Final = Path(__file__).with_name("questions.jsonl")
KNOWN: Final = 180  # number of questions about machines of the plant, and
UNKNOWN: Final = 20  # about unknown machines
SEED: Final = 20260303
MAX_DRAWS: Final = 40  # draws per usable question; more indicate ambiguous names in the catalogue
_JUDGED: Final = ("equipment", "metrics", "aggregation", "equipment_type", "order")


def held_out_questions(catalog: Catalog) -> list[dict[str, Any]]:
    """The gate's questions for this plant, in the form of read_questions.

    SetupError: the catalogue's names do not yield enough questions.
    """
    if catalog.version == PLANT.version:
        return read_questions(QUESTIONS)
    resolver, asked = Resolver(catalog), set[str]()
    known = _distinct(_known(catalog, resolver), KNOWN, asked)
    return [*known, *_distinct(_unknown(catalog, resolver), UNKNOWN, asked)]


def _seed(catalog: Catalog) -> int:
    """A seed of 64 bits, so that no seed chosen for a training is likely to equal it."""
    return int.from_bytes(sha256(f"{SEED}/{catalog.version}".encode()).digest()[:8], "big")


def _distinct(drawn: Iterator[dict[str, Any] | None], count: int, asked: set[str]) -> list[dict[str, Any]]:
    """The first `count` questions drawn that are not in `asked`; adds them to it."""
    found: list[dict[str, Any]] = []
    for question in islice(drawn, count * MAX_DRAWS):
        if question is not None and question["question"].lower() not in asked:
            asked.add(question["question"].lower())
            found.append(question)
        if len(found) == count:
            return found
    raise SetupError(
        f"The gate needs {count} questions about this plant and could make {len(found)} of its catalogue. "
        "Give its types labels, and its metrics labels and aliases, that people would say: "
        "docs/howto/connect-a-plant.md tells how."
    )


def _known(catalog: Catalog, resolver: Resolver) -> Iterator[dict[str, Any] | None]:
    """Generates questions whose plan the grammar admits; None for one that is refused or understood differently."""
    for sample in samples(catalog, _seed(catalog)):
        yield _judged(sample) if is_answerable(sample, resolver, catalog, NOW) else None


def _unknown(catalog: Catalog, resolver: Resolver) -> Iterator[dict[str, Any] | None]:
    """Generates questions about a machine number that its type does not have; None where it is not refused."""
    rng = Random(_seed(catalog) + 1)  # noqa: S311 - no secret
    while True:
        draw = Draw(catalog, rng)
        draw.machines = _beyond(draw, rng.randint(1, 40))
        sample = SAMPLERS["latest"].draw(draw)
        refused = refuse_unknown_names(understand(sample.question, resolver, catalog, now=NOW))
        yield {"question": sample.question, "intent": "out_of_scope"} if refused else None


def _beyond(draw: Draw, step: int) -> list[Equipment]:
    """Two machines of the drawn type, named alike, with numbers `step` above its highest."""
    highest, label = max(machine.number for machine in draw.catalog.of_type(draw.kind.name)), draw.kind.label
    numbers = (highest + step, highest + step + 1)
    return [replace(draw.machines[0], id=f"{draw.kind.name}_{n:03d}", number=n, name=f"{label} {n}") for n in numbers]


def _judged(sample: Sample) -> dict[str, Any]:
    slots = {slot: getattr(sample, slot) for slot in _JUDGED if getattr(sample, slot)}
    before = {"before": sample.before.question} if sample.before else {}
    return json.loads(json.dumps({"question": sample.question, "intent": sample.intent, **before, **slots}))  # type: ignore[no-any-return]
