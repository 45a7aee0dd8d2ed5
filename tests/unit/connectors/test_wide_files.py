"""Wide files, a column for each machine and metric: readings go to their machines, and the balance holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from cc_common.connectors.files import ParquetFile, file_layouts
from cc_common.connectors.mapped_catalog import build_catalog, find_contradictions
from cc_common.connectors.mapping import PlantMapping
from cc_common.connectors.rows import parse_rows
from cc_common.core.errors import InvalidInput
from tests.unit.connectors.test_mapping_and_rows import CELLS, MINIMAL, NOW, TIMES, tally, understood

HEADER = {"header": "(.+)/(.+)"}
COLUMNS = {"kW": "kw", "W": {"metric": "kw", "unit": "W"}, "runs": "runs"}
WHOLE = CELLS.filter(lambda cell: cell != '"')  # a lone quote is a line of its own, or a cell, by where a block ends


def wide(**source: Any) -> PlantMapping:
    shape = {"files": "x.*", "time": {"column": "t"}, "machine": HEADER, "columns": COLUMNS}
    return PlantMapping.model_validate(MINIMAL | {"sources": [shape | source]})


def written(folder: Path, *lines: str) -> Path:
    (folder / "x.csv").write_text("\n".join(lines) + "\n")
    return folder / "x.csv"


def test_each_reading_goes_to_the_machine_of_its_column(tmp_path: Path) -> None:
    path = written(tmp_path, "t,pump_1/W,pump_2/kW,pump_2/runs", "2025-01-01 10:00,1500,2,3", "2025-01-01 10:01,,4,")
    (found,) = understood(path, wide())
    one, two = found.rows["pump_1"], found.rows["pump_2"]
    assert np.array_equal(one.values, [[1.5, np.nan, np.nan]], equal_nan=True)
    assert np.array_equal(two.values, [[2, 3, np.nan], [4, np.nan, np.nan]], equal_nan=True)
    assert tally([found]).read == tally([found]).loaded == 3


def test_a_bad_cell_keeps_its_own_machine_aside_and_a_bad_time_the_line_once(tmp_path: Path) -> None:
    header, good = "t,pump_1/kW,pump_1/runs,pump_2/kW", "2025-01-01 10:02,1,2,3"
    lines = (header, "2025-01-01 10:00,1,?,3", "2025-01-01 10:99,1,2,3", "2025-01-01 10:01,,,", good)
    (found,) = understood(written(tmp_path, *lines), wide())
    assert [(a.line, a.reason, a.column, a.row) for a in found.aside] == [
        (2, "unreadable number", "pump_1/runs", lines[1]),
        (3, "unreadable time", "", lines[2]),
        (4, "no reading", "", lines[3]),
    ]
    assert (len(found.rows["pump_1"]), len(found.rows["pump_2"])) == (1, 2) and tally([found]).balanced


def test_columns_that_no_pattern_finds_say_their_machine(tmp_path: Path) -> None:
    path = written(tmp_path, "t,main drive,pump_2/kW", "2025-01-01 10:00,7,8")
    drive = {"machine": 'P "1"', "metric": "kw"}
    (alone,) = understood(path, wide(machine={"file": "(.+)"}, columns={"main drive": drive}, ignore=["pump_2/kW"]))
    assert alone.rows["pump_1"].values[0, 0] == 7 and alone.rows.keys() == {"pump_1"}
    (both,) = understood(path, wide(columns=COLUMNS | {"main drive": drive}))
    assert both.rows["pump_1"].values[0, 0] == 7 and both.rows["pump_2"].values[0, 0] == 8


def test_groups_may_stand_in_any_order_by_name(tmp_path: Path) -> None:
    path = written(tmp_path, "t,kW of pump_2", "2025-01-01 10:00,8")
    (found,) = understood(path, wide(machine={"header": "(?P<reading>.+) of (?P<machine>.+)"}))
    assert found.rows["pump_2"].values[0, 0] == 8


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(st.tuples(TIMES, WHOLE, WHOLE, WHOLE).map(",".join), min_size=1, max_size=40),
    size=st.sampled_from([64, 300, 1 << 20]),
)
def test_the_balance_holds_and_the_size_of_blocks_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, rows: list[str], size: int
) -> None:
    path = written(tmp_path_factory.mktemp("rows"), "t,pump_1/kW,pump_2/kW,pump_1/runs", *rows)
    whole, parts = understood(path, wide()), understood(path, wide(), size)
    assert tally(whole).balanced and tally(parts).balanced
    assert [a for each in whole for a in each.aside] == [a for each in parts for a in each.aside]
    assert tally(whole).read == tally(parts).read
    assert tally(whole).kept_aside + tally(whole).loaded + tally(whole).merged == tally(whole).read


def test_columns_of_parquet_may_differ_in_type(tmp_path: Path) -> None:
    plan, times = wide(), pa.array([1_750_000_000_000_000, 1_750_000_060_000_000], pa.timestamp("us", "UTC"))
    columns = {"t": times, "pump_1/kW": pa.array([1, 2]), "pump_2/kW": pa.array(["3.5", "x"])}
    parquet.write_table(pa.table(columns | {"pump_1/runs": pa.array([True, None])}), tmp_path / "x.parquet")
    (reading,) = file_layouts(tmp_path / "plant.toml", plan, build_catalog(plan), ())
    block = ParquetFile(tmp_path / "x.parquet").read(1 << 20)
    assert block is not None
    found = parse_rows(block, reading, build_catalog(plan), {}, now=NOW)
    assert found.rows["pump_1"].values[:, 0].tolist() == [1, 2] and found.rows["pump_1"].values[0, 1] == 1
    assert found.rows["pump_2"].values[:, 0].tolist() == [3.5]
    assert [(a.reason, a.column) for a in found.aside] == [("unreadable number", "pump_2/kW")]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"machine": {"header": "(.+)"}}, "machine.header: '(.+)' needs two (groups)"),
        ({"machine": {"header": "(.+"}}, "is no regular expression"),
        ({"tag": {"column": "a", "value": "b"}}, "not both"),
        ({"columns": {"x": {"machine": "pump_9", "metric": "kw"}}}, "no machine 'pump_9'; did you mean 'pump_"),
        (
            {"machine": {"file": "(.+)"}, "columns": {"x": {"machine": "pump_1", "metric": "kw"}, "y": "runs"}},
            "columns.y",
        ),
        ({"machine": {"id": "pump_1"}, "columns": {"x": {"machine": "pump_1", "metric": "kw"}}}, "leave out"),
    ],
)
def test_mistakes_of_a_wide_mapping_are_named(change: dict[str, Any], said: str) -> None:
    assert said in "\n".join(find_contradictions(wide(**change)))


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("t,pump_9/kW", "'pump_9/kW' is of no machine 'pump_9'; did you mean 'pump_"),
        ("t,pump_1/kW,pump_1/heat", "also has 'pump_1/heat'; map them, or list them in ignore"),
        ("t,pump_1/kW,pump_1/W", "'pump_1/kW' and 'pump_1/W' are both 'kw' of pump_1"),
        ("t,other", "has none of them"),
        ("time,pump_1/kW", "no column 't'"),
    ],
)
def test_what_a_wide_file_has_that_does_not_fit_is_named_before_any_row(tmp_path: Path, header: str, said: str) -> None:
    plan = wide()
    written(tmp_path, header)
    with pytest.raises(InvalidInput) as error:
        file_layouts(tmp_path / "plant.toml", plan, build_catalog(plan), ())
    assert said in str(error.value)
