"""Files of preference pairs: JSON lines and Parquet in TRL's conversational format, a report, and a manifest."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from cc_common.core.errors import InvalidInput
from cc_common.core.windows import Window, iso
from cc_common.feedback.pairs import PairSet
from training.manifest import read_manifest, write_manifest, write_whole
from training.pairs.report import report
from training.pairs.rows import Row, of_pair, of_thumb, parquet, to_pair, to_thumb

FORMAT: Final = 1
PAIRS, UNPAIRED, REPORT = "pairs", "unpaired", "report.md"


def export(pair_set: PairSet, folder: Path, *, inputs: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Writes the files of both kinds, the report and, last, the manifest; returns the manifest."""
    rows = {PAIRS: [of_pair(p) for p in pair_set.pairs], UNPAIRED: [of_thumb(u) for u in pair_set.unpaired]}
    figures = _figures(pair_set, rows)
    for name, found in rows.items():
        write_whole(folder / f"{name}.jsonl", "".join(f"{_json(row)}\n" for row in found).encode())
        write_whole(folder / f"{name}.parquet", parquet(name, found))
    write_whole(folder / REPORT, report(figures).encode())
    outputs = [REPORT, *(f"{name}.{kind}" for name in rows for kind in ("jsonl", "parquet"))]
    return write_manifest(folder, inputs or {}, outputs, figures)


def read(folder: Path) -> PairSet:
    """Reads the output of `export`, both splits; InvalidInput names a missing or damaged file."""
    figures = read_manifest(folder)["figures"]
    try:
        return PairSet(
            pairs=tuple(to_pair(row) for row in _lines(folder / f"{PAIRS}.jsonl")),
            unpaired=tuple(to_thumb(row) for row in _lines(folder / f"{UNPAIRED}.jsonl")),
            left_out=figures["left_out"],
            remarks=figures["remarks"],
            window=_to_window(figures["window"]),
        )
    except (KeyError, ValueError, TypeError, IndexError) as exc:
        raise InvalidInput(f"{folder} holds no pairs of this program's form; make them again with --force.") from exc


def _figures(found: PairSet, rows: Mapping[str, list[Row]]) -> dict[str, Any]:
    split = Counter(f"{name}_{row['split']}" for name, of_name in rows.items() for row in of_name)
    return {
        "window": [iso(found.window.start), iso(found.window.end)] if found.window else None,
        "counts": found.counts,
        "split": dict(sorted(split.items())),
        "left_out": dict(found.left_out),
        "remarks": dict(found.remarks),
    }


def _to_window(ends: list[str] | None) -> Window | None:
    return Window(start=datetime.fromisoformat(ends[0]), end=datetime.fromisoformat(ends[1])) if ends else None


def _json(row: Row) -> str:
    return json.dumps(row, ensure_ascii=False)


def _lines(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)
