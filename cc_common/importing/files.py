"""The files of a mapping: found, opened, and all their headers checked before the first row is written."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from hashlib import file_digest
from pathlib import Path
from typing import Protocol

from cc_common.catalog.store import Catalog
from cc_common.errors import InvalidInput, NotFound
from cc_common.importing.block import Block
from cc_common.importing.csv_files import CsvFile
from cc_common.importing.mapping import PlantMapping, SourcePart, mistakes
from cc_common.importing.parquet_files import ParquetFile
from cc_common.importing.reading import Reading, called_in

PARQUET: tuple[str, ...] = (".parquet", ".pq")


class Blocks(Protocol):
    """An open file of either format."""

    columns: tuple[str, ...]

    @property
    def ended(self) -> bool:
        """Whether all of the file has been read."""

    def start(self, at: int, line: int) -> None:
        """Go on at that place."""

    def read(self, size: int) -> Block | None:
        """The next block; None at the end."""

    def put_back(self, block: Block, head: Block) -> None:
        """What of `block` is not in its `head` is read again."""

    def share(self) -> float:
        """How much has been read, from 0 to 1."""

    def close(self) -> None:
        """Closes it."""


def open_blocks(path: Path, source: SourcePart) -> Blocks:
    """The file, at its first row; InvalidInput when it is none of its kind."""
    try:
        parquet = source.format == "parquet" or (source.format is None and path.suffix.lower() in PARQUET)
        return ParquetFile(path) if parquet else CsvFile(path, source)
    except OSError as exc:
        raise InvalidInput(f"{path} cannot be read: {exc}.") from exc


def readings_of(
    mapping_path: Path, mapping: PlantMapping, catalog: Catalog, only: Collection[str]
) -> tuple[Reading, ...]:
    """Every file in order, and how it is read; InvalidInput names all that does not fit, file by file.

    Files of machines that were not asked for (`only`, when given) are left out.
    """
    _check_only(catalog, only)
    found, wrong = [], []
    for place, source in enumerate(mapping.sources):
        paths = sorted(_found(mapping_path.parent, source.files))
        wrong += [] if paths else [f"sources.{place}.files: no file fits {source.files!r} in {mapping_path.parent}"]
        for path in paths:
            reading = _reading(path, source, mapping, catalog, only)
            wrong += [f"sources.{place}.{line}" for line in reading.mistakes(catalog)]
            found.append(reading)
    if wrong:
        raise InvalidInput(mistakes(mapping_path, wrong))
    return tuple(reading for reading in found if reading.is_asked)


def sha256_of(path: Path) -> str:
    """The digest of a file's content."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _found(folder: Path, pattern: str) -> Iterator[Path]:
    """Beside the mapping, unless the pattern begins at the root."""
    root = Path(pattern).anchor
    return Path(root).glob(pattern.removeprefix(root)) if root else folder.glob(pattern)


def _reading(path: Path, source: SourcePart, mapping: PlantMapping, catalog: Catalog, only: Collection[str]) -> Reading:
    blocks = open_blocks(path, source)
    present = blocks.columns
    blocks.close()
    return Reading(
        path=path,
        source=source,
        plant_tz=mapping.plant.tz,
        called=called_in(mapping, catalog),
        asked=frozenset(only or (machine.id for machine in catalog.equipment)),
        present=present,
    )


def _check_only(catalog: Catalog, only: Collection[str]) -> None:
    try:
        for machine in only:
            catalog.get(machine)
    except NotFound as exc:
        raise InvalidInput(f"--only: {exc}") from exc
