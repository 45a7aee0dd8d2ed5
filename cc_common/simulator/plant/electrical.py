"""Electrical: transformers, diesel generators, UPS and energy meters."""
# ruff: noqa: E501
# A table reads best with one line a metric.
# fmt: off

from __future__ import annotations

from typing import Final

from cc_common.simulator.plant.rows import equipment_type, m

TRANSFORMER: Final = equipment_type(
    "transformer", "transformer", "transformers", "TR, TRF, TX, XFMR, transformers, trafo, power transformer, distribution transformer",
    m("load_kva", "load", "kVA", 0, None, 1900, "kva, apparent power, loading, kilovolt-amperes, transformer load, demand"),
    m("load_pct", "load percentage", "%", 1, None, 95, "load percent, percent load, loading percent, percentage load, utilisation, utilization, percentage loading, percent loaded, percentage loaded, percent of rating, percent of capacity"),
    m("active_power_kw", "active power", "kW", 0, None, None, "power, kw, kilowatts, real power, draw, power draw, consumption, power consumption, electricity"),
    m("oil_temp_c", "oil temperature", "°C", 1, None, 85, "oil temp, oil, top oil temperature, oti, top oil, temperature, temp, transformer temperature, temperature of the oil, top oil temp"),
    m("winding_temp_c", "winding temperature", "°C", 1, None, 100, "winding temp, winding, wti, hot spot temperature, hot spot, windings, hotspot, winding hot spot, hv winding temperature, temperature of the winding, temperature of the windings"),
    m("voltage_v", "voltage", "V", 0, 390, 440, "volts, secondary voltage, output voltage, lt voltage, line voltage, supply voltage"),
    m("current_a", "current", "A", 0, None, None, "amps, amperes, amperage, secondary current, line current, ampere"),
    m("power_factor", "power factor", "", 3, 0.88, None, "pf, cos phi, cosphi, cos fi"),
    m("oil_level_pct", "oil level", "%", 1, 60, None, "conservator level, mog, oil gauge, oil quantity, how much oil, enough oil, oil left, oil is left, oil remaining"),
)
DIESEL_GENERATOR: Final = equipment_type(
    "diesel_generator", "diesel generator", "diesel generators", "DG, DGs, genny, gennies, genset, gensets, generator, generators, diesel generators, diesel set, gen set, dg set, diesel genset, gen",
    m("power_output_kw", "power output", "kW", 0, None, 1000, "power, kw, kilowatts, output, generation, load, generated power, output power, active power, generating, generated output, electrical output, real power"),
    m("fuel_level_pct", "fuel level", "%", 1, 30, None, "fuel, diesel level, diesel, fuel tank, tank level, fuel tank level, tank, fuel remaining, level, diesel in the tank, fuel left, diesel left, fuel gauge, fuel in the tank, diesel remaining"),
    m("coolant_temp_c", "coolant temperature", "°C", 1, None, 98, "coolant temp, coolant, jacket water temperature, engine temperature, engine temp, water temperature, radiator temperature, temperature, temp, water jacket temperature, engine coolant temperature, jacket temperature"),
    m("oil_pressure_bar", "oil pressure", "bar", 2, None, 6.0, "lube oil pressure, engine oil pressure, oil, pressure, lop"),
    m("exhaust_temp_c", "exhaust temperature", "°C", 0, None, 560, "exhaust temp, exhaust, exhaust gas temperature, egt, silencer temperature"),
    m("engine_speed_rpm", "engine speed", "rpm", 0, None, 1560, "rpm, speed, revolutions, engine rpm, revs"),
    m("frequency_hz", "frequency", "Hz", 2, None, 51.5, "hz, hertz, freq, output frequency, cycles per second, cycles"),
    m("voltage_v", "voltage", "V", 0, None, 440, "volts, output voltage, generator voltage, alternator voltage, line voltage"),
    m("current_a", "current", "A", 0, None, None, "amps, amperes, amperage, output current, line current, ampere"),
    m("battery_voltage_v", "battery voltage", "V", 2, 24.0, 29.0, "battery, batteries, starter battery, starting battery voltage, starter battery voltage, cranking battery, battery volts, batt v, batt volts, batt voltage"),
)
UPS: Final = equipment_type(
    "ups", "UPS", "UPS units", "UPS, UPSs, UPSes, uninterruptible power supply, ups system, ups systems, battery backup, uninterrupted power supply",
    m("load_pct", "load", "%", 1, None, 90, "load percent, load percentage, loading, percent load, ups load, utilisation, utilization, capacity, of its capacity"),
    m("output_power_kw", "output power", "kW", 1, None, None, "power, kw, kilowatts, power output, draw, output, consumption, power consumption, active power, delivered power, power delivered, real power"),
    m("battery_charge_pct", "battery charge", "%", 1, 60, None, "battery, charge, state of charge, soc, battery level, battery percent, battery percentage, charge level, batteries, charge percent, charge state, battery state of charge, charge left"),
    m("battery_temp_c", "battery temperature", "°C", 1, None, 35, "battery temp, battery heat, batteries temperature, temperature, temp"),
    m("battery_voltage_v", "battery voltage", "V", 1, 400, None, "battery volts, batt v, batt volts, batt voltage, dc voltage, dc bus voltage, dc link voltage, string voltage"),
    m("backup_time_min", "backup time", "min", 0, 10, None, "runtime, run time, backup, autonomy, time remaining, remaining time, backup minutes, minutes left, how long, backup runtime, battery runtime, autonomy time, hold up time, holdup time, battery autonomy, runtime left, minutes of backup, battery time, reserve time, lasts longest, lasts longer, how many minutes, go flat, goes flat, mains dropped, mains drop, mains failed, mains fail, mains fails, mains die, mains dies, mains died, mains went down, mains go down, mains goes down, hold on, power failed, power fails, power failure, power cut"),
    m("input_voltage_v", "input voltage", "V", 1, 380, 440, "mains voltage, supply voltage, incoming voltage, input volts, input, volts in, volts coming in, volts come in, voltage coming in, voltage comes in, voltage is coming in, voltage coming into, voltage is coming into"),
    m("output_voltage_v", "output voltage", "V", 1, 405, 425, "voltage, volts, output volts, inverter voltage, volts out, voltage delivered, volts delivered"),
    m("output_frequency_hz", "output frequency", "Hz", 2, 49.5, 50.5, "frequency, hz, hertz, freq, inverter frequency, cycles"),
)
ENERGY_METER: Final = equipment_type(
    "energy_meter", "energy meter", "energy meters", "EM, MTR, meter, meters, energy meters, power meter, kwh meter, electricity meter, sub meter, submeter, feeder meter, emeter",
    m("active_power_kw", "active power", "kW", 1, None, 190, "power, kw, kilowatts, draw, power draw, demand, load, real power, power consumption, active load"),
    m("energy_kwh", "energy", "kWh", 0, None, None, "kwh, units, energy use, energy used, energy consumption, consumption, usage, electricity, electricity use, energy reading, meter reading, kilowatt-hours, kilowatt hours, import energy", "counter"),
    m("power_factor", "power factor", "", 3, 0.85, None, "pf, cos phi, cosphi, cos fi"),
    m("apparent_power_kva", "apparent power", "kVA", 1, None, None, "kva, kilovolt-amperes, apparent load"),
    m("reactive_power_kvar", "reactive power", "kvar", 1, None, None, "kvar, reactive, kvars, vars, reactive load, reactive kvar, kilovars"),
    m("voltage_v", "voltage", "V", 1, 385, 440, "volts, line voltage, supply voltage, line to line voltage"),
    m("current_a", "current", "A", 1, None, 300, "amps, amperes, amperage, line current, ampere"),
    m("frequency_hz", "frequency", "Hz", 2, 49.0, 51.0, "hz, hertz, freq, grid frequency, line frequency, mains frequency, cycles"),
    m("current_thd_pct", "current harmonic distortion", "%", 1, None, 15, "thd, harmonics, harmonic distortion, current thd, total harmonic distortion, distortion, harmonic content, harmonics level, thdi, distorted, dirty current, how dirty"),
)
