"""Compressed air, steam, fire water and lifts."""

from __future__ import annotations

import numpy as np

from cc_common.simulator.chance import MINUTES_A_DAY, Floats, key
from cc_common.simulator.machine import Machine, draw
from cc_common.simulator.physics.schedule import weekly_test


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
    m.put("engine_temp_c", draw(40 + 0.2 * (m.site.outdoor_c - 27)) + 38 * test.warm + 0.2 * m.noise[6])
    m.read("room_temp_c", 30 + 0.35 * (m.site.outdoor_c - 27), 0.1)


def lift(m: Machine) -> None:
    """Trips are counted; the motor's power and heat come from them."""
    s, wear = m.site, m.creeping("bearing_wear")
    busy = s.people * m.own("popular", 0.7, 1.2)
    alive = np.float32(1) if m.powered is None else m.powered
    trips = m.put("trips_count", _counted(m, "trips", draw(0.03 + 1.9 * busy)) * alive)
    m.put("door_cycles_count", trips + _counted(m, "doors", draw(0.01 + 0.25 * busy)) * alive)
    m.put("door_faults_count", _counted(m, "door faults", draw(0.0004 + 0.12 * wear)) * alive)
    load = m.read("car_load_pct", np.clip(6 + 42 * busy + 6 * m.wander("car", 30), 0, 100), 4)
    m.put("car_load_pct", np.clip(load, 0, 100) * (trips > 0))
    m.put("power_consumption_kw", alive * (0.45 + trips * (2.4 + 0.02 * m.readings["car_load_pct"])))
    room = 28 + 0.4 * (s.outdoor_c - 27)
    m.read("motor_temp_c", room + 6 + 22 * busy + 12 * wear, 0.3)
    m.put("vibration_mm_s", (trips > 0) * draw(1.1 + 4.2 * wear) + np.abs(0.05 * m.noise[6]))
    m.read("machine_room_temp_c", room, 0.12)


def _counted(m: Machine, what: str, rate: Floats) -> Floats:
    """Poisson counts of each minute, each UTC day from its own stream."""
    of, days = key(m.site.seed, m.equipment.id, what), rate.reshape(m.site.days, -1)
    streams = (np.random.Philox(key=np.array([of, m.site.first_day + day], np.uint64)) for day in range(m.site.days))
    counts = [
        np.random.Generator(stream).poisson(np.maximum(day, 0)) for stream, day in zip(streams, days, strict=True)
    ]
    return np.concatenate(counts).astype(np.float32)
