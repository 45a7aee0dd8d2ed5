"""The report of an import: rows read, loaded, replaced, merged and rejected by file and reason, and rejects.csv."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cc_common.connectors.blocks import RejectedRow

HEADER: Final = ("file", "line", "reason", "column", "row")


def reject_header() -> bytes:
    """The first line of the file."""
    return _csv_text([HEADER])


def reject_lines(name: str, aside: Iterable[RejectedRow]) -> bytes:
    """The rows of one file as lines of CSV; `row` is the whole line as it was read (of Parquet: as JSON)."""
    return _csv_text((name, *each) for each in aside)


def _csv_text(rows: Iterable[Iterable[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8", "backslashreplace")


ASIDE: Final = "aside: "


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Counts of rows. The balance: read = loaded + merged + kept aside.

    `replaced` (of loaded) took the place of rows that were there; `duplicates` (of merged) had the moment of another;
    `out_of_order` came after later ones; `passed_over` were of machines not asked for and are not in `read`.
    """

    read: int
    loaded: int
    replaced: int
    merged: int
    duplicates: int
    out_of_order: int
    passed_over: int
    aside: Mapping[str, int]

    @classmethod
    def from_counts(cls, counts: Counter[str]) -> Tally:
        """The tally of the counts of several chunks."""
        return cls(
            read=counts["read"],
            loaded=counts["loaded"],
            replaced=counts["replaced"],
            merged=counts["merged"],
            duplicates=counts["duplicates"],
            out_of_order=counts["out of order"],
            passed_over=counts["passed over"],
            aside={key.removeprefix(ASIDE): n for key, n in sorted(counts.items()) if key.startswith(ASIDE)},
        )

    @property
    def kept_aside(self) -> int:
        """The number of rejected rows."""
        return sum(self.aside.values())

    @property
    def balanced(self) -> bool:
        """Whether every row read is counted once as loaded, merged or rejected."""
        return self.read == self.loaded + self.merged + self.kept_aside

    def as_json(self) -> dict[str, Any]:
        """For report.json."""
        plain = {key: value for key, value in vars(self).items() if key != "aside"}
        return {**plain, "kept_aside": self.kept_aside, "kept_aside_by_reason": dict(self.aside)}


@dataclass(frozen=True, kw_only=True)
class FileReport:
    """One file. `before`: its rows that an earlier run had read; `missing`: columns of the mapping that it lacks."""

    file: str
    sha256: str
    tally: Tally
    before: int
    missing: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Report:
    """The report of an import, or of a check (`checked`)."""

    plant: str
    checked: bool
    seconds: float
    files: tuple[FileReport, ...]

    @property
    def total(self) -> Tally:
        """All files together."""
        counts: Counter[str] = Counter()
        for each in self.files:
            own = each.tally
            counts.update({ASIDE + reason: n for reason, n in own.aside.items()})
            counts.update(read=own.read, loaded=own.loaded, replaced=own.replaced, merged=own.merged)
            counts.update({"duplicates": own.duplicates, "out of order": own.out_of_order})
            counts["passed over"] += own.passed_over
        return Tally.from_counts(counts)

    def as_json(self) -> dict[str, Any]:
        """For report.json."""
        files = [
            {"file": f.file, "sha256": f.sha256, "read_before": f.before, "missing_columns": list(f.missing)}
            | f.tally.as_json()
            for f in self.files
        ]
        head = {"plant": self.plant, "checked_only": self.checked, "seconds": round(self.seconds, 3)}
        return {**head, "total": self.total.as_json(), "files": files}

    def as_text(self) -> str:
        """For people."""
        verb = "would be loaded" if self.checked else "loaded"
        files = "1 file" if len(self.files) == 1 else f"{len(self.files)} files"
        lines = [f"{self.plant}: {files} in {self.seconds:,.1f} s", *_counts_text(self.total, verb)]
        for each in self.files:
            before = f" ({each.before:,} of them in an earlier run)" if each.before else ""
            lines += ["", f"{each.file}: {each.tally.read:,} rows read{before}", *_counts_text(each.tally, verb)[1:]]
            lines += [f"  columns it does not have: {', '.join(each.missing)}"] if each.missing else []
        return "\n".join(lines) + "\n"


def _counts_text(tally: Tally, verb: str) -> list[str]:
    lines = [
        f"  {tally.read:>13,} rows read",
        f"  {tally.loaded:>13,} {verb}, {tally.replaced:,} of them over rows that were there",
        f"  {tally.merged:>13,} merged into the row of their minute, {tally.duplicates:,} of them of the same moment",
        f"  {tally.kept_aside:>13,} kept aside",
    ]
    lines += [f"  {n:>17,} {reason}" for reason, n in tally.aside.items()]
    lines += [f"  {tally.out_of_order:>13,} came after later ones"] if tally.out_of_order else []
    return lines + ([f"  {tally.passed_over:>13,} of machines not asked for"] if tally.passed_over else [])
