"""The equipment types of the simulated plant: their metrics, units, limits and words."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from cc_common.catalog.equipment import EquipmentType, Kind, Metric, Role

# Every unit as written and as said; a metric with an unknown unit fails at import.
SPOKEN: Final = {
    "": "",
    "kW": "kilowatts",
    "kWh": "kilowatt-hours",
    "kVA": "kilovolt-amperes",
    "kvar": "kilovars",
    "TR": "tons of refrigeration",
    "kW/TR": "kilowatts per ton",
    "°C": "degrees Celsius",
    "%": "percent",
    "mm/s": "millimetres per second",
    "m³/h": "cubic metres per hour",
    "bar": "bar",
    "Pa": "pascals",
    "ppm": "parts per million",
    "kg/h": "kilograms per hour",
    "V": "volts",
    "A": "amperes",
    "Hz": "hertz",
    "rpm": "revolutions per minute",
    "min": "minutes",
    "µS/cm": "microsiemens per centimetre",
    "trips": "trips",
    "faults": "faults",
    "cycles": "cycles",
}


# The role of each metric that has one; all others have none.
ROLES: Final[dict[str, dict[str, Role]]] = {
    "chiller": {
        "power_consumption_kw": "power",
        "cooling_load_tr": "output",
        "chw_supply_temp_c": "outlet_temperature",
        "chw_return_temp_c": "inlet_temperature",
        "cw_supply_temp_c": "ambient",
        "vibration_mm_s": "vibration",
    },
    "cooling_tower": {
        "fan_power_kw": "power",
        "basin_temp_c": "outlet_temperature",
        "inlet_temp_c": "inlet_temperature",
        "wet_bulb_temp_c": "weather",
        "fan_speed_pct": "speed",
        "makeup_water_m3h": "load",
        "vibration_mm_s": "vibration",
    },
    "pump": {
        "power_consumption_kw": "power",
        "flow_m3h": "output",
        "speed_pct": "speed",
        "vibration_mm_s": "vibration",
        "bearing_temp_c": "bearing_temperature",
    },
    "ahu": {
        "supply_air_temp_c": "outlet_temperature",
        "mixed_air_temp_c": "inlet_temperature",
        "fan_power_kw": "power",
        "fan_speed_pct": "speed",
        "airflow_m3h": "output",
        "filter_dp_pa": "filter_pressure_drop",
    },
    "transformer": {"load_kva": "power"},
    "diesel_generator": {"power_output_kw": "power", "fuel_level_pct": "fuel_level"},
    "ups": {"output_power_kw": "power", "load_pct": "load"},
    "energy_meter": {"active_power_kw": "power", "energy_kwh": "energy"},
    "air_compressor": {
        "power_consumption_kw": "power",
        "air_flow_m3h": "output",
        "load_pct": "load",
        "discharge_temp_c": "outlet_temperature",
        "vibration_mm_s": "vibration",
    },
    "boiler": {
        "steam_flow_kgh": "output",
        "steam_temp_c": "outlet_temperature",
        "feed_water_temp_c": "inlet_temperature",
    },
    "fire_pump": {"jockey_power_kw": "power", "fuel_level_pct": "fuel_level"},
    "lift": {
        "trips_count": "load",
        "power_consumption_kw": "power",
        "machine_room_temp_c": "ambient",
        "vibration_mm_s": "vibration",
    },
}


def metric(
    name: str,
    label: str,
    unit: str,
    decimals: int,
    low: float | None,
    high: float | None,
    aliases: str,
    kind: Kind = "gauge",
) -> Metric:
    """A metric; `low` and `high` are its alarm limits, `aliases` a comma-separated list."""
    return Metric(
        name=name,
        label=label,
        unit=unit,
        unit_spoken=SPOKEN[unit],
        kind=kind,
        low=None if low is None else float(low),
        high=None if high is None else float(high),
        decimals=decimals,
        aliases=split(aliases),
    )


def equipment_type(name: str, label: str, plural: str, aliases: str, *metrics: Metric) -> EquipmentType:
    """A type; its metrics in column order, each with its role."""
    roled = tuple(replace(m, role=ROLES[name].get(m.name, "none")) for m in metrics)
    return EquipmentType(name=name, label=label, plural=plural, aliases=split(aliases), metrics=roled)


def split(words: str) -> tuple[str, ...]:
    """The words of a comma-separated list."""
    return tuple(word.strip() for word in words.split(",") if word.strip())


# A table reads best with one line a metric.
# fmt: off
CHILLER: Final = equipment_type(
    "chiller", "chiller", "chillers", "CH, CHLR, chillers, chilling machine, chiller unit, refrigeration machine",
    metric("power_consumption_kw", "power consumption", "kW", 1, None, 340, "power, kw, kilowatts, draw, power draw, consumption, electrical power, input power, power usage, electricity, energy use, wattage"),
    metric("cooling_load_tr", "cooling load", "TR", 1, None, 490, "load, tr, tons, tonnage, cooling, cooling capacity, cooling output, heat load, tons of refrigeration, refrigeration load, cooling duty, refrigeration, thermal load, cooling demand"),
    metric("efficiency_kw_per_tr", "efficiency", "kW/TR", 3, None, 0.85, "eff, kw per tr, kw per ton, kw/tr, kw/ton, ikw, specific power, performance, cop, efficient, kilowatts per ton, specific consumption, plant efficiency"),
    metric("chw_supply_temp_c", "chilled water supply temperature", "°C", 1, 5.0, 9.5, "chwst, chws, chw supply, chw supply temp, chilled water supply, chilled water temperature, chilled water temp, leaving chilled water temperature, lchwt, leaving water temperature, supply temperature, supply temp, supply water temperature, evaporator outlet temperature, leaving chw temp, lwt, chw out, chilled water leaving temperature, supply water temp, outgoing water temperature, water coming out, water leaving, water going out"),
    metric("chw_return_temp_c", "chilled water return temperature", "°C", 1, None, 16.0, "chwrt, chwr, chw return, chw return temp, chilled water return, entering chilled water temperature, echwt, entering water temperature, return temperature, return temp, return water temperature, evaporator inlet temperature, entering chw temp, ewt, chw in, chilled water entering temperature, return water temp, water coming back, water come back, water comes back"),
    metric("chw_delta_t_c", "chilled water delta T", "°C", 1, None, 8.0, "delta, delta t, dt, chw delta, chw delta t, chilled water delta, chilled water temperature difference, temperature difference, evaporator delta t"),
    metric("cw_supply_temp_c", "condenser water supply temperature", "°C", 1, None, 34.0, "cwst, cws, cw supply, cw supply temp, cond water supply, cond supply, condenser water temp, condenser water supply temp, condenser water supply, condenser supply temperature, entering condenser water temperature, ecwt, condenser inlet temperature, condenser water temperature, condenser entering temperature, condenser water inlet temperature, condenser in"),
    metric("cw_return_temp_c", "condenser water return temperature", "°C", 1, None, 40.0, "cwrt, cwr, cw return, cw return temp, cond water return, cond return, condenser water return temp, condenser water return, condenser return temperature, leaving condenser water temperature, lcwt, condenser outlet temperature, condenser leaving temperature, condenser water outlet temperature, condenser out"),
    metric("compressor_load_pct", "compressor load", "%", 1, None, 100.0, "compressor loading, comp load, comp loading, loading, percent load, load percent, load percentage, compressor percent, slide valve position, compressor capacity, part load"),
    metric("vibration_mm_s", "vibration", "mm/s", 2, None, 4.5, "vibrations, vib, vibs, vibes, vibration level, vibration velocity, shaking, rms vibration, mm/s"),
    metric("condenser_approach_c", "condenser approach", "°C", 1, None, 3.5, "approach, approach temperature, cond approach, condenser approach temperature, small temperature difference, condenser fouling, fouling, fouled, tube fouling, dirty condenser, dirty tubes"),
    metric("suction_pressure_bar", "suction pressure", "bar", 2, 2.3, None, "suction, refrigerant pressure, evaporator pressure, refrigerant suction pressure, low side pressure, gas pressure"),
)
COOLING_TOWER: Final = equipment_type(
    "cooling_tower", "cooling tower", "cooling towers", "CT, CLT, tower, towers, tower of cooling, cooling towers, ct fan",
    metric("fan_power_kw", "fan power", "kW", 1, None, 32, "power, kw, kilowatts, draw, power draw, consumption, power consumption, fan kw, fan consumption, electrical power, electricity"),
    metric("basin_temp_c", "basin temperature", "°C", 1, None, 34.0, "basin, basin temp, basin water temperature, cold water temperature, sump temperature, outlet temperature, leaving water temperature, water temperature, temperature, temp, basin water temp, basin water, sump temp, tower water temperature, outlet temp"),
    metric("inlet_temp_c", "inlet water temperature", "°C", 1, None, 40.0, "inlet temp, inlet temperature, hot water temperature, entering water temperature, return water temperature, hot water"),
    metric("approach_temp_c", "approach temperature", "°C", 1, None, 6.5, "approach, approach temp, tower approach, approach to wet bulb, close to wet bulb, close to the wet bulb, near the wet bulb, to the wet bulb, to wet bulb, above wet bulb"),
    metric("wet_bulb_temp_c", "wet bulb temperature", "°C", 1, None, None, "wet bulb, wetbulb, wbt, outdoor wet bulb, ambient wet bulb"),
    metric("fan_speed_pct", "fan speed", "%", 0, None, None, "speed, fan percent, fan vfd, vfd speed, vfd, fan rpm, fan"),
    metric("makeup_water_m3h", "make-up water flow", "m³/h", 2, None, 12, "makeup water, make-up water, makeup, make up, water consumption, water use, water flow, makeup flow, water make-up, make-up, makeup rate, top up water, water top up, water consumed, thirsty, thirstiest, fresh water, make-up flow, make up flow, cubic metres of make-up, cubic metres of water"),
    metric("conductivity_us_cm", "water conductivity", "µS/cm", 0, None, 2200, "conductivity, tds, water quality, cycles of concentration"),
    metric("vibration_mm_s", "vibration", "mm/s", 2, None, 5.5, "vibrations, vib, vibs, fan vibration, vibration level, gearbox vibration, shaking, mm/s"),
)
PUMP: Final = equipment_type(
    "pump", "pump", "pumps", "PMP, PU, P, pumps, water pump, chw pump, chwp, cwp, chilled water pump, condenser water pump",
    metric("power_consumption_kw", "power consumption", "kW", 1, None, 60, "power, kw, kilowatts, draw, power draw, consumption, electrical power, motor power, power usage, electricity, load"),
    metric("flow_m3h", "flow", "m³/h", 0, None, None, "flow rate, water flow, flowrate, discharge, cubic metres per hour, m3/h, cmh, throughput, delivery, water flow rate, cubic metres, volume flow, pumping rate, how much water"),
    metric("suction_pressure_bar", "suction pressure", "bar", 2, 0.6, None, "suction, inlet pressure, suction side pressure, suction side"),
    metric("discharge_pressure_bar", "discharge pressure", "bar", 2, None, 6.5, "pressure, outlet pressure, delivery pressure, head, pump head, discharge side pressure, discharge side"),
    metric("speed_pct", "speed", "%", 0, None, None, "vfd speed, vfd, drive speed, motor speed, pump speed, rpm"),
    metric("motor_current_a", "motor current", "A", 1, None, 110, "current, amps, amperes, amperage, motor amps, ampere, motor amperage, motor ampere, current draw, amp draw"),
    metric("vibration_mm_s", "vibration", "mm/s", 2, None, 4.5, "vibrations, vib, vibs, vibration level, vibration velocity, shaking, rms vibration, mm/s"),
    metric("bearing_temp_c", "bearing temperature", "°C", 1, None, 80, "bearing temp, bearing, bearing heat, bearings, de bearing temperature, temperature, temp"),
    metric("motor_temp_c", "motor temperature", "°C", 1, None, 95, "motor temp, winding temperature, motor winding temperature, motor heat"),
)
AHU: Final = equipment_type(
    "ahu", "air handling unit", "air handling units", "AHU, AHUs, air handler, air handlers, air handling unit, air handling units, air unit, handling unit",
    metric("supply_air_temp_c", "supply air temperature", "°C", 1, None, 19.0, "sat, supply air temp, supply air, supply temperature, supply temp, discharge air temperature, dat, off coil temperature, leaving air temperature, air temperature, temperature, temp, supplied air temperature, temperature of the supply air, blown air temperature"),
    metric("return_air_temp_c", "return air temperature", "°C", 1, None, 28.0, "rat, return air temp, return air, return temperature, return temp, room temperature, room temp, space temperature, zone temperature, on coil temperature, room air temperature, temperature of the return air"),
    metric("mixed_air_temp_c", "mixed air temperature", "°C", 1, None, None, "mat, mixed air temp, mixed air, mixing box temperature"),
    metric("fan_power_kw", "fan power", "kW", 2, None, 16, "power, kw, kilowatts, draw, power draw, consumption, power consumption, fan kw, fan consumption, electrical power, motor power, electricity, load"),
    metric("fan_speed_pct", "fan speed", "%", 0, None, None, "speed, fan percent, vfd speed, vfd, fan vfd, supply fan speed, fan rpm"),
    metric("airflow_m3h", "airflow", "m³/h", 0, None, None, "air flow, flow, air volume, air quantity, supply airflow, cmh, m3/h, cubic metres per hour, cfm, air delivery, air flow rate, supply air flow, air volume flow, how much air, moves more air, more air, most air, least air, less air"),
    metric("filter_dp_pa", "filter differential pressure", "Pa", 0, None, 280, "filter dp, filter pressure, filter pressure drop, filter, filter drop, filter clogging, filter choke, differential pressure, dp, dirty filter, pressure drop, filter loading, filter condition, filter loss, filter resistance, filter delta p, filter delta pressure, filter status"),
    metric("chw_valve_pct", "chilled water valve position", "%", 0, None, None, "valve, valve position, chw valve, cooling valve, valve opening, coil valve, chilled water valve, valve percent"),
    metric("duct_pressure_pa", "duct static pressure", "Pa", 0, None, 420, "static pressure, duct pressure, duct static, supply pressure, static, pressure"),
    metric("co2_ppm", "CO2", "ppm", 0, None, 1000, "co2 level, carbon dioxide, co2 concentration, air quality, iaq, ppm, indoor air quality, co2 reading, co 2, c o two, see oh two, air freshness"),
    metric("humidity_pct", "relative humidity", "%", 0, 25, 70, "humidity, rh, moisture, return air humidity, relative humidity level, humid"),
)

TRANSFORMER: Final = equipment_type(
    "transformer", "transformer", "transformers", "TR, TRF, TX, XFMR, transformers, trafo, power transformer, distribution transformer",
    metric("load_kva", "load", "kVA", 0, None, 1900, "kva, apparent power, loading, kilovolt-amperes, transformer load, demand"),
    metric("load_pct", "load percentage", "%", 1, None, 95, "load percent, percent load, loading percent, percentage load, utilisation, utilization, percentage loading, percent loaded, percentage loaded, percent of rating, percent of capacity"),
    metric("active_power_kw", "active power", "kW", 0, None, None, "power, kw, kilowatts, real power, draw, power draw, consumption, power consumption, electricity"),
    metric("oil_temp_c", "oil temperature", "°C", 1, None, 85, "oil temp, oil, top oil temperature, oti, top oil, temperature, temp, transformer temperature, temperature of the oil, top oil temp"),
    metric("winding_temp_c", "winding temperature", "°C", 1, None, 100, "winding temp, winding, wti, hot spot temperature, hot spot, windings, hotspot, winding hot spot, hv winding temperature, temperature of the winding, temperature of the windings"),
    metric("voltage_v", "voltage", "V", 0, 390, 440, "volts, secondary voltage, output voltage, lt voltage, line voltage, supply voltage"),
    metric("current_a", "current", "A", 0, None, None, "amps, amperes, amperage, secondary current, line current, ampere"),
    metric("power_factor", "power factor", "", 3, 0.88, None, "pf, cos phi, cosphi, cos fi"),
    metric("oil_level_pct", "oil level", "%", 1, 60, None, "conservator level, mog, oil gauge, oil quantity, how much oil, enough oil, oil left, oil is left, oil remaining"),
)
DIESEL_GENERATOR: Final = equipment_type(
    "diesel_generator", "diesel generator", "diesel generators", "DG, DGs, genny, gennies, genset, gensets, generator, generators, diesel generators, diesel set, gen set, dg set, diesel genset, gen",
    metric("power_output_kw", "power output", "kW", 0, None, 1000, "power, kw, kilowatts, output, generation, load, generated power, output power, active power, generating, generated output, electrical output, real power"),
    metric("fuel_level_pct", "fuel level", "%", 1, 30, None, "fuel, diesel level, diesel, fuel tank, tank level, fuel tank level, tank, fuel remaining, level, diesel in the tank, fuel left, diesel left, fuel gauge, fuel in the tank, diesel remaining"),
    metric("coolant_temp_c", "coolant temperature", "°C", 1, None, 98, "coolant temp, coolant, jacket water temperature, engine temperature, engine temp, water temperature, radiator temperature, temperature, temp, water jacket temperature, engine coolant temperature, jacket temperature"),
    metric("oil_pressure_bar", "oil pressure", "bar", 2, None, 6.0, "lube oil pressure, engine oil pressure, oil, pressure, lop"),
    metric("exhaust_temp_c", "exhaust temperature", "°C", 0, None, 560, "exhaust temp, exhaust, exhaust gas temperature, egt, silencer temperature"),
    metric("engine_speed_rpm", "engine speed", "rpm", 0, None, 1560, "rpm, speed, revolutions, engine rpm, revs"),
    metric("frequency_hz", "frequency", "Hz", 2, None, 51.5, "hz, hertz, freq, output frequency, cycles per second, cycles"),
    metric("voltage_v", "voltage", "V", 0, None, 440, "volts, output voltage, generator voltage, alternator voltage, line voltage"),
    metric("current_a", "current", "A", 0, None, None, "amps, amperes, amperage, output current, line current, ampere"),
    metric("battery_voltage_v", "battery voltage", "V", 2, 24.0, 29.0, "battery, batteries, starter battery, starting battery voltage, starter battery voltage, cranking battery, battery volts, batt v, batt volts, batt voltage"),
)
UPS: Final = equipment_type(
    "ups", "UPS", "UPS units", "UPS, UPSs, UPSes, uninterruptible power supply, ups system, ups systems, battery backup, uninterrupted power supply",
    metric("load_pct", "load", "%", 1, None, 90, "load percent, load percentage, loading, percent load, ups load, utilisation, utilization, capacity, of its capacity"),
    metric("output_power_kw", "output power", "kW", 1, None, None, "power, kw, kilowatts, power output, draw, output, consumption, power consumption, active power, delivered power, power delivered, real power"),
    metric("battery_charge_pct", "battery charge", "%", 1, 60, None, "battery, charge, state of charge, soc, battery level, battery percent, battery percentage, charge level, batteries, charge percent, charge state, battery state of charge, charge left"),
    metric("battery_temp_c", "battery temperature", "°C", 1, None, 35, "battery temp, battery heat, batteries temperature, temperature, temp"),
    metric("battery_voltage_v", "battery voltage", "V", 1, 400, None, "battery volts, batt v, batt volts, batt voltage, dc voltage, dc bus voltage, dc link voltage, string voltage"),
    metric("backup_time_min", "backup time", "min", 0, 10, None, "runtime, run time, backup, autonomy, time remaining, remaining time, backup minutes, minutes left, how long, backup runtime, battery runtime, autonomy time, hold up time, holdup time, battery autonomy, runtime left, minutes of backup, battery time, reserve time, lasts longest, lasts longer, how many minutes, go flat, goes flat, mains dropped, mains drop, mains failed, mains fail, mains fails, mains die, mains dies, mains died, mains went down, mains go down, mains goes down, hold on, power failed, power fails, power failure, power cut"),
    metric("input_voltage_v", "input voltage", "V", 1, 380, 440, "mains voltage, supply voltage, incoming voltage, input volts, input, volts in, volts coming in, volts come in, voltage coming in, voltage comes in, voltage is coming in, voltage coming into, voltage is coming into"),
    metric("output_voltage_v", "output voltage", "V", 1, 405, 425, "voltage, volts, output volts, inverter voltage, volts out, voltage delivered, volts delivered"),
    metric("output_frequency_hz", "output frequency", "Hz", 2, 49.5, 50.5, "frequency, hz, hertz, freq, inverter frequency, cycles"),
)
ENERGY_METER: Final = equipment_type(
    "energy_meter", "energy meter", "energy meters", "EM, MTR, meter, meters, energy meters, power meter, kwh meter, electricity meter, sub meter, submeter, feeder meter, emeter",
    metric("active_power_kw", "active power", "kW", 1, None, 190, "power, kw, kilowatts, draw, power draw, demand, load, real power, power consumption, active load"),
    metric("energy_kwh", "energy", "kWh", 0, None, None, "kwh, units, energy use, energy used, energy consumption, consumption, usage, electricity, electricity use, energy reading, meter reading, kilowatt-hours, kilowatt hours, import energy", "counter"),
    metric("power_factor", "power factor", "", 3, 0.85, None, "pf, cos phi, cosphi, cos fi"),
    metric("apparent_power_kva", "apparent power", "kVA", 1, None, None, "kva, kilovolt-amperes, apparent load"),
    metric("reactive_power_kvar", "reactive power", "kvar", 1, None, None, "kvar, reactive, kvars, vars, reactive load, reactive kvar, kilovars"),
    metric("voltage_v", "voltage", "V", 1, 385, 440, "volts, line voltage, supply voltage, line to line voltage"),
    metric("current_a", "current", "A", 1, None, 300, "amps, amperes, amperage, line current, ampere"),
    metric("frequency_hz", "frequency", "Hz", 2, 49.0, 51.0, "hz, hertz, freq, grid frequency, line frequency, mains frequency, cycles"),
    metric("current_thd_pct", "current harmonic distortion", "%", 1, None, 15, "thd, harmonics, harmonic distortion, current thd, total harmonic distortion, distortion, harmonic content, harmonics level, thdi, distorted, dirty current, how dirty"),
)

AIR_COMPRESSOR: Final = equipment_type(
    "air_compressor", "air compressor", "air compressors", "AC, COMP, AIRCOMP, air comp, compressor of air, compressor, compressors, air compressors, screw compressor, plant air compressor, compressed air unit",
    metric("power_consumption_kw", "power consumption", "kW", 1, None, 115, "power, kw, kilowatts, draw, power draw, consumption, electrical power, motor power, power usage, electricity"),
    metric("discharge_pressure_bar", "discharge pressure", "bar", 2, 6.0, 8.3, "pressure, air pressure, outlet pressure, delivery pressure, line pressure, header pressure, receiver pressure"),
    metric("air_flow_m3h", "air flow", "m³/h", 0, None, None, "airflow, flow, fad, free air delivery, air delivery, air output, m3/h, cfm, air flow rate, delivered air, compressed air flow, air production, how much air, more air, most air, least air, less air, cubic metres, cubic metres of air, cubic metres per hour, air delivered"),
    metric("load_pct", "load", "%", 0, None, None, "loading, load percent, load percentage, capacity, percent load, duty"),
    metric("motor_current_a", "motor current", "A", 1, None, 200, "current, amps, amperes, amperage, motor amps, ampere"),
    metric("oil_temp_c", "oil temperature", "°C", 1, None, 98, "oil temp, oil, lube oil temperature, oil heat, temperature, temp"),
    metric("discharge_temp_c", "discharge temperature", "°C", 1, None, 105, "discharge temp, outlet temperature, air end temperature, airend temperature, element temperature, delivery temperature"),
    metric("dew_point_c", "pressure dew point", "°C", 1, None, 8, "dew point, dewpoint, pdp, dryer dew point, air dryness, moisture, air dew point, dew point temperature, driest air, driest, drier air, dry air, air moisture, wettest air"),
    metric("vibration_mm_s", "vibration", "mm/s", 2, None, 6.0, "vibrations, vib, vibs, vibration level, shaking, rms vibration, mm/s"),
)
BOILER: Final = equipment_type(
    "boiler", "boiler", "boilers", "BLR, BO, B, boilers, steam boiler, gas boiler, steam generator",
    metric("steam_pressure_bar", "steam pressure", "bar", 2, 7.5, 11.0, "pressure, steam, drum pressure, boiler pressure, header pressure"),
    metric("steam_flow_kgh", "steam flow", "kg/h", 0, None, None, "how much steam, more steam, most steam, less steam, least steam, steam output, steam generation, steam production, steam rate, flow, steam load, load, steam flow rate, evaporation rate, steam delivery, kilos of steam, kilos, kilograms of steam, kg per hour of steam, kilos an hour of steam"),
    metric("steam_temp_c", "steam temperature", "°C", 1, None, 190, "steam temp, hot steam, hotter steam, hottest steam, temperature, temp, outlet temperature"),
    metric("flue_gas_temp_c", "flue gas temperature", "°C", 0, None, 240, "flue gas temp, flue gas, flue temperature, flue temp, stack temperature, stack temp, exhaust temperature, chimney temperature"),
    metric("fuel_flow_kgh", "fuel flow", "kg/h", 1, None, 220, "fuel, fuel consumption, fuel rate, fuel usage, gas consumption, firing rate, fuel burn, consumption, how much fuel, kilos of fuel, kilograms of fuel"),
    metric("efficiency_pct", "efficiency", "%", 1, 80, None, "eff, boiler efficiency, combustion efficiency, performance, thermal efficiency, efficient"),
    metric("oxygen_pct", "flue gas oxygen", "%", 1, 2.0, 7.0, "oxygen, o2, excess oxygen, excess air, flue gas o2, flue o2, flue oxygen, oxygen in the flue gas, oxygen is left in the flue gas, stack oxygen, o2 level"),
    metric("feed_water_temp_c", "feed water temperature", "°C", 1, 70, None, "feed water temp, fw temp, fw temperature, feed water, feedwater, feedwater temperature, inlet water temperature, water temperature"),
    metric("drum_level_pct", "drum water level", "%", 0, 30, 75, "drum level, water level, level, boiler level, drum, level in the drum, water in the drum, boiler water level"),
)
FIRE_PUMP: Final = equipment_type(
    "fire_pump", "fire pump", "fire pumps", "FP, fire pumps, fire fighting pump, fire water pump, hydrant pump, sprinkler pump, diesel fire pump",
    metric("jockey_pressure_bar", "jockey pressure", "bar", 2, 6.5, 10.5, "jockey, jockey pump pressure, jockey line pressure, pressure, line pressure, standby pressure"),
    metric("header_pressure_bar", "hydrant header pressure", "bar", 2, 6.0, 11.0, "header pressure, hydrant pressure, main pressure, fire main pressure, ring main pressure, sprinkler pressure"),
    metric("jockey_power_kw", "jockey pump power", "kW", 2, None, 6, "power, kw, kilowatts, jockey power, jockey kw, power consumption, draw, consumption"),
    metric("battery_voltage_v", "battery voltage", "V", 2, 23.5, 29.0, "battery, batteries, starter battery, starting battery voltage, starter battery voltage, cranking battery, battery volts, batt v, batt volts, voltage, volts"),
    metric("fuel_level_pct", "fuel level", "%", 1, 50, None, "fuel, diesel level, diesel, fuel tank, fuel tank level, tank fuel, fuel left, diesel left, fuel remaining, diesel remaining, diesel tank level, diesel tank"),
    metric("tank_level_pct", "water tank level", "%", 1, 80, None, "tank level, tank, water tank, water level, fire tank, fire water tank, reservoir level, level, water in the tank, tank water level, fire water level"),
    metric("engine_temp_c", "engine temperature", "°C", 1, None, 95, "engine temp, engine, coolant temperature, jacket water temperature, block temperature, temperature, temp"),
    metric("room_temp_c", "pump room temperature", "°C", 1, None, 45, "room temp, room temperature, pump room, ambient temperature"),
)
LIFT: Final = equipment_type(
    "lift", "lift", "lifts", "LFT, L, lifts, elevator, elevators, lift car, passenger lift",
    metric("trips_count", "trips", "trips", 0, None, None, "trip, trip count, trips count, number of trips, journeys, runs, rides, travels, starts, usage, traffic, journey count, number of journeys, number of rides, busy, busier, busiest", "tally"),
    metric("door_cycles_count", "door cycles", "cycles", 0, None, None, "door cycle, door operations, door openings, door cycle count, door opens", "tally"),
    metric("door_faults_count", "door faults", "faults", 0, None, 2, "door fault, door fault count, door errors, door failures, door problems, door trouble, door reopenings, faults, door", "tally"),
    metric("power_consumption_kw", "power consumption", "kW", 2, None, 45, "power, kw, kilowatts, draw, power draw, consumption, electrical power, electricity, energy use"),
    metric("car_load_pct", "car load", "%", 0, None, 110, "load, loading, car loading, passenger load, occupancy, cabin load, percent load"),
    metric("motor_temp_c", "motor temperature", "°C", 1, None, 85, "motor temp, motor, machine temperature, motor heat, winding temperature, temperature, temp"),
    metric("vibration_mm_s", "vibration", "mm/s", 2, None, 4.0, "vibrations, vib, vibs, ride quality, vibration level, shaking, mm/s"),
    metric("machine_room_temp_c", "machine room temperature", "°C", 1, None, 42, "machine rm temp, machine room temp, machine room, room temperature, room temp, lift room temperature"),
)
