"""The mapping file: what a user's plant has, what its files hold, and how the one becomes the other. TOML."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from cc_common.catalog.equipment import Kind, Role
from cc_common.core.errors import InvalidInput

# PostgreSQL cuts names at 63 bytes; a roll-up adds "_hourly" to a type's and "_count" to a metric's.
MAX_NAME_LENGTH: Final = 56
PLANT: Final = "plant"  # the word for the whole of it in a plan


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as exc:
        raise ValueError(f"{name!r} is no IANA time zone, such as Europe/Berlin") from exc
    return name


def _identifier(name: str) -> str:
    if not name.isidentifier() or len(name.encode()) > MAX_NAME_LENGTH:
        raise ValueError(
            f"{name!r} becomes the name of a table or column: letters, digits and _, no digit first, "
            f"at most {MAX_NAME_LENGTH} bytes. What it is called goes into name, label or called, without these limits"
        )
    return name


def _type(name: str) -> str:
    if name == PLANT:
        raise ValueError("no type may be called 'plant': the word means all of it")
    return name


def _metric(name: str) -> str:
    if name == "ts":
        raise ValueError("no metric may be called 'ts': every table has its time in that column")
    return name


Zone = Annotated[str, AfterValidator(_zone)]
Identifier = Annotated[str, AfterValidator(_identifier)]
TypeName = Annotated[Identifier, AfterValidator(_type)]
MetricName = Annotated[Identifier, AfterValidator(_metric)]
Named = Annotated[str, StringConstraints(pattern=r"[^\W_]")]  # said aloud: it has a letter or digit
Finite = Annotated[float, Field(allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PlantPart(_Part):
    """The plant; `tz` is the time zone of its days."""

    name: Named
    tz: Zone


class MetricPart(_Part):
    """A metric of a type. Defaults: label from the name, spoken unit from the unit, role by unit and words."""

    label: Named | None = None
    unit: str = ""
    spoken: str | None = None
    kind: Kind = "gauge"
    low: Finite | None = None
    high: Finite | None = None
    decimals: int = Field(1, ge=0, le=9)
    aliases: tuple[Named, ...] = ()
    role: Role | None = None


class TypePart(_Part):
    """An equipment type. Defaults: label from the name, plural with an s."""

    label: Named | None = None
    plural: Named | None = None
    aliases: tuple[Named, ...] = ()
    metrics: dict[MetricName, MetricPart] = Field(min_length=1)


class MachinePart(_Part):
    """A machine. `called`: its names in the files, besides its id and its name."""

    id: Identifier
    type: str
    name: Named | None = None
    number: int | None = Field(None, ge=0, le=999_999)
    location: str = ""
    aliases: tuple[Named, ...] = ()
    called: tuple[str, ...] = ()


class TimePart(_Part):
    """The time column. `format`: iso, unix, unix_ms, or strptime's; `tz`: zone of times without an offset."""

    column: str
    format: str = "iso"
    tz: Zone | None = None


class MachineIn(_Part):
    """Which machine a row is of: the text of a column, or what a pattern's group finds in the file's name, or `id`.

    Or `header`, of wide files: a pattern whose groups find machine and reading in the name of each column.
    """

    column: str | None = None
    file: str | None = None
    id: str | None = None
    header: str | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(way is not None for way in (self.column, self.file, self.id, self.header)) != 1:
            raise ValueError("exactly one of column, file, id and header says which machine a row is of")
        return self


class TagPart(_Part):
    """For files with one reading a row: the column of the tag, and the column of the value."""

    column: str
    value: str


class ColumnPart(_Part):
    """What a column becomes. `unit`: the source's; or `factor` and `offset`: value * factor + offset.

    `machine`, of wide files: whose metric it is, as files call it.
    """

    metric: str
    machine: str | None = None
    unit: str | None = None
    factor: Finite | None = None
    offset: Finite | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.unit is not None and (self.factor is not None or self.offset is not None):
            raise ValueError("unit says how to convert already; leave out factor and offset, or unit")
        return self


class SourcePart(_Part):
    """A source: files of one shape. Defaults: machine from the file's name, format from its extension."""

    files: str
    format: Literal["csv", "parquet"] | None = None
    delimiter: str = Field(",", min_length=1, max_length=1)
    decimal: Literal[".", ","] = "."
    encoding: str = "utf-8"
    skip_lines: int = Field(0, ge=0, le=1000)
    header: tuple[str, ...] | None = None
    null: tuple[str, ...] = ("",)
    time: TimePart
    machine: MachineIn = MachineIn(file="(.+)")
    tag: TagPart | None = None
    columns: dict[str, str | ColumnPart] = Field(min_length=1)
    ignore: tuple[str, ...] = ()
    within_minute: Literal["average", "last"] = "average"
    out_of_order: Literal["load", "aside"] = "load"

    def column(self, name: str) -> ColumnPart:
        """The mapping of the column (or tag) of that name."""
        given = self.columns[name]
        return ColumnPart(metric=given) if isinstance(given, str) else given


class PlantMapping(_Part):
    """A mapping file."""

    plant: PlantPart
    types: dict[TypeName, TypePart] = Field(min_length=1)
    machines: tuple[MachinePart, ...] = Field(min_length=1)
    sources: tuple[SourcePart, ...] = Field(min_length=1)


def read_mapping(path: Path) -> PlantMapping:
    """Reads a mapping file; InvalidInput lists every error of form with its key."""
    try:
        return PlantMapping.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as exc:
        raise InvalidInput(f"The mapping {path} cannot be read: {exc.strerror}.") from exc
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise InvalidInput(f"The mapping {path} is no TOML: {exc}") from exc
    except ValidationError as exc:
        raise InvalidInput(mistakes_message(path, [_error_text(error) for error in exc.errors()])) from exc


def mistakes_message(path: Path, lines: list[str]) -> str:
    """One message of all errors."""
    return f"The mapping {path} has mistakes; nothing was written:\n  " + "\n  ".join(lines)


def _error_text(error: Any) -> str:
    key = ".".join(str(part) for part in error["loc"] if part not in ("str", "ColumnPart"))
    if error["type"] != "extra_forbidden":
        return f"{key}: {error['msg'].removeprefix('Value error, ')}"
    near = get_close_matches(str(error["loc"][-1]), set(_keys()), n=1)
    return f"{key}: there is no such key" + (f"; did you mean {near[0]}?" if near else "")


def _keys() -> Iterator[str]:
    for part in _Part.__subclasses__():
        yield from part.model_fields
