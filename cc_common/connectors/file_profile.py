"""Profiles a file for a draft: its format, its columns, and what the first rows of each hold."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import IO, Final

from pyarrow import parquet

LINES: Final = 20_000  # where all machines are looked for
LOOK: Final = 1_000  # how many cells tell what a column holds
DELIMITERS: Final = (",", ";", "\t", "|")
DATES: Final = ("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d-%m-%Y", "%d-%b-%Y", "%d.%m.%y", "%Y%m%d")
CLOCKS: Final = (" %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p", "%H%M%S")
EMPTY: Final = ("", "nan", "null", "none", "n/a", "na", "-", "--", "---", "?")


@dataclass(frozen=True, kw_only=True)
class FileProfile:
    """One file; `cells` are the first rows of each column, as text."""

    path: Path
    delimiter: str
    encoding: str
    skip_lines: int
    cells: dict[str, list[str]]

    @property
    def shape(self) -> tuple[object, ...]:
        """The shape of the file; files of one shape share a source."""
        where = (str(self.path.parent), self.path.suffix)
        return (*where, self.delimiter, self.encoding, self.skip_lines, *self.cells)

    @cached_property
    def decimal(self) -> str:
        """The decimal separator."""
        texts = [text for column in self.cells.values() for text in column[:LOOK]]
        read = {mark: sum(mark in text and _number(text, mark) is not None for text in texts) for mark in (".", ",")}
        return "," if read[","] > read["."] else "."

    def is_numeric(self, name: str) -> bool:
        """Whether most cells of the column are numbers."""
        told = [text for text in self.cells[name][:LOOK] if text.strip().lower() not in EMPTY]
        read = sum(_number(text, self.decimal) is not None for text in told)
        return bool(told) and read > 0.9 * len(told)

    def empty_words(self) -> list[str]:
        """The texts that stand for missing numbers, besides empty cells."""
        words = {t.strip() for name in self.cells if self.is_numeric(name) for t in self.cells[name]}
        return sorted(word for word in words if word and word.lower() in EMPTY)

    def time_formats(self, name: str) -> list[str]:
        """Time formats that parse nearly all cells of the column, best first."""
        texts = [text.strip() for text in self.cells[name][:LOOK] if text.strip()]
        given = ["iso", "unix", "unix_ms", *(date + clock for date in DATES for clock in CLOCKS)]
        given = [form for form in given if any(_is_time(text, form) for text in texts[:10])]
        fits = {form: sum(_is_time(text, form) for text in texts) for form in given}
        return sorted((form for form in given if fits[form] > 0.95 * len(texts)), key=lambda form: -fits[form])


def profile_file(path: Path) -> FileProfile:
    """Profiles a file by its first 20,000 lines."""
    if path.suffix.lower() in (".parquet", ".pq"):
        batch = next(parquet.ParquetFile(path).iter_batches(batch_size=LINES), None)
        rows = {} if batch is None else batch.to_pydict()
        cells = {name: ["" if v is None else str(v) for v in values] for name, values in rows.items()}
        return FileProfile(path=path, delimiter=",", encoding="utf-8", skip_lines=0, cells=cells)
    encoding = _encoding(path)
    with _opened(path) as file:
        lines = [line.decode(encoding, "replace").rstrip("\r\n") for line in islice(file, LINES)]
    delimiter, skip = _layout(lines)
    rows_of_text = list(csv.reader(lines[skip:], delimiter=delimiter))
    names = [name.strip().removeprefix("\ufeff") for name in rows_of_text[0]] if rows_of_text else []
    full = [row for row in rows_of_text[1:] if len(row) == len(names)]
    cells = {name: [row[at] for row in full] for at, name in enumerate(names)}
    return FileProfile(path=path, delimiter=delimiter, encoding=encoding, skip_lines=skip, cells=cells)


def _opened(path: Path) -> IO[bytes]:
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]


def _encoding(path: Path) -> str:
    with _opened(path) as file:
        begin = file.read(1 << 20)
    if begin[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    try:
        begin.decode("utf-8")
    except UnicodeDecodeError as exc:
        return "utf-8" if exc.start > len(begin) - 4 else "cp1252"
    return "utf-8"


def _layout(lines: list[str]) -> tuple[str, int]:
    """The delimiter that splits most lines into equal fields, and the number of lines above the first of them."""
    best: tuple[int, int, str, int] = (0, 0, ",", 0)
    for delimiter in DELIMITERS:
        widths = [len(row) for row in csv.reader(lines[:200], delimiter=delimiter)]
        (width, times) = Counter(widths).most_common(1)[0] if widths else (0, 0)
        if width > 1:
            best = max(best, (times, width, delimiter, widths.index(width)))
    return best[2], best[3]


def _number(text: str, decimal: str) -> float | None:
    if decimal == "," and "." in text:
        return None
    try:
        return float(text.replace(decimal, "."))
    except ValueError:
        return None


def _is_time(text: str, form: str) -> bool:
    try:
        if form == "iso":
            return bool(datetime.fromisoformat(text)) and not text.isdigit()
        if form.startswith("unix"):
            return 3e8 < float(text) / (1 if form == "unix" else 1000) < 4e9
        return bool(datetime.strptime(text, form))  # noqa: DTZ007  only whether it fits
    except ValueError:
        return False
