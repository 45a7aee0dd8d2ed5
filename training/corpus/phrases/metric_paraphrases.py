"""Ways to ask for a metric without its name: by what it does ("how dirty is the filter of ahu 3").

By metric, or by type and metric where a name is shared. {be} and {are} are "is" and "are" of a reading, "was" and "were" of a
course; {do} is "does" or "did".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Ways = Mapping[str, tuple[str, ...]]

_ELECTRICITY: Final = (
    "how much (electricity|juice|current in kilowatts|power) {be} {e} (eating|sucking|pulling|taking|burning)",
    "how (power hungry|hungry) {be} {e}",
    "what {be} {e} pulling off the (mains|panel)",
    "how many kilowatts {be} {e} (eating|burning|sucking up|on)",
)
_SHAKING: Final = (
    "how (rough|shaky|smooth|smoothly) {be} {e} [running]",
    "{be} {e} (shaking|rattling|vibrating) [much|a lot|badly]",
    "how (much|badly) {be} {e} (shaking|vibrating)",
)
_FAN: Final = (
    "how fast {be} the fan (of|on|in) {e} (turning|spinning|going|running)",
    "{e}, how fast {do} its fan (turn|spin)",
)
_WORKING: Final = (
    "how (hard|heavily) {be} {e} (working|running|loaded|worked)",
    "how (loaded|busy|full|heavily loaded) {be} {e}",
)
_CURRENT: Final = ("how many amps {be} {e} (pulling|taking|eating|on)", "what amps {do} {e} (take|pull|show)")
_VOLTS: Final = ("how many volts {do} {e} (give|show|have|put out)", "how many volts (on|at) {e}")
_HERTZ: Final = ("how many hertz {be} {e} (at|on|running at)", "how many cycles {be} {e} running at")
_DIESEL: Final = (
    "how much (diesel|fuel) {be} [left|still] in [the tank of] {e}",
    "how full {be} the (fuel|diesel) tank (of|on) {e}",
    "(has|have) we got enough diesel in {e}",
)
READING: Final[Ways] = {
    "power_consumption_kw": _ELECTRICITY,
    "fan_power_kw": (*_ELECTRICITY, "how many kilowatts {do} the fan of {e} (take|pull|need)"),
    "energy_meter.active_power_kw": ("how much (power|load) {be} (going|flowing) through {e}", "how many kilowatts {be} {e} carrying"),
    "transformer.active_power_kw": ("how many kilowatts {be} (going|flowing) through {e}", "how many kilowatts {be} {e} (carrying|feeding)"),
    "vibration_mm_s": _SHAKING,
    "cooling_load_tr": (
        "how much cooling {be} {e} (giving|delivering|making|putting out|producing)",
        "how many tons {be} {e} (carrying|making|giving|doing|delivering)",
        "how much heat {be} {e} (taking out|removing|carrying away)",
    ),
    "efficiency_kw_per_tr": (
        "how (efficient|efficiently) {be} {e} [running]",
        "how many kilowatts {be} {e} spending on [each|a|one] ton",
        "how wasteful {be} {e}",
    ),
    "chw_supply_temp_c": (
        "how (cold|cool) {be} the [chilled] water (leaving|coming out of|coming off|going out from|we get from) {e}",
        "how cold {be} {e} making the water",
        "what temperature {be} [the] chilled water (leaving|going out of) {e} [at]",
    ),
    "chw_return_temp_c": (
        "how (warm|cold) {be} the [chilled] water coming back (to|into) {e} [from the building]",
        "what temperature {be} [the] chilled water (returning|coming back) to {e} [at]",
    ),
    "chw_delta_t_c": (
        "how many degrees {be} {e} taking out of the chilled water",
        "[what is] the difference between chilled water in and out (of|on|at) {e}",
    ),
    "cw_supply_temp_c": ("how (warm|hot|cool) {be} the condenser water (entering|going into|arriving at) {e}",),
    "cw_return_temp_c": ("how (warm|hot) {be} the condenser water (leaving|coming out of|going back from) {e}",),
    "compressor_load_pct": (
        "how hard {be} the compressor (of|in|on) {e} (working|running|loaded)",
        "how loaded {be} {e} compressor",
        "at how many percent {be} the compressor of {e} [running]",
    ),
    "chiller.suction_pressure_bar": ("what pressure {be} on the suction of {e}", "how low {be} the suction of {e}"),
    "condenser_approach_c": ("how (fouled|badly fouled) {be} the condenser (of|in) {e}",),
    "basin_temp_c": ("how (warm|cold|cool|hot) {be} the water (in|of|under) the basin of {e}", "how (cold|cool|warm) {do} {e} get the water"),
    "inlet_temp_c": ("how (hot|warm) {be} the water (coming into|entering|arriving at|going to) {e}",),
    "approach_temp_c": ("how close to [the] wet bulb {be} {e} (getting|coming)", "how near {do} {e} come to the wet bulb"),
    "fan_speed_pct": _FAN,
    "makeup_water_m3h": (
        "how much [fresh] water {be} {e} (drinking|losing|taking in|evaporating|topping up)",
        "how thirsty {be} {e}",
    ),
    "conductivity_us_cm": ("how (salty|concentrated|conductive) {be} the water in {e}", "{be} the water of {e} getting salty"),
    "flow_m3h": (
        "how much water {be} {e} (moving|pushing|pumping|delivering|shifting)",
        "how many cubes [an hour] {be} {e} (moving|doing|pumping)",
    ),
    "pump.discharge_pressure_bar": (
        "what pressure {be} {e} (pushing|putting out|delivering|making)",
        "how many bar {be} {e} (pushing|putting out|delivering)",
    ),
    "speed_pct": ("how fast {be} {e} (turning|spinning|running|going)", "at what speed {be} {e} (running|turning)"),
    "motor_current_a": (*_CURRENT, "how many amps {be} the motor of {e} (pulling|taking)"),
    "bearing_temp_c": ("how (hot|warm) {are} the bearings (of|on|in) {e} [running|getting]", "{are} the bearings of {e} (hot|warm)"),
    "motor_temp_c": ("how (hot|warm) {be} the motor (of|on|in) {e} [running|getting]", "{be} the motor of {e} (hot|overheating|warm)"),
    "supply_air_temp_c": (
        "how (cold|cool|warm) {be} the air (coming out of|leaving|from|off) {e}",
        "how (cold|cool|warm) {be} {e} blowing",
        "what temperature {be} {e} (blowing|supplying) [at]",
    ),
    "return_air_temp_c": (
        "how (warm|hot|cold) {be} the (room|hall|space) (of|at|behind|served by) {e}",
        "how warm {be} the air coming back (to|into) {e}",
    ),
    "mixed_air_temp_c": ("how (warm|cold) {be} the mixed air (in|of|at) {e}",),
    "airflow_m3h": ("how much air {be} {e} (moving|pushing|blowing|delivering|giving)",),
    "filter_dp_pa": (
        "how (dirty|clogged|choked|blocked|full|bad) {be} the filter (of|on|in) {e}",
        "how (dirty|clogged) {are} the filters (of|on|in) {e}",
        "{be} the filter (of|on|in) {e} (dirty|choked|clogged|still clean)",
    ),
    "chw_valve_pct": (
        "how far (open|closed) {be} the [chilled water|cooling] valve (of|on|at) {e}",
        "how open {be} the valve (of|on) {e}",
    ),
    "duct_pressure_pa": ("how (high|low) {be} the pressure in the duct of {e}", "what pressure {be} in the ducts after {e}"),
    "co2_ppm": (
        "how (stuffy|stale|fresh|bad) {be} the air (at|in|of|around|from) {e}",
        "{be} it stuffy at {e}",
        "how many ppm {do} {e} (have|show|read)",
    ),
    "humidity_pct": ("how (humid|damp|muggy) {be} (it|the air) (at|in|around) {e}", "{be} it (damp|humid) at {e}"),
    "air_compressor.discharge_pressure_bar": (
        "what pressure {be} {e} (putting out|delivering|holding|giving|making)",
        "how many bar of air {be} {e} (giving|making|delivering)",
    ),
    "air_flow_m3h": ("how much [compressed] air {be} {e} (making|giving|delivering|putting out|producing)",),
    "air_compressor.load_pct": _WORKING,
    "transformer.load_pct": (*_WORKING, "how (close|near) to its rating {be} {e}", "how much of its rating {be} {e} carrying"),
    "ups.load_pct": (*_WORKING, "how much of its capacity {be} {e} (carrying|using)"),
    "car_load_pct": ("how (full|packed|crowded) {be} [the car of] {e}", "how loaded {be} the cabin of {e}"),
    "oil_temp_c": ("how (hot|warm) {be} the oil (of|in) {e} [getting|running]", "{be} the oil in {e} (hot|warm)"),
    "discharge_temp_c": ("how hot {be} the air (leaving|coming out of|coming off) {e}", "how hot {be} the air end of {e}"),
    "dew_point_c": ("how dry {be} the [compressed] air (from|of|after|out of) {e}", "{be} the air from {e} dry"),
    "steam_pressure_bar": ("what pressure {be} {e} (holding|making|steaming at)", "how many bar of steam {be} {e} (making|holding)"),
    "steam_flow_kgh": ("how much steam {be} {e} (making|raising|giving|putting out|sending)", "how many kilos of steam {be} {e} (making|raising)"),
    "steam_temp_c": ("how hot {be} the steam (from|of|leaving|in) {e}",),
    "flue_gas_temp_c": ("how hot {be} the (chimney|stack|flue|smoke) (of|on|at|from) {e}",),
    "fuel_flow_kgh": ("how much (fuel|gas) {be} {e} (burning|eating|firing|using|taking)",),
    "boiler.efficiency_pct": ("how (efficient|efficiently) {be} {e} [burning|firing|running]",),
    "oxygen_pct": ("how much oxygen {be} [left] in the (flue|smoke|stack) of {e}", "{be} there too much air in the flue of {e}"),
    "feed_water_temp_c": ("how (warm|hot|cold) {be} the [feed] water (going into|fed to|entering) {e}",),
    "drum_level_pct": ("how full {be} the drum (of|in) {e}", "how much water {be} in the drum of {e}"),
    "load_kva": ("how many kva {be} {e} (carrying|feeding|loaded with)",),
    "winding_temp_c": ("how (hot|warm) {are} the windings (of|in) {e} [getting|running]",),
    "voltage_v": _VOLTS,
    "current_a": _CURRENT,
    "oil_level_pct": ("how much oil {be} [left] in {e}", "{be} there enough oil in {e}"),
    "power_output_kw": (
        "how much (power|electricity) {be} {e} (making|generating|putting out|giving|carrying)",
        "how many kilowatts {be} {e} (making|generating|putting out|feeding)",
    ),
    "fuel_level_pct": _DIESEL,
    "coolant_temp_c": ("how (hot|warm) {be} the (engine|coolant|water jacket) (of|on|in) {e} [getting|running]",),
    "oil_pressure_bar": ("what pressure {be} the oil (of|in|on) {e} [at]",),
    "exhaust_temp_c": ("how hot {be} the exhaust (of|on) {e} [getting]",),
    "engine_speed_rpm": ("how fast {be} the engine (of|in|on) {e} (turning|running|spinning)", "how many revs {be} {e} (doing|at)"),
    "frequency_hz": _HERTZ,
    "output_frequency_hz": _HERTZ,
    "diesel_generator.battery_voltage_v": ("how many volts {do} the [starter|starting] battery of {e} have",),
    "fire_pump.battery_voltage_v": ("how many volts {do} the [starter|starting] battery of {e} have",),
    "output_power_kw": ("how many kilowatts {be} {e} (carrying|feeding|supplying)", "how much power {be} {e} (carrying|feeding)"),
    "battery_charge_pct": (
        "how (full|charged|empty|drained) {be} the battery (of|in|on) {e}",
        "how (full|charged) {are} the batteries (of|in|on) {e}",
        "how much (is|have we) left in the battery of {e}",
    ),
    "battery_temp_c": ("how (hot|warm) {are} the batteries (of|in) {e} [getting]", "how (hot|warm) {be} the battery (of|in) {e}"),
    "backup_time_min": (
        "how long (can|will|would|could) {e} (hold|last|carry us|keep going|run|keep us alive) [on (battery|batteries)]",
        "for how many minutes (can|will|would) {e} (hold|carry the load|last)",
        "if the (mains|grid|supply) (fail|fails|goes|drops) how long (does|will|would) {e} (hold|last|give us)",
    ),
    "input_voltage_v": ("how many volts {be} {e} (getting|fed with|receiving)",),
    "output_voltage_v": ("how many volts {be} {e} (giving|putting out|feeding)",),
    "energy_meter.power_factor": ("how (good|bad|poor) {be} the (pf|power factor) (on|at|of) {e}",),
    "current_thd_pct": ("how (distorted|dirty) {be} the current (on|at|through) {e}", "how much (distortion|harmonics) {do} {e} (see|have|show)"),
    "jockey_pressure_bar": ("what pressure {be} the jockey (of|on|at) {e} holding",),
    "header_pressure_bar": ("what pressure {be} (standing|there|held) in the (hydrant|fire) (main|header|ring) (of|at) {e}",),
    "tank_level_pct": ("how full {be} the [fire] water tank (of|at|for) {e}", "how much water {be} in the tank (of|at|for) {e}"),
    "engine_temp_c": ("how (hot|warm|cold) {be} the engine (of|on|in) {e}",),
    "room_temp_c": ("how (hot|warm) {be} it in the pump room (of|at) {e}",),
    "machine_room_temp_c": ("how (hot|warm) {be} it in the machine room (of|at) {e}", "how (hot|warm) {be} the machine room (of|at|above) {e}"),
}  # fmt: skip
# Of a period: counts and what was used.
OF_PERIOD: Final[Ways] = {
    "trips_count": (
        "how (many times|often) (did|has) {e} (gone up and down|run|travelled|travel|go up and down|moved) {t}",
        "how (busy|heavily used|much used) was {e} {t}",
        "how many (rides|journeys|runs) (did|has) {e} (do|done|make|made|give|given) {t}",
    ),
    "door_cycles_count": ("how (many times|often) did the (door|doors) of {e} (open|open and close) {t}",),
    "door_faults_count": (
        "how (many times|often) did the (door|doors) of {e} (jam|fail|stick|get stuck|misbehave|play up) {t}",
        "how many times was there trouble with the door of {e} {t}",
    ),
    "energy_kwh": (
        "how much (electricity|energy) (went|has gone|passed|flowed) through {e} {t}",
        "how many units (went|have gone|ran) through {e} {t}",
        "what did {e} (clock up|run up|add up to|total) {t}",
        "how much (has|did) {e} (burn|burned|rack up|use|used) {t} [in units]",
    ),
}


def paraphrases_of(meant_by: Ways, kind: str, metric: str) -> tuple[str, ...]:
    """The paraphrases for a metric of a type; none where people use its name."""
    return meant_by.get(f"{kind}.{metric}", meant_by.get(metric, ()))
