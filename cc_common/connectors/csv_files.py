"""CSV, plain or compressed, in blocks of whole lines. A record is one line: that keeps every line's number and place.

A line that is no row (too few fields, a quote left open) is kept aside; the lines around it are rows all the same.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from cc_common.connectors.blocks import FIELDS, Block, Longs, RejectedRow
from cc_common.connectors.mapping import SourcePart
from cc_common.core.errors import InvalidInput

MAX_LINE: Final = 64 << 20
_LINE: Final = 64 << 10  # what is read for a header at first
_NEWLINE: Final = 10
_BOM: Final = b"\xef\xbb\xbf"


class CsvFile:
    """Reads the rows of one file in blocks from any byte on; rows that are put back begin the next block."""

    def __init__(self, path: Path, source: SourcePart) -> None:
        self._path, self._source = path, source
        self._size = path.stat().st_size
        self._raw = pa.OSFile(str(path))
        self._stream = _read_utf8(self._raw, path, source.encoding)
        self._rest, self._text, self._at_end = b"", b"", False
        self._at, self._line = 0, 1
        self.columns = self._header()

    @property
    def ended(self) -> bool:
        """Whether all of the file has been read."""
        return self._at_end and not self._rest

    def start(self, at: int, line: int) -> None:
        """Continues at a byte of the text, the beginning of a line."""
        skip = at - self._at
        while skip > 0:
            self._fill(min(skip, MAX_LINE))
            if not self._rest:
                raise InvalidInput(f"{self._path} is shorter than it was when it was read before.")
            taken = min(skip, len(self._rest))
            self._rest, skip = self._rest[taken:], skip - taken
        self._at, self._line = at, line

    def read(self, size: int) -> Block | None:
        """Reads the next block of about `size` bytes; None at the end."""
        self._fill(size)
        while (cut := self._cut(size)) == 0 and not self._at_end:
            if len(self._rest) > MAX_LINE:
                raise InvalidInput(f"{self._path} has a line of more than 64 MiB at byte {self._at}: is it a CSV file?")
            self._fill(2 * len(self._rest))
        text, self._rest = self._rest[:cut], self._rest[cut:]
        return self._block(text) if text else None

    def put_back(self, block: Block, head: Block) -> None:
        """Puts back the rows of `block` that are not in `head`."""
        self._rest = self._text[head.end - block.start :] + self._rest
        self._at, self._line = head.end, head.next_line

    def share(self) -> float:
        """How much of the file has been read, from 0 to 1."""
        return float(min(1.0, self._raw.tell() / max(1, self._size)))

    def close(self) -> None:
        """Closes the file."""
        self._stream.close()
        self._raw.close()

    def _cut(self, size: int) -> int:
        """The end of the last whole line that begins within `size`; 0 when it is not read yet."""
        if self._at_end and len(self._rest) <= size:
            return len(self._rest)
        cut = self._rest.rfind(b"\n", 0, size) + 1 or self._rest.find(b"\n", size) + 1
        return cut or (len(self._rest) if self._at_end else 0)

    def _fill(self, size: int) -> None:
        pieces = [self._rest]
        missing = size - len(self._rest)
        while missing > 0 and not self._at_end:
            piece = self._read(missing)
            self._at_end = not piece
            pieces.append(piece)
            missing -= len(piece)
        self._rest = b"".join(pieces)

    def _read(self, size: int) -> bytes:
        try:
            return bytes(self._stream.read(size))
        except (OSError, EOFError, UnicodeError, pa.ArrowInvalid) as exc:
            raise InvalidInput(
                f"{self._path} cannot be read past line {self._line}: {exc}. What came before is loaded; with the file "
                f"(or its encoding, {self._source.encoding}) put right, import it again."
            ) from exc

    def _header(self) -> tuple[str, ...]:
        """The names of the columns; of those that come twice the second is called "name (2)"."""
        lines = [self._take_line() for _ in range(self._source.skip_lines)]
        if self._source.header is not None:
            return self._source.header
        lines.append(self._take_line())
        try:
            (fields,) = csv.reader([lines[-1].decode("utf-8")], delimiter=self._source.delimiter, strict=True)
        except (ValueError, csv.Error) as exc:
            raise InvalidInput(f"{self._path} has no header in line {self._line - 1}: {exc}") from exc
        names = [field.strip() for field in fields]
        seen = (names[:place].count(name) for place, name in enumerate(names))
        return tuple(f"{name} ({times + 1})" if times else name for name, times in zip(names, seen, strict=True))

    def _take_line(self) -> bytes:
        self._fill(_LINE)
        while (end := self._rest.find(b"\n") + 1) == 0 and not self._at_end and len(self._rest) < MAX_LINE:
            self._fill(2 * len(self._rest))
        cut = end or len(self._rest)
        line, self._rest = self._rest[:cut], self._rest[cut:]
        self._at, self._line = self._at + cut, self._line + 1
        return line.removeprefix(_BOM).rstrip(b"\r\n")

    def _block(self, text: bytes) -> Block:
        starts = _line_starts(text)
        ends = np.append(starts[1:], len(text))
        table, bad = _parse_rows(text, starts, ends, self.columns, self._source.delimiter)
        good = np.ones(len(starts), bool)
        good[[place for place, _ in bad]] = False
        places, first, at = np.flatnonzero(good), self._line, self._at

        def raw(row: int) -> str:
            return _excerpt(text[starts[places[row]] : ends[places[row]]])

        self._text, self._line, self._at = text, first + len(starts), at + len(text)
        return Block(
            table=table,
            lines=places + first,
            starts=starts[places] + at,
            start=at,
            end=self._at,
            next_line=self._line,
            aside=tuple(
                RejectedRow(first + at, reason, "", _excerpt(text[starts[at] : ends[at]])) for at, reason in bad
            ),
            raw=raw,
        )


def _read_utf8(raw: Any, path: Path, encoding: str) -> Any:
    """The file's text as UTF-8 bytes."""
    kind = {".gz": "gzip", ".bz2": "bz2", ".zst": "zstd"}.get(path.suffix)
    stream = pa.CompressedInputStream(raw, kind) if kind else raw
    if encoding.lower().replace("_", "-") in ("utf-8", "utf8", "utf-8-sig", "ascii"):
        return stream
    return pa.transcoding_input_stream(stream, encoding, "utf-8")


def _line_starts(text: bytes) -> Longs:
    ends = np.flatnonzero(np.frombuffer(text, np.uint8) == _NEWLINE) + 1
    return np.append(0, ends[ends < len(text)])


Bad = list[tuple[int, str]]


def _parse_rows(text: bytes, starts: Longs, ends: Longs, columns: Sequence[str], delimiter: str) -> tuple[Any, Bad]:
    """All rows as text, and the positions of lines that are no rows, with the reason."""
    bad: Bad = []

    def aside(row: Any) -> str:
        bad.append((row.number - 1, FIELDS))
        return "skip"

    try:
        table = _parse(text, columns, delimiter, aside)
    except pa.ArrowInvalid:
        table = None
    # Fewer rows than lines: a quote was left open and took the lines after it along.
    if table is None or table.num_rows + len(bad) != len(starts):
        return _by_line(text, starts, ends, columns, delimiter)
    return table, bad


def _parse(text: bytes, columns: Sequence[str], delimiter: str, aside: Any) -> Any:
    return arrow_csv.read_csv(
        pa.py_buffer(text),
        read_options=arrow_csv.ReadOptions(column_names=list(columns), use_threads=False, block_size=len(text) + 1),
        parse_options=arrow_csv.ParseOptions(
            delimiter=delimiter, invalid_row_handler=aside, ignore_empty_lines=False, newlines_in_values=False
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(columns, pa.string()), check_utf8=False, strings_can_be_null=False
        ),
    )


def _by_line(text: bytes, starts: Longs, ends: Longs, columns: Sequence[str], delimiter: str) -> tuple[Any, Bad]:
    rows: list[list[str]] = []
    bad: Bad = []
    for place, line in enumerate(_lines(text, starts, ends)):
        try:
            (fields,) = csv.reader([line], delimiter=delimiter, strict=True)
        except (ValueError, csv.Error):
            fields = []
        if len(fields) == len(columns):
            rows.append(fields)
        else:
            bad.append((place, FIELDS))
    cells = zip(*rows, strict=True) if rows else ([] for _ in columns)
    return pa.table([pa.array(list(cell), pa.string()) for cell in cells], names=list(columns)), bad


def _lines(text: bytes, starts: Longs, ends: Longs) -> Iterator[str]:
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        yield _excerpt(text[start:end])


def _excerpt(line: bytes) -> str:
    return line.rstrip(b"\r\n").decode("utf-8", "backslashreplace")
