"""Drafts a mapping from the files of a folder, for a person to correct."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cc_common.connectors.file_profile import FileProfile, profile_file
from cc_common.core.errors import InvalidInput
from cc_common.core.units import UNITS, stored_name

ENDINGS: Final = ("*.csv", "*.csv.gz", "*.tsv", "*.txt", "*.parquet", "*.pq")
ENDS: Final = (".gz", ".tsv", ".txt", ".parquet", ".pq")
TIME: Final = re.compile(r"time|date|zeit|datum|stamp|^ts$", re.I)
MACHINE: Final = re.compile(r"machine|asset|equip|device|unit|meter|anlage|maschine|^id$|name", re.I)
TAG: Final = re.compile(r"tag|point|signal|sensor|metric|variable|parameter", re.I)
VALUE: Final = re.compile(r"value|wert|reading", re.I)
WIDE: Final = r"(.*?\d)[\s_.:/|-]+(\D.*)"  # "CH1_kW": a machine's name ends with its number
COUNTER: Final = re.compile(r"kwh|mwh|energy|counter|totali[sz]|run.?hours|zähler", re.I)
TYPES: Final = {
    "chiller": r"chiller|^ch\b|chlr|kältemaschine|^km\b",
    "cooling_tower": r"cooling.?tower|^ct\b|kühlturm",
    "pump": r"pump|^p\b|chwp|cwp",
    "ahu": r"\bahu|air.?hand|\brlt\b",
    "air_compressor": r"compressor|kompressor",
    "boiler": r"boiler|kessel",
    "transformer": r"transformer|\btrafo|^tr\b",
    "diesel_generator": r"generator|genset|\bdg\b",
    "ups": r"\bups\b|\busv\b",
    "energy_meter": r"meter|zähler|\bem\b",
    "fan": r"\bfan|lüfter|ventilator",
    "lift": r"lift|elevator|aufzug",
}


@dataclass(frozen=True, kw_only=True)
class _Source:
    """Files of one shape, with the machines and metrics recognised in them."""

    first: FileProfile
    files: str
    time: str
    formats: tuple[str, ...]
    machine: str | None
    tag: tuple[str, str] | None
    readings: tuple[str, ...]
    ignore: tuple[str, ...]
    machines: tuple[str, ...]  # as the files call them
    wide: Mapping[str, tuple[str, ...]]  # of a file with a column for each machine and reading: a machine's readings

    def machine_columns(self, machine: str) -> tuple[str, ...]:
        """The columns read for that machine."""
        return self.wide[machine] if self.wide else self.readings


def draft_mapping(folder: Path, beside: Path) -> str:
    """Drafts the text of a mapping to be saved in `beside`; InvalidInput for a folder without times and numbers."""
    paths = sorted({path for ending in ENDINGS for path in folder.rglob(ending)})
    groups: dict[tuple[object, ...], list[FileProfile]] = {}
    for found in map(profile_file, paths):
        groups.setdefault(found.shape, []).append(found)
    sources = [source for group in groups.values() if (source := _source(beside, group)) is not None]
    if not sources:
        raise InvalidInput(f"No CSV or Parquet file with a column of times and one of numbers in {folder}.")
    return "\n".join(_text(folder, sources))


def _source(beside: Path, group: Sequence[FileProfile]) -> _Source | None:
    first = group[0]
    times = [(name, formats) for name in first.cells if (formats := first.time_formats(name))]
    times.sort(key=lambda found: not TIME.search(found[0]))
    if not times:
        return None
    time, formats = times[0]
    numeric = [name for name in first.cells if name != time and first.is_numeric(name)]
    words = [name for name in first.cells if name != time and name not in numeric and any(first.cells[name])]
    machine = next((name for name in words if MACHINE.search(name) and not TAG.search(name)), None)
    tag, value = _first(TAG, words), _first(VALUE, numeric)
    readings = numeric if tag is None or value is None else sorted(set(first.cells[tag]))
    wide = _wide(numeric) if machine is None and tag is None else {}
    used = {time, machine, *numeric, tag if value else None}
    return _Source(
        first=first,
        files=_pattern(beside, group),
        time=time,
        formats=tuple(formats),
        machine=machine,
        tag=(tag, value) if tag and value else None,
        readings=tuple(dict.fromkeys(name for own in wide.values() for name in own) if wide else readings),
        ignore=tuple(name for name in first.cells if name not in used),
        machines=tuple(wide or _seen(group, machine)),
        wide=wide,
    )


def _wide(names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Each machine's readings where every column names both, and some reading is of several machines; else none."""
    found = [re.fullmatch(WIDE, name) for name in names]
    pairs = [(each[1], each[2]) for each in found if each]
    if len(pairs) < len(names) or len({reading for _, reading in pairs}) == len(pairs):
        return {}
    return {machine: tuple(reading for of, reading in pairs if of == machine) for machine, _ in pairs}


def _seen(group: Sequence[FileProfile], column: str | None) -> Iterable[str]:
    if column is None:
        return [re.sub(r"(\.(csv|tsv|txt|parquet|pq|gz))+$", "", each.path.name, flags=re.I) for each in group]
    return sorted({text.strip() for each in group for text in each.cells[column] if text.strip()})


def _pattern(beside: Path, group: Sequence[FileProfile]) -> str:
    path = group[0].path.resolve()
    if len(group) > 1:
        path = path.with_name("*" + "".join(end for end in path.suffixes[-2:] if end.lower() in (".csv", *ENDS)))
    return str(path.relative_to(beside.resolve()) if path.is_relative_to(beside.resolve()) else path)


def _text(folder: Path, sources: Sequence[_Source]) -> Iterator[str]:
    yield "# A first draft, guessed from names and the first rows. Read every line; then run it with --check."
    yield f"[plant]\nname = {_quoted(folder.resolve().name)}"
    yield 'tz = "UTC" # the IANA zone its days are cut in, such as "Europe/Berlin"'
    yield from _types(sources)
    yield from _machines(sources)
    for source in sources:
        yield from _source_text(source)


def _types(sources: Sequence[_Source]) -> Iterator[str]:
    metrics: dict[str, dict[str, str]] = {}
    for source in sources:
        for machine in source.machines:
            own = metrics.setdefault(_type(machine, source), {})
            own |= {identifier_of(reading): reading for reading in source.machine_columns(machine)}
    for kind, readings in metrics.items():
        yield f"\n[types.{kind}]\nlabel = {_quoted(kind.replace('_', ' '))}\naliases = []"
        for name, reading in readings.items():
            yield f"\n[types.{kind}.metrics.{name}]\nlabel = {_quoted(_label(reading))}"
            yield f"unit = {_quoted(_unit(reading))}"
            yield 'kind = "counter"' if COUNTER.search(reading) else 'kind = "gauge" # or counter, or tally'


def _machines(sources: Sequence[_Source]) -> Iterator[str]:
    taken: set[str] = set()
    for source in sources:
        for machine in source.machines:
            if machine in taken:
                continue
            taken.add(machine)
            yield f"\n[[machines]]\nid = {_quoted(identifier_of(machine))}\ntype = {_quoted(_type(machine, source))}"
            yield f'name = {_quoted(machine)}\nlocation = ""\ncalled = [{_quoted(machine)}]'


def _source_text(source: _Source) -> Iterator[str]:
    first, formats = source.first, source.formats
    yield f"\n[[sources]]\nfiles = {_quoted(source.files)}"
    if first.path.suffix.lower() not in (".parquet", ".pq"):
        yield f"delimiter = {_quoted(first.delimiter)}\ndecimal = {_quoted(first.decimal)}"
        yield f"encoding = {_quoted(first.encoding)}\nskip_lines = {first.skip_lines}"
    yield f"null = {_list(['', *first.empty_words()])}"
    doubt = f" # these fit too: {', '.join(formats[1:])}" if len(formats) > 1 else ""
    yield f"time = {{ column = {_quoted(source.time)}, format = {_quoted(formats[0])} }}{doubt}"
    if source.wide:
        yield f"machine = {{ header = '{WIDE}' }} # in each column's name: the machine, and a key of the columns below"
    if source.machine is not None:
        yield f"machine = {{ column = {_quoted(source.machine)} }}"
    if source.tag is not None:
        yield f"tag = {{ column = {_quoted(source.tag[0])}, value = {_quoted(source.tag[1])} }}"
    yield f"ignore = {_list(source.ignore)}\n\n[sources.columns]"
    for reading in source.readings:
        yield f"{_quoted(reading)} = {_quoted(identifier_of(reading))}"


def identifier_of(text: str) -> str:
    """A name for a table or column: "P el [W]" becomes p_el_w."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("°", " ")).encode("ascii", "ignore").decode()
    words = re.sub(r"\W+", "_", plain.lower()).strip("_")[:56].rstrip("_")
    return words if words[:1].isalpha() else f"m_{words}".rstrip("_")


def _type(machine: str, source: _Source) -> str:
    """The equipment type, from the machine's name, else the file's, else the folder's."""
    for text in (machine, source.files):
        for kind, pattern in TYPES.items():
            if re.search(pattern, re.sub(r"[\W_\d]+", " ", text).strip(), re.I):
                return kind
    return "machine"


def _unit(reading: str) -> str:
    """The unit in brackets or at the end of the name, if it is one."""
    ends = [*re.findall(r"[\[(]([^\])]*)[\])]", reading), re.split(r"[\s_]+", reading)[-1]]
    return next((stored_name(end) for end in ends if stored_name(end) in UNITS), "")


def _label(reading: str) -> str:
    words = re.sub(r"[\[(].*?[\])]", " ", reading).replace("_", " ").split()
    return " ".join(words) if re.search(r"[^\W_]", " ".join(words)) else identifier_of(reading)


def _first(pattern: re.Pattern[str], names: Iterable[str]) -> str | None:
    return next((name for name in names if pattern.search(name)), None)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(_quoted, texts))}]"
