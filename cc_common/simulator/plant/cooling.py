"""Chilled water and air: chillers, cooling towers, pumps and air handling units."""
# ruff: noqa: E501
# A table reads best with one line a metric.
# fmt: off

from __future__ import annotations

from typing import Final

from cc_common.simulator.plant.rows import equipment_type, m

CHILLER: Final = equipment_type(
    "chiller", "chiller", "chillers", "CH, CHLR, chillers, chilling machine, chiller unit, refrigeration machine",
    m("power_consumption_kw", "power consumption", "kW", 1, None, 340, "power, kw, kilowatts, draw, power draw, consumption, electrical power, input power, power usage, electricity, energy use, wattage"),
    m("cooling_load_tr", "cooling load", "TR", 1, None, 490, "load, tr, tons, tonnage, cooling, cooling capacity, cooling output, heat load, tons of refrigeration, refrigeration load, cooling duty, refrigeration, thermal load, cooling demand"),
    m("efficiency_kw_per_tr", "efficiency", "kW/TR", 3, None, 0.85, "eff, kw per tr, kw per ton, kw/tr, kw/ton, ikw, specific power, performance, cop, efficient, kilowatts per ton, specific consumption, plant efficiency"),
    m("chw_supply_temp_c", "chilled water supply temperature", "°C", 1, 5.0, 9.5, "chwst, chws, chw supply, chw supply temp, chilled water supply, chilled water temperature, chilled water temp, leaving chilled water temperature, lchwt, leaving water temperature, supply temperature, supply temp, supply water temperature, evaporator outlet temperature, leaving chw temp, lwt, chw out, chilled water leaving temperature, supply water temp, outgoing water temperature, water coming out, water leaving, water going out"),
    m("chw_return_temp_c", "chilled water return temperature", "°C", 1, None, 16.0, "chwrt, chwr, chw return, chw return temp, chilled water return, entering chilled water temperature, echwt, entering water temperature, return temperature, return temp, return water temperature, evaporator inlet temperature, entering chw temp, ewt, chw in, chilled water entering temperature, return water temp, water coming back, water come back, water comes back"),
    m("chw_delta_t_c", "chilled water delta T", "°C", 1, None, 8.0, "delta, delta t, dt, chw delta, chw delta t, chilled water delta, chilled water temperature difference, temperature difference, evaporator delta t"),
    m("cw_supply_temp_c", "condenser water supply temperature", "°C", 1, None, 34.0, "cwst, cws, cw supply, cw supply temp, cond water supply, cond supply, condenser water temp, condenser water supply temp, condenser water supply, condenser supply temperature, entering condenser water temperature, ecwt, condenser inlet temperature, condenser water temperature, condenser entering temperature, condenser water inlet temperature, condenser in"),
    m("cw_return_temp_c", "condenser water return temperature", "°C", 1, None, 40.0, "cwrt, cwr, cw return, cw return temp, cond water return, cond return, condenser water return temp, condenser water return, condenser return temperature, leaving condenser water temperature, lcwt, condenser outlet temperature, condenser leaving temperature, condenser water outlet temperature, condenser out"),
    m("compressor_load_pct", "compressor load", "%", 1, None, 100.0, "compressor loading, comp load, comp loading, loading, percent load, load percent, load percentage, compressor percent, slide valve position, compressor capacity, part load"),
    m("vibration_mm_s", "vibration", "mm/s", 2, None, 4.5, "vibrations, vib, vibs, vibes, vibration level, vibration velocity, shaking, rms vibration, mm/s"),
    m("condenser_approach_c", "condenser approach", "°C", 1, None, 3.5, "approach, approach temperature, cond approach, condenser approach temperature, small temperature difference, condenser fouling, fouling, fouled, tube fouling, dirty condenser, dirty tubes"),
    m("suction_pressure_bar", "suction pressure", "bar", 2, 2.3, None, "suction, refrigerant pressure, evaporator pressure, refrigerant suction pressure, low side pressure, gas pressure"),
)
COOLING_TOWER: Final = equipment_type(
    "cooling_tower", "cooling tower", "cooling towers", "CT, CLT, tower, towers, tower of cooling, cooling towers, ct fan",
    m("fan_power_kw", "fan power", "kW", 1, None, 32, "power, kw, kilowatts, draw, power draw, consumption, power consumption, fan kw, fan consumption, electrical power, electricity"),
    m("basin_temp_c", "basin temperature", "°C", 1, None, 34.0, "basin, basin temp, basin water temperature, cold water temperature, sump temperature, outlet temperature, leaving water temperature, water temperature, temperature, temp, basin water temp, basin water, sump temp, tower water temperature, outlet temp"),
    m("inlet_temp_c", "inlet water temperature", "°C", 1, None, 40.0, "inlet temp, inlet temperature, hot water temperature, entering water temperature, return water temperature, hot water"),
    m("approach_temp_c", "approach temperature", "°C", 1, None, 6.5, "approach, approach temp, tower approach, approach to wet bulb, close to wet bulb, close to the wet bulb, near the wet bulb, to the wet bulb, to wet bulb, above wet bulb"),
    m("wet_bulb_temp_c", "wet bulb temperature", "°C", 1, None, None, "wet bulb, wetbulb, wbt, outdoor wet bulb, ambient wet bulb"),
    m("fan_speed_pct", "fan speed", "%", 0, None, None, "speed, fan percent, fan vfd, vfd speed, vfd, fan rpm, fan"),
    m("makeup_water_m3h", "make-up water flow", "m³/h", 2, None, 12, "makeup water, make-up water, makeup, make up, water consumption, water use, water flow, makeup flow, water make-up, make-up, makeup rate, top up water, water top up, water consumed, thirsty, thirstiest, fresh water, make-up flow, make up flow, cubic metres of make-up, cubic metres of water"),
    m("conductivity_us_cm", "water conductivity", "µS/cm", 0, None, 2200, "conductivity, tds, water quality, cycles of concentration"),
    m("vibration_mm_s", "vibration", "mm/s", 2, None, 5.5, "vibrations, vib, vibs, fan vibration, vibration level, gearbox vibration, shaking, mm/s"),
)
PUMP: Final = equipment_type(
    "pump", "pump", "pumps", "PMP, PU, P, pumps, water pump, chw pump, chwp, cwp, chilled water pump, condenser water pump",
    m("power_consumption_kw", "power consumption", "kW", 1, None, 60, "power, kw, kilowatts, draw, power draw, consumption, electrical power, motor power, power usage, electricity, load"),
    m("flow_m3h", "flow", "m³/h", 0, None, None, "flow rate, water flow, flowrate, discharge, cubic metres per hour, m3/h, cmh, throughput, delivery, water flow rate, cubic metres, volume flow, pumping rate, how much water"),
    m("suction_pressure_bar", "suction pressure", "bar", 2, 0.6, None, "suction, inlet pressure, suction side pressure, suction side"),
    m("discharge_pressure_bar", "discharge pressure", "bar", 2, None, 6.5, "pressure, outlet pressure, delivery pressure, head, pump head, discharge side pressure, discharge side"),
    m("speed_pct", "speed", "%", 0, None, None, "vfd speed, vfd, drive speed, motor speed, pump speed, rpm"),
    m("motor_current_a", "motor current", "A", 1, None, 110, "current, amps, amperes, amperage, motor amps, ampere, motor amperage, motor ampere, current draw, amp draw"),
    m("vibration_mm_s", "vibration", "mm/s", 2, None, 4.5, "vibrations, vib, vibs, vibration level, vibration velocity, shaking, rms vibration, mm/s"),
    m("bearing_temp_c", "bearing temperature", "°C", 1, None, 80, "bearing temp, bearing, bearing heat, bearings, de bearing temperature, temperature, temp"),
    m("motor_temp_c", "motor temperature", "°C", 1, None, 95, "motor temp, winding temperature, motor winding temperature, motor heat"),
)
AHU: Final = equipment_type(
    "ahu", "air handling unit", "air handling units", "AHU, AHUs, air handler, air handlers, air handling unit, air handling units, air unit, handling unit",
    m("supply_air_temp_c", "supply air temperature", "°C", 1, None, 19.0, "sat, supply air temp, supply air, supply temperature, supply temp, discharge air temperature, dat, off coil temperature, leaving air temperature, air temperature, temperature, temp, supplied air temperature, temperature of the supply air, blown air temperature"),
    m("return_air_temp_c", "return air temperature", "°C", 1, None, 28.0, "rat, return air temp, return air, return temperature, return temp, room temperature, room temp, space temperature, zone temperature, on coil temperature, room air temperature, temperature of the return air"),
    m("mixed_air_temp_c", "mixed air temperature", "°C", 1, None, None, "mat, mixed air temp, mixed air, mixing box temperature"),
    m("fan_power_kw", "fan power", "kW", 2, None, 16, "power, kw, kilowatts, draw, power draw, consumption, power consumption, fan kw, fan consumption, electrical power, motor power, electricity, load"),
    m("fan_speed_pct", "fan speed", "%", 0, None, None, "speed, fan percent, vfd speed, vfd, fan vfd, supply fan speed, fan rpm"),
    m("airflow_m3h", "airflow", "m³/h", 0, None, None, "air flow, flow, air volume, air quantity, supply airflow, cmh, m3/h, cubic metres per hour, cfm, air delivery, air flow rate, supply air flow, air volume flow, how much air, moves more air, more air, most air, least air, less air"),
    m("filter_dp_pa", "filter differential pressure", "Pa", 0, None, 280, "filter dp, filter pressure, filter pressure drop, filter, filter drop, filter clogging, filter choke, differential pressure, dp, dirty filter, pressure drop, filter loading, filter condition, filter loss, filter resistance, filter delta p, filter delta pressure, filter status"),
    m("chw_valve_pct", "chilled water valve position", "%", 0, None, None, "valve, valve position, chw valve, cooling valve, valve opening, coil valve, chilled water valve, valve percent"),
    m("duct_pressure_pa", "duct static pressure", "Pa", 0, None, 420, "static pressure, duct pressure, duct static, supply pressure, static, pressure"),
    m("co2_ppm", "CO2", "ppm", 0, None, 1000, "co2 level, carbon dioxide, co2 concentration, air quality, iaq, ppm, indoor air quality, co2 reading, co 2, c o two, see oh two, air freshness"),
    m("humidity_pct", "relative humidity", "%", 0, 25, 70, "humidity, rh, moisture, return air humidity, relative humidity level, humid"),
)
