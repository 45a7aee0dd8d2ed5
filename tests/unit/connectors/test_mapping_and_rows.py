"""Importing without a database: mappings, units, times, lines, and the balance of rows."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cc_common.connectors.cells import merge_minutes, read_times
from cc_common.connectors.csv_files import CsvFile
from cc_common.connectors.draft import draft_mapping
from cc_common.connectors.file_layout import FileLayout, names_in_files
from cc_common.connectors.mapped_catalog import build_catalog, find_contradictions
from cc_common.connectors.mapping import PlantMapping, SourcePart, read_mapping
from cc_common.connectors.report import Tally
from cc_common.connectors.rows import ParsedRows, distinct_minutes, parse_rows, whole_minutes
from cc_common.core.errors import InvalidInput
from cc_common.core.settings import PROJECT
from cc_common.core.units import Conversion, conversion

EXAMPLE = PROJECT / "docs" / "example"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
MINIMAL: dict[str, Any] = {
    "plant": {"name": "P", "tz": "Europe/Berlin"},
    "types": {"pump": {"metrics": {"kw": {"unit": "kW"}, "runs": {"kind": "tally"}, "kwh": {"kind": "counter"}}}},
    "machines": [{"id": "pump_1", "type": "pump", "called": ['P "1"']}, {"id": "pump_2", "type": "pump"}],
    "sources": [
        {
            "files": "*.csv",
            "time": {"column": "t"},
            "machine": {"column": "m"},
            "columns": {"kw": "kw", "runs": "runs", "kwh": "kwh"},
        }
    ],
}


def mapping(**source: Any) -> PlantMapping:
    return PlantMapping.model_validate(MINIMAL | {"sources": [MINIMAL["sources"][0] | source]})


def understood(path: Path, plan: PlantMapping, size: int = 1 << 20) -> list[ParsedRows]:
    """Each block of a file, as an import would understand it."""
    catalog, source = build_catalog(plan), plan.sources[0]
    blocks = CsvFile(path, source)
    called = names_in_files(plan, catalog)
    reading = FileLayout(
        path=path,
        source=source,
        plant_tz=plan.plant.tz,
        called=called,
        asked=frozenset(called.values()),
        present=blocks.columns,
    )
    found: list[ParsedRows] = []
    while (block := blocks.read(size)) is not None:
        head = block if blocks.ended else whole_minutes(block, reading, now=NOW)
        if head is not block:
            blocks.put_back(block, head)
        last = found[-1].last_times if found else {}
        found.append(parse_rows(head, reading, catalog, last, now=NOW))
    return found


def tally(found: list[ParsedRows]) -> Tally:
    return Tally.from_counts(sum((each.counts for each in found), start=type(found[0].counts)()))


def micros(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * 1_000_000


@pytest.mark.parametrize(
    ("source", "target", "given_", "expected"),
    [
        ("degF", "°C", 212, 100),
        ("psi", "bar", 14.5038, 1),
        ("W", "kW", 1500, 1.5),
        ("MWh", "kWh", 2, 2000),
        ("gpm", "m³/h", 4.40287, 1),
        ("lps", "m3/h", 1, 3.6),
        ("delta degF", "degC", 9, 5),
        ("K", "degF", 273.15, 32),
    ],
)
def test_units_become_others(source: str, target: str, given_: float, expected: float) -> None:
    how = conversion(source, target)
    assert given_ * how.factor + how.offset == pytest.approx(expected, rel=1e-4)


def test_units_of_other_quantities_are_refused() -> None:
    assert conversion("cycles", "cycles") == Conversion()
    for source in ("psi", "cycles"):
        with pytest.raises(InvalidInput):
            conversion(source, "kW")


def test_the_example_is_a_mapping_without_mistakes() -> None:
    example = read_mapping(EXAMPLE / "plant.toml")
    assert find_contradictions(example) == []
    assert [(m.id, m.name, m.number) for m in build_catalog(example).equipment][::2] == [
        ("chiller_1", "Chiller 1", 1),
        ("pump_101", "Pump 101", 101),
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"plant": {"name": "P", "tz": "Mars/Olympus"}}, "plant.tz: 'Mars/Olympus' is no IANA time zone"),
        ({"machnes": []}, "machnes: there is no such key; did you mean machines?"),
        ({"machines": [{"id": 'pump "1"', "type": "pump"}]}, "machines.0.id: 'pump \"1\"' becomes the name of a table"),
        ({"types": {"plant": {"metrics": {"kw": {}}}}}, "no type may be called 'plant'"),
        ({"types": {"pump": {"metrics": {"x" * 57: {}}}}}, "at most 56 bytes"),
    ],
)
def test_mistakes_of_form_are_named_with_their_key(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    path = tmp_path / "plant.toml"
    path.write_text(toml(MINIMAL | change))
    with pytest.raises(InvalidInput) as error:
        read_mapping(path)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"columns": {"e": "kwhh"}}, "sources.0.columns.e: no type has a metric 'kwhh'; did you mean 'kwh'?"),
        ({"columns": {"kw": {"metric": "kw", "unit": "psi"}}}, "psi is a pressure and cannot become kW, a power"),
        ({"columns": {"a": "kw", "b": "kw"}}, "2 columns become 'kw'"),
        ({"time": {"column": "t", "format": "%H:%M"}}, "does not say the whole time"),
        ({"machine": {"file": "(a)(b)"}}, "needs one (group)"),
        ({"machine": {"id": "pump_3"}}, "no machine 'pump_3'; did you mean 'pump_"),
        ({"encoding": "latin-99"}, "encoding: 'latin-99' is not known"),
    ],
)
def test_mistakes_of_meaning_are_named_with_their_key(change: dict[str, Any], said: str) -> None:
    assert said in "\n".join(find_contradictions(mapping(**change)))


def toml(value: dict[str, Any]) -> str:
    return "\n".join(f"{key} = {inline(each)}" for key, each in value.items())


def inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {inline(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    return json.dumps(value)


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        ("iso", "2025-07-01 10:00", "2025-07-01T08:00+00:00"),
        ("iso", "2025-07-01T10:00:30.5+05:30", "2025-07-01T04:30:30+00:00"),
        ("%d/%m/%Y %H:%M", "1/2/2025 9:05", "2025-02-01T08:05+00:00"),
        ("%m/%d/%Y %I:%M %p", "07/01/2025 12:05 AM", "2025-06-30T22:05+00:00"),
        ("%d.%m.%Y %H:%M:%S.%f", "01.07.2025 10:00:00.250", "2025-07-01T08:00+00:00"),
        ("unix", "1751356800", "2025-07-01T08:00+00:00"),
        ("unix_ms", "1751356800000", "2025-07-01T08:00+00:00"),
    ],
)
def test_times_are_read(form: str, text: str, expected: str) -> None:
    times = read_times(pa.array([text]), form, "Europe/Berlin", now=NOW)
    assert times.early[0] // 1_000_000 == micros(expected) // 1_000_000 and times.early[0] == times.late[0]


@pytest.mark.parametrize("form", ["iso", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S.%f"])
def test_times_that_are_none_are_reported(form: str) -> None:
    texts = ["2025-02-30 10:00", "soon", "", None, "2025-03-30 02:30", "1969-01-01 00:00", "2031-01-01 00:00"]
    texts = [f"{t}:00.0" if t and t[0] in "12" and "%f" in form else t for t in texts]
    times = read_times(pa.array(texts, pa.string()), form, "Europe/Berlin", now=NOW)
    assert times.unreadable.tolist() == [True] * 4 + [False] * 3
    assert times.skipped.tolist() == [False] * 4 + [True, False, False]
    assert times.outside.tolist() == [False] * 5 + [True, True]


@pytest.mark.parametrize("step", [1, 5, 30])
@pytest.mark.parametrize("order", [1, -1])
def test_the_hour_that_comes_twice_is_distinguished_by_the_row_before(step: int, order: int) -> None:
    true = np.arange(micros("2025-10-25T22:00+00:00"), micros("2025-10-26T04:00+00:00"), step * 60_000_000)[::order]
    if (step, order) == (30, -1):
        return  # two meanings as near: newest first needs a finer step
    local = local_texts(true)
    times = read_times(local, "%Y-%m-%d %H:%M", "Europe/Berlin", now=NOW)
    assert (times.early != times.late).sum() == 120 // step
    assert distinct_minutes(times.early, times.late, None).tolist() == true.tolist()


def local_texts(true: Any) -> Any:
    zone = ZoneInfo("Europe/Berlin")
    return pa.array([f"{datetime.fromtimestamp(t / 1e6, zone):%Y-%m-%d %H:%M}" for t in true.tolist()])


def test_within_a_minute_a_gauge_is_averaged_a_counter_lasts_a_tally_sums() -> None:
    ts = np.array([0, 20, 40, 40, 60]) * 1_000_000
    values = np.array([[1, 10, 1], [2, 11, 1], [9, 99, 1], [6, np.nan, 1], [4, 12, np.nan]], float)
    minutes, folded, doubled = merge_minutes(ts, values, ("gauge", "counter", "tally"), "average")
    assert minutes.tolist() == [0, 60_000_000] and doubled == 1
    assert np.array_equal(folded, [[3, 99, 3], [4, 12, np.nan]], equal_nan=True)
    assert merge_minutes(ts, values, ("gauge", "counter", "tally"), "last")[1][0].tolist() == [6, 99, 1]


@pytest.mark.parametrize("suffix", ["csv", "csv.gz"])
def test_lines_that_are_no_rows_take_no_other_along(tmp_path: Path, suffix: str) -> None:
    text = b't,m,kw\r\n1,2,3\r\n"4,5,6\r\n7,8,9\r\n\r\n1,2\r\n"a ""b""",\xff,3\r\n1,2,3'
    path = tmp_path / f"x.{suffix}"
    path.write_bytes(gzip.compress(text) if suffix.endswith("gz") else text)
    block = CsvFile(path, SourcePart.model_validate(MINIMAL["sources"][0])).read(1 << 20)
    assert block and block.lines.tolist() == [2, 4, 7, 8]
    assert [each.line for each in block.aside] == [3, 5, 6]
    assert block.table.column("t").to_pylist() == ["1", "7", 'a "b"', "1"]
    assert block.raw(2) == '"a ""b""",\\xff,3'


CELLS = st.sampled_from(["1", "2.5", "", "NaN", "inf", "-1e300", "x", '"', "1,5", " 7 ", "é"])
TIMES = st.integers(0, 400).map(lambda at: f"2025-10-26 0{at // 100}:{at % 60:02d}:{(at * 7) % 60:02d}")
ROWS = st.lists(
    st.tuples(
        st.one_of(TIMES, st.sampled_from(["", "never", "2025-03-30 02:30", "1950-01-01 00:00"])),
        st.sampled_from(['"P ""1"""', "pump_2", "pump_3", ""]),
        CELLS,
        CELLS,
        CELLS,
    ).map(",".join),
    max_size=60,
)


@settings(max_examples=60, deadline=None)
@given(
    rows=ROWS, size=st.sampled_from([64, 300, 1 << 20]), within=st.sampled_from(["average", "last"]), late=st.booleans()
)
def test_every_row_read_is_loaded_merged_or_kept_aside(
    tmp_path_factory: pytest.TempPathFactory, rows: list[str], size: int, within: str, late: bool
) -> None:
    path = tmp_path_factory.mktemp("rows") / "x.csv"
    path.write_text("\n".join(["t,m,kw,runs,kwh", *rows, "2025-10-26 05:00,pump_2,1,1,1"]) + "\n")
    found = understood(path, mapping(within_minute=within, out_of_order="aside" if late else "load"), size)
    total = tally(found)
    assert total.read == len(rows) + 1 and total.balanced
    assert total.kept_aside == sum(len(each.aside) for each in found)
    assert total.loaded == sum(len(own) for each in found for own in each.rows.values())
    lines = [each.line for block in found for each in block.aside]
    assert len(lines) == len(set(lines)) and all(2 <= line <= total.read + 1 for line in lines)


def test_the_size_of_blocks_changes_nothing(tmp_path: Path) -> None:
    lines = [
        f"2025-10-26 0{h}:{m:02d}:{s:02d},pump_{1 + s % 2},{m},1,{h}"
        for h in range(4)
        for m in range(60)
        for s in (1, 2, 31)
    ]
    path = tmp_path / "x.csv"
    path.write_text("\n".join(["t,m,kw,runs,kwh", *lines]))
    whole, small = (understood(path, mapping(), size) for size in (1 << 20, 500))
    assert len(small) > 20
    assert tally(small) == tally(whole)
    for machine, rows in whole[0].rows.items():
        assert np.array_equal(
            np.concatenate([each.rows[machine].ts for each in small if machine in each.rows]), rows.ts
        )


def test_one_reading_a_row_with_its_name_in_a_column(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    lines = [
        "t,m,tag,v",
        "2025-01-01 10:00,pump_2,power [W],1500",
        "2025-01-01 10:00,pump_2,runs,3",
        "2025-01-01 10:00,pump_2,heat,3",
    ]
    path.write_text("\n".join(lines))
    columns = {"power [W]": {"metric": "kw", "unit": "W"}, "runs": "runs"}
    (found,) = understood(path, mapping(tag={"column": "tag", "value": "v"}, columns=columns))
    assert found.rows["pump_2"].values[0, :2].tolist() == [1.5, 3]
    assert tally([found]).aside == {"unknown metric": 1} and tally([found]).merged == 1


def test_a_draft_of_the_example_is_a_mapping(tmp_path: Path) -> None:
    path = tmp_path / "draft.toml"
    path.write_text(draft_mapping(EXAMPLE, tmp_path))
    drafted = read_mapping(path)
    assert find_contradictions(drafted) == []
    assert set(drafted.types) == {"chiller", "pump"}
    german = drafted.sources[0]
    assert (german.delimiter, german.decimal, german.encoding, german.skip_lines) == (";", ",", "cp1252", 1)
    assert german.time.format == "%d.%m.%Y %H:%M" and german.null == ("", "---")
    assert drafted.sources[1].machine.column == "asset"


def test_a_draft_tells_a_wide_file_by_its_columns(tmp_path: Path) -> None:
    header = "ts,CH1_kW,CH1_SupplyTemp,CH2_kW"
    (tmp_path / "export.csv").write_text(f"{header}\n2025-11-03 08:00,212,44.6,198\n2025-11-03 08:01,213,44.6,197\n")
    path = tmp_path / "draft.toml"
    path.write_text(draft_mapping(tmp_path, tmp_path))
    drafted = read_mapping(path)
    assert find_contradictions(drafted) == [] and [m.called for m in drafted.machines] == [("CH1",), ("CH2",)]
    assert list(drafted.types) == ["chiller"] and list(drafted.types["chiller"].metrics) == ["kw", "supplytemp"]
    (found,) = understood(tmp_path / "export.csv", drafted)
    assert found.rows["ch2"].values[0, 0] == 198


def test_a_folder_without_readings_gives_no_draft(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing to see\n")
    with pytest.raises(InvalidInput, match="No CSV or Parquet file"):
        draft_mapping(tmp_path, tmp_path)
