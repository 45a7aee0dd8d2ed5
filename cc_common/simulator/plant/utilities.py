"""Utilities and safety: compressed air, steam, fire water and lifts."""
# ruff: noqa: E501
# A table reads best with one line a metric.
# fmt: off

from __future__ import annotations

from typing import Final

from cc_common.simulator.plant.rows import equipment_type, m

AIR_COMPRESSOR: Final = equipment_type(
    "air_compressor", "air compressor", "air compressors", "AC, COMP, AIRCOMP, air comp, compressor of air, compressor, compressors, air compressors, screw compressor, plant air compressor, compressed air unit",
    m("power_consumption_kw", "power consumption", "kW", 1, None, 115, "power, kw, kilowatts, draw, power draw, consumption, electrical power, motor power, power usage, electricity"),
    m("discharge_pressure_bar", "discharge pressure", "bar", 2, 6.0, 8.3, "pressure, air pressure, outlet pressure, delivery pressure, line pressure, header pressure, receiver pressure"),
    m("air_flow_m3h", "air flow", "m³/h", 0, None, None, "airflow, flow, fad, free air delivery, air delivery, air output, m3/h, cfm, air flow rate, delivered air, compressed air flow, air production, how much air, more air, most air, least air, less air, cubic metres, cubic metres of air, cubic metres per hour, air delivered"),
    m("load_pct", "load", "%", 0, None, None, "loading, load percent, load percentage, capacity, percent load, duty"),
    m("motor_current_a", "motor current", "A", 1, None, 200, "current, amps, amperes, amperage, motor amps, ampere"),
    m("oil_temp_c", "oil temperature", "°C", 1, None, 98, "oil temp, oil, lube oil temperature, oil heat, temperature, temp"),
    m("discharge_temp_c", "discharge temperature", "°C", 1, None, 105, "discharge temp, outlet temperature, air end temperature, airend temperature, element temperature, delivery temperature"),
    m("dew_point_c", "pressure dew point", "°C", 1, None, 8, "dew point, dewpoint, pdp, dryer dew point, air dryness, moisture, air dew point, dew point temperature, driest air, driest, drier air, dry air, air moisture, wettest air"),
    m("vibration_mm_s", "vibration", "mm/s", 2, None, 6.0, "vibrations, vib, vibs, vibration level, shaking, rms vibration, mm/s"),
)
BOILER: Final = equipment_type(
    "boiler", "boiler", "boilers", "BLR, BO, B, boilers, steam boiler, gas boiler, steam generator",
    m("steam_pressure_bar", "steam pressure", "bar", 2, 7.5, 11.0, "pressure, steam, drum pressure, boiler pressure, header pressure"),
    m("steam_flow_kgh", "steam flow", "kg/h", 0, None, None, "how much steam, more steam, most steam, less steam, least steam, steam output, steam generation, steam production, steam rate, flow, steam load, load, steam flow rate, evaporation rate, steam delivery, kilos of steam, kilos, kilograms of steam, kg per hour of steam, kilos an hour of steam"),
    m("steam_temp_c", "steam temperature", "°C", 1, None, 190, "steam temp, hot steam, hotter steam, hottest steam, temperature, temp, outlet temperature"),
    m("flue_gas_temp_c", "flue gas temperature", "°C", 0, None, 240, "flue gas temp, flue gas, flue temperature, flue temp, stack temperature, stack temp, exhaust temperature, chimney temperature"),
    m("fuel_flow_kgh", "fuel flow", "kg/h", 1, None, 220, "fuel, fuel consumption, fuel rate, fuel usage, gas consumption, firing rate, fuel burn, consumption, how much fuel, kilos of fuel, kilograms of fuel"),
    m("efficiency_pct", "efficiency", "%", 1, 80, None, "eff, boiler efficiency, combustion efficiency, performance, thermal efficiency, efficient"),
    m("oxygen_pct", "flue gas oxygen", "%", 1, 2.0, 7.0, "oxygen, o2, excess oxygen, excess air, flue gas o2, flue o2, flue oxygen, oxygen in the flue gas, oxygen is left in the flue gas, stack oxygen, o2 level"),
    m("feed_water_temp_c", "feed water temperature", "°C", 1, 70, None, "feed water temp, fw temp, fw temperature, feed water, feedwater, feedwater temperature, inlet water temperature, water temperature"),
    m("drum_level_pct", "drum water level", "%", 0, 30, 75, "drum level, water level, level, boiler level, drum, level in the drum, water in the drum, boiler water level"),
)
FIRE_PUMP: Final = equipment_type(
    "fire_pump", "fire pump", "fire pumps", "FP, fire pumps, fire fighting pump, fire water pump, hydrant pump, sprinkler pump, diesel fire pump",
    m("jockey_pressure_bar", "jockey pressure", "bar", 2, 6.5, 10.5, "jockey, jockey pump pressure, jockey line pressure, pressure, line pressure, standby pressure"),
    m("header_pressure_bar", "hydrant header pressure", "bar", 2, 6.0, 11.0, "header pressure, hydrant pressure, main pressure, fire main pressure, ring main pressure, sprinkler pressure"),
    m("jockey_power_kw", "jockey pump power", "kW", 2, None, 6, "power, kw, kilowatts, jockey power, jockey kw, power consumption, draw, consumption"),
    m("battery_voltage_v", "battery voltage", "V", 2, 23.5, 29.0, "battery, batteries, starter battery, starting battery voltage, starter battery voltage, cranking battery, battery volts, batt v, batt volts, voltage, volts"),
    m("fuel_level_pct", "fuel level", "%", 1, 50, None, "fuel, diesel level, diesel, fuel tank, fuel tank level, tank fuel, fuel left, diesel left, fuel remaining, diesel remaining, diesel tank level, diesel tank"),
    m("tank_level_pct", "water tank level", "%", 1, 80, None, "tank level, tank, water tank, water level, fire tank, fire water tank, reservoir level, level, water in the tank, tank water level, fire water level"),
    m("engine_temp_c", "engine temperature", "°C", 1, None, 95, "engine temp, engine, coolant temperature, jacket water temperature, block temperature, temperature, temp"),
    m("room_temp_c", "pump room temperature", "°C", 1, None, 45, "room temp, room temperature, pump room, ambient temperature"),
)
LIFT: Final = equipment_type(
    "lift", "lift", "lifts", "LFT, L, lifts, elevator, elevators, lift car, passenger lift",
    m("trips_count", "trips", "trips", 0, None, None, "trip, trip count, trips count, number of trips, journeys, runs, rides, travels, starts, usage, traffic, journey count, number of journeys, number of rides, busy, busier, busiest", "tally"),
    m("door_cycles_count", "door cycles", "cycles", 0, None, None, "door cycle, door operations, door openings, door cycle count, door opens", "tally"),
    m("door_faults_count", "door faults", "faults", 0, None, 2, "door fault, door fault count, door errors, door failures, door problems, door trouble, door reopenings, faults, door", "tally"),
    m("power_consumption_kw", "power consumption", "kW", 2, None, 45, "power, kw, kilowatts, draw, power draw, consumption, electrical power, electricity, energy use"),
    m("car_load_pct", "car load", "%", 0, None, 110, "load, loading, car loading, passenger load, occupancy, cabin load, percent load"),
    m("motor_temp_c", "motor temperature", "°C", 1, None, 85, "motor temp, motor, machine temperature, motor heat, winding temperature, temperature, temp"),
    m("vibration_mm_s", "vibration", "mm/s", 2, None, 4.0, "vibrations, vib, vibs, ride quality, vibration level, shaking, mm/s"),
    m("machine_room_temp_c", "machine room temperature", "°C", 1, None, 42, "machine rm temp, machine room temp, machine room, room temperature, room temp, lift room temperature"),
)
