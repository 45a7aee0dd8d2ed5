"""Importing into a real PostgreSQL: right rows, once; through kill -9; catalogues that grow; and questions answered."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.csv
import pyarrow.parquet
import pytest

from cc_common.catalog.growth import check_simulated, is_imported
from cc_common.catalog.store import install_catalog, load_catalog
from cc_common.connectors import Import
from cc_common.connectors.report import Report
from cc_common.core.errors import Conflict, InvalidInput
from cc_common.core.settings import PROJECT, Settings
from cc_common.core.windows import Window
from cc_common.db import Database
from cc_common.operations.preparation import prepare_plant
from cc_common.simulator import PLANT
from cc_common.timeseries import TimeSeries
from tests.integration.conftest import StubEngine, running
from tests.integration.timeseries.test_writes import DIFFERENCES

EXAMPLE = PROJECT / "docs" / "example"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
START = datetime(2025, 10, 25, 22, 30, tzinfo=UTC)  # of the example, half an hour into the plant's 26th of October
MINUTE = timedelta(minutes=1)


def load(database: Database, folder: Path, **options: Any) -> Report:
    options = {"mapping": folder / "plant.toml", "folder": folder / "out", "now": NOW, "block": 3000, **options}
    return Import(database=database, **options).run()


def rows(database: Database, statement: str) -> list[tuple[Any, ...]]:
    with database.connection() as connection:
        return [tuple(row) for row in connection.execute(statement).fetchall()]


def kept_aside(folder: Path) -> list[dict[str, str]]:
    with (folder / "out" / "rejects.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def change(folder: Path, old: str, new: str, file: str = "plant.toml", encoding: str = "utf-8") -> None:
    text = (folder / file).read_bytes().decode(encoding)
    assert old in text
    (folder / file).write_bytes(text.replace(old, new).encode(encoding))


def rollups_are_right(database: Database) -> bool:
    catalog = load_catalog(database)
    return not any(
        rows(
            database,
            DIFFERENCES.format(
                unit=unit, grain=grain, tz=catalog.tz, m=metric.name, table=machine.id, kind=machine.type
            ),
        )[0][0]
        for machine in catalog.equipment
        for metric in catalog.type_of(machine.id).metrics
        for unit, grain in (("hour", "hourly"), ("day", "daily"))
    )


def test_the_example_is_loaded_to_the_row(timeseries_db: Database, example: Path) -> None:
    total = load(timeseries_db, example).total
    assert (total.read, total.loaded, total.merged, total.kept_aside) == (1801, 1197, 598, 6) and total.balanced
    kept = kept_aside(example)
    assert [(row["file"], row["line"], row["reason"]) for row in kept[:2]] == [
        ("KM 1.csv", "101", "unreadable number"),
        ("KM 1.csv", "121", "wrong number of fields"),
    ]
    assert json.loads((example / "out" / "report.json").read_text())["total"]["kept_aside"] == len(kept) == 6
    assert rollups_are_right(timeseries_db)


def test_the_wide_example_is_loaded_machine_by_machine(timeseries_db: Database, example: Path) -> None:
    folder = example / "wide"
    for _ in range(2):
        total = load(timeseries_db, folder).total
        assert (total.read, total.loaded, total.kept_aside) == (12, 9, 3) and total.balanced
    assert [(row["line"], row["reason"], row["column"]) for row in kept_aside(folder)] == [
        ("4", "unreadable number", "CH1_kW"),
        ("6", "unreadable time", ""),
        ("7", "no reading", ""),
    ]
    found = rows(timeseries_db, "SELECT power_kw, chw_supply_temp_c FROM chiller_1 ORDER BY ts")
    assert [power for power, _ in found] == [pytest.approx(212.4), 213, pytest.approx(211.8)]
    assert found[0][1] == pytest.approx(7)
    assert rows(timeseries_db, "SELECT fan_power_kw FROM cooling_tower_1 ORDER BY ts LIMIT 1")[0][0] == pytest.approx(
        15.2
    )
    assert rollups_are_right(timeseries_db)


def test_of_a_wide_file_only_some_machines(timeseries_db: Database, example: Path) -> None:
    total = load(timeseries_db, example / "wide", only=["chiller_2"]).total
    assert (total.read, total.loaded, total.passed_over, total.kept_aside) == (5, 3, 7, 2)


def test_units_and_the_hour_that_comes_twice_come_out_right(timeseries_db: Database, example: Path) -> None:
    load(timeseries_db, example)
    found = rows(timeseries_db, "SELECT ts, power_kw, chw_supply_temp_c FROM chiller_2 ORDER BY ts")
    missing = START + 38 * MINUTE  # its line bears the 31st of February
    assert [row[0] for row in found] == [at for i in range(300) if (at := START + i * MINUTE) != missing]
    lines = (example / "chillers" / "KM 2.csv").read_text("cp1252").splitlines()
    for line in (lines[2], lines[250]):
        _, watts, fahrenheit, *_ = line.split(";")
        celsius = (float(fahrenheit.replace(",", ".")) - 32) / 1.8
        assert any(row[1:] == pytest.approx((float(watts) / 1000, celsius), rel=1e-6) for row in found)


def test_the_same_files_twice_are_the_same_rows(timeseries_db: Database, example: Path) -> None:
    first = load(timeseries_db, example)
    before = rows(timeseries_db, "SELECT * FROM chiller_1 ORDER BY ts"), (example / "out" / "rejects.csv").read_bytes()
    again = load(timeseries_db, example)
    assert again.total == first.total and all(file.before == file.tally.read for file in again.files)
    change(
        example,
        '"P el [W]" = { metric = "power_kw", unit = "W" }',
        '"P el [W]" = { metric = "power_kw", factor = 0.001 }',
    )
    anew = load(timeseries_db, example)
    assert anew.files[0].before == 0 and anew.files[0].tally.replaced == anew.files[0].tally.loaded == 298
    assert before == (
        rows(timeseries_db, "SELECT * FROM chiller_1 ORDER BY ts"),
        (example / "out" / "rejects.csv").read_bytes(),
    )
    assert rollups_are_right(timeseries_db)


def test_a_check_writes_nothing(timeseries_db: Database, example: Path) -> None:
    assert load(timeseries_db, example, check=True).total.loaded == 1197
    assert rows(timeseries_db, "SELECT count(*) FROM plant")[0][0] == 0
    assert rows(timeseries_db, "SELECT count(*) FROM import_chunk")[0][0] == 0


def test_parquet_gives_the_same_as_csv(timeseries_db: Database, example: Path) -> None:
    load(timeseries_db, example)
    before = rows(timeseries_db, "SELECT * FROM pump_101 ORDER BY ts")
    table = pyarrow.csv.read_csv(
        example / "pumps.csv", convert_options=pyarrow.csv.ConvertOptions(null_values=["", "NaN"])
    )
    pyarrow.parquet.write_table(table, example / "pumps.parquet", row_group_size=170)
    change(example, 'files = "pumps.csv"', 'files = "pumps.parquet"')
    report = load(timeseries_db, example)
    assert report.files[-1].tally.replaced == report.files[-1].tally.loaded == 600
    assert report.files[-1].tally.kept_aside == 3
    assert rows(timeseries_db, "SELECT * FROM pump_101 ORDER BY ts") == before


def test_a_file_with_other_columns_leaves_the_readings_beside_it(timeseries_db: Database, example: Path) -> None:
    load(timeseries_db, example)
    before = rows(timeseries_db, "SELECT ts, power_kw FROM chiller_1 ORDER BY ts")
    (example / "extra.csv").write_text("t,temp\n2025-10-25T22:30:00Z,6.5\n2025-10-25T22:31:00Z,6.6\n")
    text = (example / "plant.toml").read_text().split("# One file a machine")[0]
    source = '[[sources]]\nfiles="extra.csv"\ntime={column="t"}\nmachine={id="chiller_1"}\n'
    (example / "plant.toml").write_text(f'{text}{source}columns={{temp="chw_supply_temp_c"}}\n')
    assert load(timeseries_db, example).total.replaced == 2
    assert rows(timeseries_db, "SELECT ts, power_kw FROM chiller_1 ORDER BY ts") == before
    assert rows(timeseries_db, "SELECT chw_supply_temp_c FROM chiller_1 ORDER BY ts LIMIT 1")[0][0] == 6.5
    assert rollups_are_right(timeseries_db)


def test_import_of_named_machines_passes_over_the_others(timeseries_db: Database, example: Path) -> None:
    total = load(timeseries_db, example, only={"pump_102"}).total
    assert total.balanced and total.loaded == 300 and total.passed_over == 599
    assert rows(timeseries_db, "SELECT count(*) FROM chiller_1")[0][0] == 0
    with pytest.raises(InvalidInput, match="Did you mean pump_10"):
        load(timeseries_db, example, only={"pump_103"})


def test_a_killed_import_goes_on_where_it_was(timeseries_db: Database, tmp_path: Path) -> None:
    lines = [f"{START + i * MINUTE:%Y-%m-%d %H:%M},{i % 500},{'x' if i % 997 == 0 else i % 7}" for i in range(60_000)]
    (tmp_path / "pump 1.csv").write_text("\n".join(["t,kw,flow", *lines]))
    metrics = "[types.pump.metrics.kw]\n[types.pump.metrics.flow]\n"
    plant = '[plant]\nname="P"\ntz="UTC"\n' + metrics + '[[machines]]\nid="pump_1"\ntype="pump"\ncalled=["pump 1"]\n'
    source = '[[sources]]\nfiles="*.csv"\ntime={column="t"}\ncolumns={kw="kw",flow="flow"}\n'
    (tmp_path / "plant.toml").write_text(plant + source)
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from cc_common.db import Database\nfrom cc_common.connectors import Import\n"
        "database = Database(sys.argv[1], pool_size=2, timeout_s=5, name='killed')\n"
        "Import(database=database, mapping=Path(sys.argv[2]), folder=Path(sys.argv[3]), block=20000).run()"
    )
    command = [sys.executable, "-c", code, timeseries_db.dsn, str(tmp_path / "plant.toml"), str(tmp_path / "out")]
    killed = subprocess.Popen(command, cwd=PROJECT)
    until = time.monotonic() + 60
    while rows(timeseries_db, "SELECT count(*) FROM import_chunk")[0][0] < 5:
        assert time.monotonic() < until and killed.poll() is None
        time.sleep(0.01)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    (file,) = load(timeseries_db, tmp_path, now=datetime.now(UTC)).files
    assert 0 < file.before < 60_000 and file.tally.balanced
    assert (file.tally.read, file.tally.kept_aside, file.tally.replaced) == (60_000, 61, 0)
    assert rows(timeseries_db, "SELECT count(*) FROM pump_1")[0][0] == 60_000 - 61
    assert [int(row["line"]) for row in kept_aside(tmp_path)] == [i + 2 for i in range(0, 60_000, 997)]
    assert rollups_are_right(timeseries_db)


def test_a_catalogue_grows(timeseries_db: Database, example: Path) -> None:
    load(timeseries_db, example)
    change(example, "[types.pump]\n", "[types.chiller.metrics.note_no]\n[types.fan.metrics.kw]\n[types.pump]\n")
    change(example, "# One file a machine", '[[machines]]\nid = "fan_1"\ntype = "fan"\n# One file a machine')
    change(example, 'ignore = ["Bemerkung"]\n\n[sources.columns]', '[sources.columns]\nBemerkung = "note_no"')
    change(
        example,
        "26.10.2025 00:30;191037;44,64;308,1;",
        "26.10.2025 00:30;191037;44,64;308,1;7",
        "chillers/KM 1.csv",
        "cp1252",
    )
    load(timeseries_db, example)
    catalog = load_catalog(timeseries_db)
    assert [t.name for t in catalog.types] == ["chiller", "pump", "fan"]
    assert rows(timeseries_db, "SELECT note_no FROM chiller_1 ORDER BY ts LIMIT 1") == [(7.0,)]
    latest = TimeSeries(timeseries_db, catalog).latest_all()
    assert {row.equipment for row in latest} and len(latest[0].readings) == 4
    assert rollups_are_right(timeseries_db)


def test_files_of_other_machines_are_not_read_anew_when_one_is_added(timeseries_db: Database, example: Path) -> None:
    load(timeseries_db, example)
    more = '[[machines]]\nid = "chiller_3"\ntype = "chiller"\n\n# One file a machine'
    change(example, "# One file a machine", more)
    again = {each.file: each.tally.read - each.before for each in load(timeseries_db, example).files}
    assert again == {"KM 1.csv": 0, "KM 2.csv": 0, "pumps.csv": 1200}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('unit = "degC"', 'unit = "degF"', "recorded as a gauge in °C, the mapping says a gauge in °F"),
        ('unit = "TR"', 'unit = "TR"\nkind = "counter"', "recorded as a gauge in TR, the mapping says a counter"),
        ('name = "Hafenwerk"', 'name = "Bergwerk"', "another plant goes into another database"),
        (
            'id = "pump_101"',
            'id = "pump_101"\nnumber = 7',
            "recorded as pump number 101, the mapping says pump number 7",
        ),
    ],
)
def test_what_contradicts_is_refused_before_any_row(
    timeseries_db: Database, example: Path, old: str, new: str, said: str
) -> None:
    load(timeseries_db, example, only={"chiller_1"})
    change(example, old, new)
    with pytest.raises(Conflict, match=said):
        load(timeseries_db, example)
    assert rows(timeseries_db, "SELECT count(*) FROM pump_101")[0][0] == 0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('ignore = ["note"]', "", "pumps.csv also has 'note'; map them, or list them in ignore"),
        ('"timestamp"', '"timestmp"', "pumps.csv has no column 'timestmp'; did you mean 'timestamp'"),
        ('called = ["KM 2"]', "", "the name of KM 2.csv is of no machine"),
        ('"pumps.csv"', '"pups.csv"', "no file fits 'pups.csv'"),
    ],
)
def test_what_the_files_do_not_have_is_named_before_any_row(
    timeseries_db: Database, example: Path, old: str, new: str, said: str
) -> None:
    change(example, old, new)
    with pytest.raises(InvalidInput, match=said):
        load(timeseries_db, example)
    assert rows(timeseries_db, "SELECT count(*) FROM plant")[0][0] == 0


def test_odd_names_are_only_names(timeseries_db: Database, tmp_path: Path) -> None:
    odd = 'Pump "A"; DROP TABLE plant; -- %s {x} é'
    with (tmp_path / "x.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["t", "wer", "kW; \"'%(a)s"], ["2025-01-01T00:00Z", odd, "1.5"]])
    metrics = '[types."Kühlung".metrics."größe"]\nlabel="\'size\'"\n'
    machine = f"[[machines]]\nid='Zähler_1'\ntype='Kühlung'\nname='''{odd}'''\naliases=[\"it's\"]\n"
    source = '[[sources]]\nfiles="x.csv"\ntime={column="t"}\nmachine={column="wer"}\n'
    source += '[sources.columns]\n"kW; \\"\'%(a)s"="größe"\n'
    (tmp_path / "plant.toml").write_text(f'[plant]\nname="O\'Brien"\ntz="UTC"\n{metrics}{machine}{source}')
    assert load(timeseries_db, tmp_path).total.loaded == 1
    assert rows(timeseries_db, 'SELECT "größe" FROM "Zähler_1"') == [(1.5,)]
    readings = TimeSeries(timeseries_db, load_catalog(timeseries_db))
    window = Window(start=datetime(2025, 1, 1, tzinfo=UTC), end=datetime(2025, 1, 2, tzinfo=UTC))
    figure = readings.figure("Zähler_1", "größe", window, "max")
    assert figure and figure.value == 1.5


def test_nothing_is_simulated_beside_it_nor_imported_into_the_simulated_plant(
    timeseries_db: Database, example: Path, tmp_path: Path
) -> None:
    install_catalog(timeseries_db, PLANT)
    with pytest.raises(Conflict, match="simulated plant"):
        load(timeseries_db, example)
    check_simulated(timeseries_db)
    assert not is_imported(timeseries_db)


def test_the_launcher_leaves_an_imported_plant_alone(timeseries_db: Database, example: Path, tmp_path: Path) -> None:
    change(example, 'name = "Hafenwerk"', f'name = "{PLANT.plant_name}"')
    load(timeseries_db, example)
    settings = Settings(_env_file=None, data_dir=tmp_path, timeseries_dsn=timeseries_db.dsn)  # type: ignore[call-arg]
    assert prepare_plant(timeseries_db, settings) is False
    assert len(load_catalog(timeseries_db).equipment) == 4
    with pytest.raises(Conflict, match="nothing is simulated"):
        check_simulated(timeseries_db)


def test_questions_about_the_imported_plant_are_answered(
    app_db: Database, timeseries_db: Database, example: Path, stub: StubEngine
) -> None:
    load(timeseries_db, example)
    newest = rows(timeseries_db, "SELECT power_kw FROM chiller_2 ORDER BY ts DESC LIMIT 1")[0][0]
    dsns = {"app_dsn": app_db.dsn, "timeseries_dsn": timeseries_db.dsn}
    with running(Settings(_env_file=None, data_dir=example, **dsns), stub) as app:  # type: ignore[arg-type]
        answer = app.test_client().post("/api/v1/query", json={"query": "Show chiller 2 power"}).get_json()
    assert answer["values"][0]["equipment"] == "chiller_2"
    assert answer["values"][0]["value"] == pytest.approx(newest)
    assert "kilowatts" in answer["spoken"]
