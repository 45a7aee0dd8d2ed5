"""A whole import: mapping, catalogue, then file by file and block by block; what a killed one had done stays done."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final, TypeVar

from cc_common.catalog.growth import grow, planned
from cc_common.catalog.resolution import Resolver
from cc_common.catalog.store import Catalog
from cc_common.db import Database
from cc_common.errors import InvalidInput
from cc_common.importing import chunk
from cc_common.importing.block import Block
from cc_common.importing.catalogue import catalog_of, contradictions
from cc_common.importing.chunk import FileKey
from cc_common.importing.files import Blocks, open_blocks, readings_of, sha256_of
from cc_common.importing.mapping import PlantMapping, mistakes, read_mapping
from cc_common.importing.reading import Reading
from cc_common.importing.rejects import header, lines_of
from cc_common.importing.report import FileReport, Report, Tally
from cc_common.importing.rows import Understood, understand, whole_minutes

BLOCK: Final = 16 << 20  # bytes of text; of a file with many machines four times that: each machine costs its own load
MANY: Final = 4

Item = TypeVar("Item")
Progress = Callable[[float, int], None]  # the share done, from 0 to 1, and the rows read


@dataclass(kw_only=True)
class Import:
    """One run. `folder` gets rejects.csv, report.json and report.txt; with `check` nothing else is written."""

    database: Database
    mapping: Path
    folder: Path
    only: Collection[str] = ()
    check: bool = False
    block: int = BLOCK
    progress: Progress = lambda _share, _rows: None
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    _rows: int = 0

    def run(self) -> Report:
        """InvalidInput or Conflict before any row is written; a file that breaks off keeps what came before it."""
        began = time.monotonic()
        mapping = self._read_mapping()
        catalog = self._catalog(mapping)
        readings = readings_of(self.mapping, mapping, catalog, self.only)
        if not self.check:
            catalog = grow(self.database, catalog_of(mapping))
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "rejects.csv").open("wb") as rejects:
            rejects.write(header())
            files = tuple(self._files(catalog, readings, rejects))
        spent = time.monotonic() - began
        return self._saved(Report(plant=catalog.plant_name, checked=self.check, seconds=spent, files=files))

    def _read_mapping(self) -> PlantMapping:
        mapping = read_mapping(self.mapping)
        if wrong := contradictions(mapping):
            raise InvalidInput(mistakes(self.mapping, wrong))
        return mapping

    def _catalog(self, mapping: PlantMapping) -> Catalog:
        """What the plant will have; a resolver is made of it as the API will, for what questions cannot name."""
        with self.database.transaction() as connection:
            catalog = planned(connection, catalog_of(mapping))
        Resolver(catalog)
        return catalog

    def _files(self, catalog: Catalog, readings: tuple[Reading, ...], rejects: BinaryIO) -> Iterator[FileReport]:
        sizes = [reading.path.stat().st_size for reading in readings]
        for place, reading in enumerate(readings):
            before, own = sum(sizes[:place]) / max(1, sum(sizes)), sizes[place] / max(1, sum(sizes))

            def heard(share: float, before: float = before, own: float = own) -> None:
                self.progress(before + own * share, self._rows)

            with closing(open_blocks(reading.path, reading.source)) as blocks:
                yield self._file(catalog, reading, blocks, rejects, heard)

    def _file(
        self, catalog: Catalog, reading: Reading, blocks: Blocks, rejects: BinaryIO, heard: Callable[[float], None]
    ) -> FileReport:
        key = FileKey(file=sha256_of(reading.path), reading=reading.fingerprint(catalog))
        counts, last_times = Counter[str](), dict[str, int]()
        if not self.check and (done := chunk.done_of(self.database, key)) is not None:
            for start in done.chunks:
                rejects.write(chunk.kept_aside(self.database, key, start))
            blocks.start(done.at, done.line)
            counts, last_times = done.counts, dict(done.last_times)
        before = counts["read"]
        for block, found in ahead(self._understood(catalog, reading, blocks, last_times)):
            if not self.check:
                chunk.load_chunk(self.database, catalog, key, reading.path.name, block, found)
            rejects.write(lines_of(reading.path.name, found.aside))
            counts.update(found.counts)
            self._rows += found.counts["read"]
            heard(blocks.share())
        return FileReport(
            file=reading.path.name, sha256=key.file, tally=Tally.of(counts), before=before, missing=reading.missing
        )

    def _understood(
        self, catalog: Catalog, reading: Reading, blocks: Blocks, last_times: Mapping[str, int]
    ) -> Iterator[tuple[Block, Understood]]:
        for block in self._blocks(reading, blocks):
            found = understand(block, reading, catalog, last_times, now=self.now)
            last_times = found.last_times
            yield block, found

    def _blocks(self, reading: Reading, blocks: Blocks) -> Iterator[Block]:
        """Blocks that end where a minute does, but for the file's last."""
        size = self.block * (MANY if reading.has_many else 1)
        while (block := blocks.read(size)) is not None:
            head = block if blocks.ended else whole_minutes(block, reading, now=self.now)
            if head is not block:
                blocks.put_back(block, head)
            yield head

    def _saved(self, report: Report) -> Report:
        text = json.dumps(report.as_json(), indent=1, ensure_ascii=False)
        (self.folder / "report.json").write_text(text + "\n", "utf-8")
        (self.folder / "report.txt").write_text(report.as_text(), "utf-8")
        return report


def ahead(items: Iterator[Item]) -> Generator[Item, None, None]:
    """The same, each made by a thread while the one before is in use: reading costs no time beside the database."""
    with ThreadPoolExecutor(1, thread_name_prefix="reading") as pool:
        coming = pool.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, items, None)
            yield item
