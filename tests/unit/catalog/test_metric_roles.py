"""Roles of metrics: as the simulator's types declare them, as an imported plant's are guessed and overridden."""

from __future__ import annotations

from pathlib import Path

import pytest

from cc_common.catalog.equipment import EquipmentType
from cc_common.catalog.metric_roles import drivers_of, filter_of, metric_with, power_of, weather_of, work_of, worn_of
from cc_common.catalog.store import Catalog
from cc_common.connectors.mapped_catalog import build_catalog, find_contradictions
from cc_common.connectors.mapping import PlantMapping, read_mapping
from cc_common.core.errors import InvalidInput
from cc_common.simulator import PLANT
from cc_common.simulator.plant_types import ROLES

COMPRESSOR = """
[plant]
name = "Sawmill"
tz = "Europe/Vienna"
[types.compressor.metrics]
register = { label = "Energy", unit = "kWh", kind = "counter" }
heat_kw = { label = "Recovered heat", unit = "kW" }
motor_kw = { label = "Motor kW", unit = "kW" }
disch_t = { label = "Discharge Temp", unit = "°C" }
air = { label = "Air flow", unit = "m³/h" }
load = { label = "Load", unit = "%" }
brg = { label = "Bearing temperature DE", unit = "°C", high = 90 }
room = { label = "Room temperature", unit = "°C" }
vib = { label = "Shaft", unit = "mm/s", high = 7 }
[types.fan.metrics]
inlet = { label = "Outdoor temperature", unit = "°C" }
draw = { label = "Draw", unit = "kW" }
dp = { label = "Filter pressure drop", unit = "Pa", high = 250 }
fan = { label = "Fan speed", unit = "%" }
[[machines]]
id = "c1"
type = "compressor"
[[machines]]
id = "f1"
type = "fan"
[[sources]]
files = "*.csv"
time = { column = "t" }
columns = { a = "motor_kw" }
"""


def mapped(folder: Path, old: str = "", new: str = "") -> PlantMapping:
    path = folder / "mapping.toml"
    path.write_text(COMPRESSOR.replace(old, new) if old else COMPRESSOR, "utf-8")
    return read_mapping(path)


def compressor(catalog: Catalog) -> EquipmentType:
    return catalog.type("compressor")


def test_roles_of_an_imported_plant_are_guessed_by_unit_and_words(tmp_path: Path) -> None:
    catalog = build_catalog(mapped(tmp_path))
    kind, work = compressor(catalog), work_of(compressor(catalog))
    roles = ("power", "energy", "outlet_temperature", "output", "load")
    found = [metric_with(kind, role) for role in roles]  # type: ignore[arg-type]
    assert [m and m.name for m in found] == ["motor_kw", "register", "disch_t", "air", "load"]
    assert (drivers_of(kind).load, drivers_of(kind).beside) == ("load", ("room",))
    assert work and (work.power, work.output, work.beside) == ("motor_kw", "air", ("room",))
    assert [m.name for m in worn_of(kind)] == ["brg", "vib"]


def test_a_filter_and_the_weather_are_guessed(tmp_path: Path) -> None:
    catalog = build_catalog(mapped(tmp_path))
    dirt, weather = filter_of(catalog.type("fan")), weather_of(catalog)
    assert dirt and dirt.name == "dp"
    assert weather and (weather[0].name, weather[1].name) == ("fan", "inlet")


def test_a_mapping_overrides_a_guess(tmp_path: Path) -> None:
    heat = 'label = "Recovered heat", unit = "kW"'
    found = power_of(compressor(build_catalog(mapped(tmp_path, heat, heat + ', role = "power"'))))
    assert found and found.name == "heat_kw"
    none = power_of(
        compressor(build_catalog(mapped(tmp_path, '"Motor kW", unit = "kW"', '"M", unit = "kW", role = "none"')))
    )
    assert none is None


def test_an_unknown_role_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"motor_kw\.role: .*'power', .*'fuel_level'"):
        mapped(tmp_path, '"Motor kW", unit = "kW"', '"Motor kW", unit = "kW", role = "might"')


def test_two_metrics_of_one_role_are_a_mistake(tmp_path: Path) -> None:
    twice = COMPRESSOR.count('unit = "kW" }')
    mapping = mapped(tmp_path, 'unit = "kW" }', 'unit = "kW", role = "power" }')
    assert twice == 3
    assert find_contradictions(mapping) == ["types.compressor.metrics: 2 have the role 'power'; only one of a type may"]


def test_every_simulated_type_declares_roles_of_metrics_it_has() -> None:
    assert set(ROLES) == {kind.name for kind in PLANT.types}
    for kind in PLANT.types:
        assert set(ROLES[kind.name]) <= {m.name for m in kind.metrics}
        assert all(m.role for m in kind.metrics)
