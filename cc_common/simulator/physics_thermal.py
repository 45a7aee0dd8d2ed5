"""How simulated chillers, towers, pumps, air handlers, compressors, boilers, fire pumps and lifts behave."""

from __future__ import annotations

import numpy as np

from cc_common.simulator.machine import Machine, interpolate
from cc_common.simulator.physics_electrical import weekly_test
from cc_common.simulator.site import MINUTES_A_DAY, Floats, Knots, random_key

KW_PER_TR = 3.517  # one ton of refrigeration


def chiller(m: Machine) -> None:
    """Four chillers share a plant's load, as many as needed; kW = kW/TR x TR, return = supply + delta T."""
    s, dirty, leak, wear = m.site, m.creeping("fouling"), m.creeping("refrigerant_leak"), m.creeping("bearing_wear")
    part = _share(m, group=4, reserve=0.92)
    on = part > 0
    cws = np.maximum(s.wet_bulb_c + 3.6 + 0.4 * m.wander("tower", 120), 21.0)
    tr = m.own("size", 380, 420) * part * (1 + 0.02 * m.wander("tr", 30)) * (1 - 0.2 * leak)
    base = m.own("kw_per_tr", 0.50, 0.56) + 0.011 * (cws - 27) + 0.35 * (part - 0.75) ** 2
    specific = base + 0.16 * dirty + 0.2 * leak
    load = m.read("cooling_load_tr", tr, 0.8, alive=m.powered)
    efficiency = m.read("efficiency_kw_per_tr", np.clip(specific, 0.42, 1.4), 0.003)
    m.readings["efficiency_kw_per_tr"] = np.where(load > 0, efficiency, np.float32(np.nan))
    m.put("power_consumption_kw", load * efficiency)
    supply = np.where(on, 6.7 + 0.25 * m.wander("chws", 60) + 2.2 * leak, 8.4 + 0.3 * m.wander("idle", 240))
    chws = m.read("chw_supply_temp_c", supply, 0.04)
    delta = m.read("chw_delta_t_c", 5.6 * part * (1 - 0.15 * leak), 0.05, alive=m.powered)
    m.put("chw_return_temp_c", chws + delta)
    rise = m.read("cw_supply_temp_c", cws, 0.05) + interpolate(5.0 * part * (1 + specific / KW_PER_TR)) * _alive(m)
    m.put("cw_return_temp_c", rise)
    m.read("compressor_load_pct", np.minimum(98 * part, 100), 0.5, alive=m.powered)
    m.put("compressor_load_pct", np.minimum(m.readings["compressor_load_pct"], 100))
    m.read("vibration_mm_s", on * (1.1 + 0.7 * part + 4.5 * wear), 0.06, alive=m.powered)
    m.read("condenser_approach_c", on * (0.9 + 0.9 * part + 3.2 * dirty), 0.05, alive=m.powered)
    m.read(
        "suction_pressure_bar", np.where(on, 3.05 - 0.12 * part - 0.95 * leak, 4.9), 0.015, alive=m.powered, dead=4.9
    )


def cooling_tower(m: Machine) -> None:
    """Basin = wet bulb + approach; fan power goes with the cube of its speed."""
    s, dirty, wear = m.site, m.creeping("fouling"), m.creeping("bearing_wear")
    part = _share(m, group=3, reserve=0.95)
    on = (part > 0).astype(np.float64)
    speed = on * np.clip(42 + 55 * part + 12 * dirty + 2 * m.wander("speed", 20), 35, 100)
    percent = m.read("fan_speed_pct", speed, 0.6, alive=m.powered)
    m.put("fan_speed_pct", np.minimum(percent, 100))
    m.put("fan_power_kw", m.own("fan", 26, 30) * (m.readings["fan_speed_pct"] / 100) ** 3)
    wet_bulb = m.read("wet_bulb_temp_c", s.wet_bulb_c, 0.04)
    warm = 3.0 + 1.2 * part + 3.8 * dirty + 0.3 * m.wander("approach", 60)
    approach = m.read("approach_temp_c", warm, 0.05)
    basin = m.put("basin_temp_c", wet_bulb + approach)
    m.put("inlet_temp_c", basin + interpolate(5.2 * part) * _alive(m))
    m.read("makeup_water_m3h", on * (0.6 + 5.5 * part), 0.06, alive=m.powered)
    m.read("conductivity_us_cm", 1500 + 260 * m.wander("bleed", 480), 6)
    m.read("vibration_mm_s", on * (1.4 + 0.9 * part + 4.8 * wear), 0.08, alive=m.powered)


def pump(m: Machine) -> None:
    """Two of three pumps run; head goes with the square of the speed, power with its cube."""
    s, clogged, wear = m.site, m.creeping("fouling"), m.creeping("bearing_wear")
    on = (m.turn(3, days=7) < 2).astype(np.float64)
    speed = np.clip(58 + 38 * s.cooling + 2 * m.wander("speed", 45), 50, 100)
    ratio = on * speed / 100
    m.put("speed_pct", np.minimum(m.read("speed_pct", on * speed, 0.5, alive=m.powered), 100))
    m.read("flow_m3h", m.own("flow", 170, 230) * ratio * (1 - 0.3 * clogged), 1.5, alive=m.powered)
    power = m.own("rated", 40, 50) * ratio**3 * (1 + 0.06 * wear) + on * 0.8
    kilowatts = m.read("power_consumption_kw", power, 0.15, alive=m.powered)
    m.put("motor_current_a", kilowatts * np.float32(1000 / (np.sqrt(3) * 415 * 0.86 * 0.93)))
    suction = m.read("suction_pressure_bar", 1.45 + 0.08 * m.wander("suction", 240) - 1.0 * clogged * on, 0.01)
    m.put("discharge_pressure_bar", suction + interpolate(4.1 * ratio**2) * _alive(m))
    m.read("vibration_mm_s", on * (1.0 + 0.8 * ratio + 4.6 * wear), 0.07, alive=m.powered)
    room = 29 + 0.25 * (s.outdoor_c - 27)
    m.read("bearing_temp_c", room + on * (9 + 16 * ratio + 34 * wear), 0.2)
    m.read("motor_temp_c", room + on * (14 + 28 * ratio**2), 0.25)


def ahu(m: Machine) -> None:
    """The fan follows the people; airflow with its speed, filter drop with the square, power with the cube."""
    s, dirty = m.site, m.creeping("fouling")
    busy = np.clip(s.people * m.own("crowd", 0.8, 1.15), 0, 1.2)
    speed = np.clip(46 + 46 * busy + 8 * dirty + 2 * m.wander("speed", 30), 40, 100)
    m.put("fan_speed_pct", np.minimum(m.read("fan_speed_pct", speed, 0.6, alive=m.powered), 100))
    ratio = m.readings["fan_speed_pct"] / 100
    m.put("fan_power_kw", m.own("fan", 9, 13) * ratio**3)
    m.put("airflow_m3h", m.own("air", 15000, 21000) * ratio * interpolate(1 - 0.25 * dirty))
    age = ((s.minutes / 1440 + m.number * 7) % 90) / 90
    m.put("filter_dp_pa", ratio**2 * interpolate(95 + 90 * age + 260 * dirty) + 1.2 * m.noise[5] * (ratio > 0))
    room = 23.6 + 0.8 * busy + 0.3 * m.wander("room", 120)
    supply = 14.2 + 0.5 * m.wander("supply", 45)
    m.read("supply_air_temp_c", supply, 0.08, alive=m.powered, dead=24.5)
    back = m.read("return_air_temp_c", room, 0.06)
    m.put("mixed_air_temp_c", 0.82 * back + 0.18 * interpolate(s.outdoor_c))
    m.read("chw_valve_pct", np.clip(18 + 62 * s.cooling + 8 * m.wander("valve", 30), 0, 100), 0.8, alive=m.powered)
    m.put("duct_pressure_pa", 330 * ratio**2 + 2 * m.noise[8] * (ratio > 0))
    m.read("co2_ppm", 425 + 390 * busy + 25 * m.wander("co2", 40), 5)
    m.read("humidity_pct", 50 + 0.12 * (s.humidity_pct - 60) + 2.5 * m.wander("humidity", 120), 0.3)


def _share(m: Machine, *, group: int, reserve: float) -> Knots:
    """Load of this machine, 0 to 1: as many of its group run as the cooling asks for, turns changing daily."""
    asked = m.site.cooling * group
    running = np.clip(np.ceil(asked / reserve), 1, group)
    return np.where(m.turn(group) < running, np.clip(asked / running, 0.25, 1), 0)


def _alive(m: Machine) -> np.float32 | np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.float32(1) if m.powered is None else m.powered


def air_compressor(m: Machine) -> None:
    """Six compressors keep one header: some at full load, one trims, the rest wait."""
    s, dirty, wear = m.site, m.creeping("fouling"), m.creeping("bearing_wear")
    asked = 6 * np.clip(0.34 + 0.38 * s.people + 0.04 * s.wander("air", 60), 0, 1)
    part = np.clip(asked - m.turn(6), 0, 1)
    part = np.where(part > 0.12, part, 0)
    on = part > 0
    load = m.read("load_pct", 100 * part, 0.6, alive=m.powered)
    m.put("load_pct", np.minimum(load, 100))
    kilowatts = m.read("power_consumption_kw", m.own("rated", 88, 96) * on * (0.28 + 0.72 * part), 0.4, alive=m.powered)
    m.put("motor_current_a", kilowatts * np.float32(1000 / (np.sqrt(3) * 415 * 0.88 * 0.94)))
    m.put("air_flow_m3h", m.own("air", 820, 900) * m.readings["load_pct"] / 100)
    m.read("discharge_pressure_bar", 7.25 + 0.2 * s.wander("header", 30) - 0.15 * s.people, 0.02)
    room = 31 + 0.5 * (s.outdoor_c - 27)
    oil = room + on * (33 + 12 * part + 26 * dirty)
    m.read("oil_temp_c", oil, 0.25)
    m.read("discharge_temp_c", oil + on * 7, 0.3)
    m.read("dew_point_c", 3.2 + 0.5 * m.wander("dryer", 90) + 1.8 * dirty, 0.1)
    m.read("vibration_mm_s", on * (1.8 + 0.8 * part + 5.0 * wear), 0.08, alive=m.powered)


def boiler(m: Machine) -> None:
    """Fuel = steam x heat of steam / (efficiency x heat of fuel); never quite off, to stay hot."""
    s, dirty = m.site, m.creeping("fouling")
    asked = np.clip(0.35 + 0.4 * s.people - 0.01 * (s.outdoor_c - 27) + 0.05 * s.wander("steam", 90), 0.1, 1)
    part = np.clip(3 * asked - 0.8 * m.turn(3), 0.25, 1)
    steam = m.read("steam_flow_kgh", m.own("size", 1900, 2300) * part, 8, alive=m.powered)
    good = m.own("burner", 86.5, 88.5) - 6 * (part - 0.7) ** 2 - 5 * dirty
    efficiency = m.read("efficiency_pct", good, 0.08)
    m.put("fuel_flow_kgh", steam * np.float32(100 * 2300 / 42500) / efficiency)
    pressure = m.read("steam_pressure_bar", 9.3 + 0.2 * m.wander("drum", 40), 0.02, alive=m.powered, dead=6.2)
    m.put("steam_temp_c", 100 * (pressure + 1) ** np.float32(0.25) + 0.2 * m.noise[2])
    m.read("flue_gas_temp_c", 168 + 26 * part + 62 * dirty, 0.8, alive=m.powered, dead=95)
    m.read("oxygen_pct", 3.4 + 1.2 * (1 - part) + 0.2 * m.wander("air", 60), 0.05)
    m.read("feed_water_temp_c", 88 + 2 * m.wander("feed", 180), 0.2)
    m.read("drum_level_pct", 52 + 3 * m.wander("level", 25), 0.6)


def fire_pump(m: Machine) -> None:
    """The jockey pump tops the line up whenever leaks have let it down; the engine is run each Sunday."""
    minutes = m.site.first_day * MINUTES_A_DAY + np.arange(m.minutes)
    cycle = int(m.own("leak", 28, 55))
    phase = (minutes + m.number * 7) % cycle / cycle
    filling = phase > 0.88
    level = np.where(filling, (phase - 0.88) / 0.12, 1 - phase / 0.88).astype(np.float32)
    alive = np.float32(1) if m.powered is None else m.powered
    sag = np.where(alive > 0, np.float32(0), np.float32(3.4))
    line = m.put("jockey_pressure_bar", 8.3 + 0.9 * level - sag + 0.01 * m.noise[0])
    m.put("header_pressure_bar", line - 0.12 + 0.01 * m.noise[1])
    m.put("jockey_power_kw", filling * alive * (3.9 + 0.05 * m.noise[2]))
    test = weekly_test(m, weekday=6, hour=9 + m.number % 3, length=30)
    m.read("battery_voltage_v", 27.1 + 0.15 * m.wander("charger", 300), 0.02)
    m.put("battery_voltage_v", m.readings["battery_voltage_v"] - 1.2 * test.running)
    m.put("fuel_level_pct", m.own("fuel", 93, 97) - 0.05 * test.minutes_since_refill)
    m.read("tank_level_pct", 97 + 1.2 * m.wander("tank", 720), 0.1)
    m.put("engine_temp_c", interpolate(40 + 0.2 * (m.site.outdoor_c - 27)) + 38 * test.warm + 0.2 * m.noise[6])
    m.read("room_temp_c", 30 + 0.35 * (m.site.outdoor_c - 27), 0.1)


def lift(m: Machine) -> None:
    """Trips are counted; the motor's power and heat come from them."""
    s, wear = m.site, m.creeping("bearing_wear")
    busy = s.people * m.own("popular", 0.7, 1.2)
    alive = np.float32(1) if m.powered is None else m.powered
    trips = m.put("trips_count", _counted(m, "trips", interpolate(0.03 + 1.9 * busy)) * alive)
    m.put("door_cycles_count", trips + _counted(m, "doors", interpolate(0.01 + 0.25 * busy)) * alive)
    m.put("door_faults_count", _counted(m, "door faults", interpolate(0.0004 + 0.12 * wear)) * alive)
    load = m.read("car_load_pct", np.clip(6 + 42 * busy + 6 * m.wander("car", 30), 0, 100), 4)
    m.put("car_load_pct", np.clip(load, 0, 100) * (trips > 0))
    m.put("power_consumption_kw", alive * (0.45 + trips * (2.4 + 0.02 * m.readings["car_load_pct"])))
    room = 28 + 0.4 * (s.outdoor_c - 27)
    m.read("motor_temp_c", room + 6 + 22 * busy + 12 * wear, 0.3)
    m.put("vibration_mm_s", (trips > 0) * interpolate(1.1 + 4.2 * wear) + np.abs(0.05 * m.noise[6]))
    m.read("machine_room_temp_c", room, 0.12)


def _counted(m: Machine, what: str, rate: Floats) -> Floats:
    """Poisson counts of each minute, each UTC day from its own stream."""
    of, days = random_key(m.site.seed, m.equipment.id, what), rate.reshape(m.site.days, -1)
    streams = (np.random.Philox(key=np.array([of, m.site.first_day + day], np.uint64)) for day in range(m.site.days))
    counts = [
        np.random.Generator(stream).poisson(np.maximum(day, 0)) for stream, day in zip(streams, days, strict=True)
    ]
    return np.concatenate(counts).astype(np.float32)
