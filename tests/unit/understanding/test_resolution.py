"""Name resolution on the simulated plant, and on a plant of somebody else's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cc_common.catalog.equipment import Equipment, EquipmentType, Metric
from cc_common.catalog.store import Catalog
from cc_common.simulator.plant import PLANT
from cc_common.understanding import Resolution, Resolver
from cc_common.understanding.tokens import TENS, UNITS, number_of

NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
RESOLVER = Resolver(PLANT)

MACHINES = {
    "Show chiller 1 power": ["chiller_001"],
    "chiller one": ["chiller_001"],
    "CH-1": ["chiller_001"],
    "ch1 kw": ["chiller_001"],
    "chiller no. 3": ["chiller_003"],
    "chiller number three": ["chiller_003"],
    "third chiller": ["chiller_003"],
    "the first and third chillers": ["chiller_001", "chiller_003"],
    "ahu twelve": ["ahu_012"],
    "a h u 12": ["ahu_012"],
    "genset 4 and DG 5": ["diesel_generator_004", "diesel_generator_005"],
    "chillers 1, 2 & 5": ["chiller_001", "chiller_002", "chiller_005"],
    "chillers 1 to 3": ["chiller_001", "chiller_002", "chiller_003"],
    "chiller 1-3": ["chiller_001", "chiller_002", "chiller_003"],
    "compare chiller 1 with 2": ["chiller_001", "chiller_002"],
    "compare chiller 1 to 3": ["chiller_001", "chiller_003"],
    "pump 17's vibration": ["pump_017"],
    "chiller 99, sorry, i mean chiller 9": ["chiller_009"],
    "ahu 3 no wait ahu 4 co2": ["ahu_004"],
    "sorry to bother you, pump 3 flow": ["pump_003"],
    "chillr 1 and boilr 2": ["chiller_001", "boiler_002"],
    "energy meter 33, EM34 and meter 35": ["energy_meter_033", "energy_meter_034", "energy_meter_035"],
    "AHU 7 min temperature": ["ahu_007"],
    "chiller 5 24h": ["chiller_005"],
    "chiller 3 at 3 pm": ["chiller_003"],
    "fire pump 3 and pump 3": ["fire_pump_003", "pump_003"],
    "show shift 2 power of chiller 4": ["chiller_004"],
    "main incomer energy": ["energy_meter_001"],
    "compressor load of chiller 1": ["chiller_001"],
    "pump 3 bearing 2 temperature": ["pump_003"],
    "compare lifst 17 and sevne": ["lift_017", "lift_007"],
    "set the speed of pump 7 to 50": ["pump_007"],
    "meter reading of EM-07": ["energy_meter_007"],
    "AHU 3rd floor": [],
    "chillers 24 hours": [],
    "what is on the 1st floor": [],
    "transformer 1 2 and 3 oil temp comparison": ["transformer_001", "transformer_002", "transformer_003"],
    "pump 1 2 3 amps": ["pump_001", "pump_002", "pump_003"],
    "set pump 3 50 percent": ["pump_003"],
    "a.h.u. 9": ["ahu_009"],
    "d.g. 3 fuel": ["diesel_generator_003"],
    "chiller 1. 4 pumps are off": ["chiller_001"],
    "the big pump 3": ["pump_003"],
    "standby pump 4": ["pump_004"],
    "chilled water pump 2": ["pump_002"],
    "main chiller 1 and our chiller 2": ["chiller_001", "chiller_002"],
    "co2 of the kitchen ahu 3": ["ahu_003"],
    "duty ahu 3": ["ahu_003"],
    "fuel dg 4": ["diesel_generator_004"],
    "bearing heat pump 3": ["pump_003"],
    "what is the co2 on ahu 27 in tower B": ["ahu_027"],
    "compressor 3 at 7 bar": ["air_compressor_003"],
    "lift l 3": ["lift_003"],
    "pumps 1 to 40": [f"pump_{n:03d}" for n in range(1, 6)],
}
TYPES = {
    "all chillers": ["chiller"],
    "which AHU has the highest CO2": ["ahu"],
    "every pump and fire pumps": ["pump", "fire_pump"],
    "CTs approach": ["cooling_tower"],
    "chiller 99": ["chiller"],
    "how is the plant doing": [],
    "tower B chillers": ["chiller"],
    "which ahu in tower c has the highest co2": ["ahu"],
    "is any tower a bit hot": ["cooling_tower"],
    "boiler house 1 steam": ["boiler"],
    "chiller 3 is fed from generator yard 2": ["chiller"],
    "ct with the best approach": ["cooling_tower"],
    "dg with weakest battery voltage": ["diesel_generator"],
    "which dg has the weakest battery": ["diesel_generator"],
    "best ct by approach": ["cooling_tower"],
    "how hard is the compressor on chiller 3 working": ["chiller"],
    "compare the compressors and chiller 3": ["air_compressor", "chiller"],
}
METRICS = {
    "chiller 1 power": "power_consumption_kw",
    "how many kilowatts is chiller 2 drawing": "power_consumption_kw",
    "chiller 1 kw/tr": "efficiency_kw_per_tr",
    "SAT of AHU 3": "supply_air_temp_c",
    "return temp of ahu 3": "return_air_temp_c",
    "how hot is transformer 3": "oil_temp_c",
    "chillr 2 vibraton": "vibration_mm_s",
    "meter 33 current": "current_a",
    "current power of meter 33": "active_power_kw",
    "genset 4 fuel": "fuel_level_pct",
    "boiler 2 fuel flow in kilograms per hour": "fuel_flow_kgh",
    "ahu 5 co2 above 900": "co2_ppm",
    "which pumps shake worst": "vibration_mm_s",
    "whats ch 7 pulling rn": "power_consumption_kw",
    "how many amps is pump 3 pulling": "motor_current_a",
    "pull up the vibration of lift 8": "vibration_mm_s",
    "kw/tr ch-9": "efficiency_kw_per_tr",
    "thd on meter 77": "current_thd_pct",
    "fad of comp 9": "air_flow_m3h",
    "how much steam is boiler 6 making": "steam_flow_kgh",
    "volts and amps on DG 4": "voltage_v",
    "how many volt is coming out from ups 12": "output_voltage_v",
    "highest chimney temp boiler 6": "flue_gas_temp_c",
    "CHLR-013 amps.. sorry i mean kilowatts": "power_consumption_kw",
    "how hard is the compressor on chiller 3 working": "compressor_load_pct",
    "What did the main incomer consume this week?": "energy_kwh",
    "em 23 burn units": "energy_kwh",
    "current reading of transformer 3 in volts": "voltage_v",
    "hot pump 3": "bearing_temp_c",
    "how much oil is left in transformer 6": "oil_level_pct",
    "how close to the wet bulb is ct 3 getting": "approach_temp_c",
    "how cool is the water coming out of chiller 2": "chw_supply_temp_c",
    "how thirsty is ct 4": "makeup_water_m3h",
    "is lift 11 rattling": "vibration_mm_s",
    "how fouled is the condenser of chiller 3": "condenser_approach_c",
}
COUNTS = {
    "top 5 chillers by power": (5,),
    "top five pumps over the last 24 hours": (5,),
    "the 3 worst pumps of floor 2": (3,),
    "which pumps draw more than 30 kW": (),
    "hottest one": (),
    "chiller 1 over the last 7 days": (),
}
UNKNOWN = {
    "chiller 99 power": "chiller 99",
    "compare chiller 1, 2 and 99": "chiller 99",
    "pump one hundred five": "pump one hundred five",
    "turbine 3": "turbine 3",
    "is turbine three hotter than chiller 2": "turbine three",
    "XYZ-7 power": "XYZ-7",
    "extruder 2 temperature": "extruder 2",
    "motor 3 temperature": "motor 3",
    "Chiller B power": "Chiller B",
    "chiller 12B": "chiller 12B",
    "chiller 1.5": "chiller 1.5",
    "pump 0": "pump 0",
    "show me turbine 3's kw": "turbine 3",
    "power for motor 17 and pump 3": "motor 17",
    "chillers 20 to 30": "chillers 30",
    "twenty-first lift": "twenty-first lift",
    "unit 3": "unit 3",
    "what's the temperature of heat pump 2": "heat pump 2",
    "compare chiller 1 and vacuum pump 3": "vacuum pump 3",
    "the insulin pump 3": "insulin pump 3",
    "kw of jockey pump 3": "jockey pump 3",
    "water meter 4 today": "water meter 4",
    "which oil pumps draw most": "oil pumps",
    "bar 7": "bar 7",
    "power of bar 7": "bar 7",
    "elevator x 3": "elevator x 3",
    "cooling tower B": "cooling tower B",
}
HARMLESS = [
    "top 5",
    "week 2",
    "phase 2",
    "floor 3",
    "shift 1",
    "chiller 1 in unit 3",
    "at 3 pm",
    "co2 of ahu 3",
    "Q3 of AHU 2",
    "compressor 2 below bar 7",
    "pressure bar 7",
    "elevators x 3",
    "people up in tower B say its stuffy",
    "how long until fire pump 4 runs out",
    "before the heat comes, who was better for water temperature, ct 5 or ct 18",
    "when will the level at BO 6 pass 12 percent",
]


def ask(question: str) -> Resolution:
    return RESOLVER.resolve(question, now=NOW)


@pytest.mark.parametrize(("question", "ids"), MACHINES.items())
def test_machines_in_order_of_mention(question: str, ids: list[str]) -> None:
    found = ask(question)
    assert [e.id for e in found.equipment] == ids
    assert found.unknown == ()


@pytest.mark.parametrize(("question", "types"), TYPES.items())
def test_named_types_are_found(question: str, types: list[str]) -> None:
    assert list(ask(question).equipment_types) == types


@pytest.mark.parametrize(("question", "metric"), METRICS.items())
def test_the_metric_meant_comes_first(question: str, metric: str) -> None:
    found = ask(question)
    assert (found.metrics[0].name, found.metric_named, found.unknown) == (metric, True, ())


@pytest.mark.parametrize(("question", "numbers"), COUNTS.items())
def test_counts_are_the_numbers_nothing_else_uses(question: str, numbers: tuple[int, ...]) -> None:
    assert ask(question).numbers == numbers


@pytest.mark.parametrize(("question", "text"), UNKNOWN.items())
def test_a_machine_the_plant_does_not_have_is_unknown(question: str, text: str) -> None:
    (unknown,) = ask(question).unknown
    assert (unknown.text, unknown.kind) == (text, "equipment")
    assert {e.name for e in PLANT.equipment}.issuperset(unknown.nearest)
    assert len(unknown.nearest) == 3


@pytest.mark.parametrize("question", HARMLESS)
def test_words_with_numbers_are_not_all_machines(question: str) -> None:
    assert ask(question).unknown == ()


def test_the_nearest_of_a_missing_number_are_its_neighbours() -> None:
    assert ask("chiller 99").unknown[0].nearest == ("Chiller 24", "Chiller 23", "Chiller 22")


@pytest.mark.parametrize(
    "question", ["chiller 1 fuel level", "chiller 1 oil temperature", "pump 3 battery", "boiler 2 humidity"]
)
def test_a_metric_of_other_types_only_is_unknown(question: str) -> None:
    found = ask(question)
    (unknown,) = found.unknown
    labels = {m.label for m in PLANT.type(found.equipment[0].type).metrics}
    assert unknown.kind == "metric"
    assert unknown.nearest and labels.issuperset(unknown.nearest)


def test_the_metrics_of_a_list_come_in_order_of_mention() -> None:
    assert [m.name for m in ask("kw and tr of ch 4").metrics] == ["power_consumption_kw", "cooling_load_tr"]
    assert [m.name for m in ask("volts and amps on DG 4").metrics][:2] == ["voltage_v", "current_a"]


def test_current_before_a_reading_is_no_electrical_current() -> None:
    assert not any(ask(q).metric_named for q in ("current value of DG 11", "current reading of transformer 3"))


@pytest.mark.parametrize("location", sorted({e.location for e in PLANT.equipment}))
def test_a_place_of_the_plant_is_no_unknown_machine(location: str) -> None:
    assert ask(f"power of chiller 3 near {location}").unknown == ()
    assert [e.id for e in ask(f"{location}: power of chiller 3").equipment] == ["chiller_003"]


def test_an_ambiguous_metric_gives_several_candidates() -> None:
    found = ask("AHU 12 temperature")
    assert {"supply_air_temp_c", "return_air_temp_c"} <= {m.name for m in found.metrics}


def test_metrics_shared_by_several_types_come_once() -> None:
    assert [m.name for m in ask("vibration of chiller 1 and pump 2").metrics] == ["vibration_mm_s"]


@pytest.mark.parametrize("question", ["", "hello", "chiller 1", "boiler 3 and lift 2", "happiness of pump 1"])
def test_without_a_metric_the_first_ones_of_the_types_are_candidates(question: str) -> None:
    found = ask(question)
    assert not found.metric_named
    assert len(found.metrics) == 6


def test_times_and_steps_come_with_the_names() -> None:
    found = ask("chiller 2 power by hour yesterday, top 3")
    assert ([w.label for w in found.windows], found.step, found.numbers) == (["yesterday"], "PT1H", (3,))


def test_typos_of_time_words_are_mended() -> None:
    found = ask("chiller 2 power over the last 8 housr, since yesturday")
    assert [w.label for w in found.windows] == ["PT8H", None]
    assert found.unknown == ()


def test_a_rate_is_no_step() -> None:
    assert ask("fuel flow of boiler 1 in kilograms per hour").step is None


def _spoken(number: int) -> str:
    tens, units = {v: w for w, v in TENS.items() if w != "fourty"}, {v: w for w, v in UNITS.items()}
    if number in units or number < 20:
        return units.get(number) or next(w for w in _TEENS if number_of(w) == number)
    return " ".join(filter(None, (tens[number // 10 * 10], units.get(number % 10, ""))))


_TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]


def _shapes(machine: Equipment) -> Iterator[str]:
    kind, n = PLANT.type(machine.type), machine.number
    yield from (machine.name, machine.id, machine.name.upper(), machine.name.lower(), *machine.aliases)
    yield from (f"{machine.name.rsplit(' ', 1)[0]} {_spoken(n)}", f"{kind.label} no. {n}", f"{kind.label} #{n}")
    for word in (kind.label, *kind.aliases):
        yield from (
            f"{word} {n}",
            f"{word}-{n}",
            f"{word}{n}",
            f"{word} {n:03d}",
            f"{word} {_spoken(n)}",
            f"{word}_{n}",
        )


@pytest.mark.parametrize("kind", [t.name for t in PLANT.types])
def test_every_canonical_form_is_exactly_that_machine(kind: str) -> None:
    wrong = [
        shape
        for machine in PLANT.of_type(kind)
        for shape in _shapes(machine)
        if (found := ask(f"show {shape} vibration")).equipment != (machine,)
        or any(u.kind == "equipment" for u in found.unknown)
    ]
    assert wrong == []


def _foreign_plant() -> Catalog:
    metric = Metric(
        name="throughput_tph", label="throughput", unit="t/h", unit_spoken="tonnes per hour", kind="gauge",
        low=None, high=None, decimals=1, aliases=("feed",),
    )  # fmt: skip
    mill = EquipmentType(name="mill", label="ball mill", plural="ball mills", aliases=(), metrics=(metric,))
    machines = (
        Equipment(id="m_a", type="mill", number=1, name="Mill A", location="North", aliases=("BM-101",)),
        Equipment(id="m_b", type="mill", number=2, name="Mill B", location="South", aliases=("BM-102", "the old mill")),
    )
    return Catalog(plant_name="Quarry", tz="Europe/Berlin", types=(mill,), equipment=machines)


@pytest.mark.parametrize(
    ("question", "ids"), {"mill b": ["m_b"], "BM-101 vs 102": ["m_a", "m_b"], "old mill": []}.items()
)
def test_all_words_about_machines_come_from_the_catalogue(question: str, ids: list[str]) -> None:
    found = Resolver(_foreign_plant()).resolve(f"{question} feed in tonnes per hour", now=NOW)
    assert [e.id for e in found.equipment] == ids
    assert ([m.name for m in found.metrics], found.step) == (["throughput_tph"], None)


def test_a_foreign_plant_has_no_chillers() -> None:
    (unknown,) = Resolver(_foreign_plant()).resolve("chiller 1", now=NOW).unknown
    assert unknown.text == "chiller 1"


_PIECES = st.sampled_from(
    [*MACHINES, *METRICS, *COUNTS, *UNKNOWN, "one hundred", "9" * 30, "#", "no.", "and", "to", "'s", "%"]
)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=2000), st.lists(st.one_of(_PIECES, st.text(max_size=4)), max_size=20).map(" ".join)))
def test_no_text_raises_and_bounds_hold(question: str) -> None:
    found = ask(question)
    assert len(found.equipment) <= 5
    assert 1 <= len(found.metrics) <= 6
    assert found == ask(question)


def test_a_time_that_was_taken_back_does_not_count() -> None:
    found = RESOLVER.resolve("chiller 2 power since yesterday... i mean the past twelve hours", now=NOW)
    assert [w.label for w in found.windows] == ["PT12H"]


def test_the_words_one_of_them_name_no_machine() -> None:
    found = RESOLVER.resolve("amps p31 vs p32, one of them sounds wrong", now=NOW)
    assert [machine.id for machine in found.equipment] == ["pump_031", "pump_032"]
