"""Forecasts compared with the seasonal naive: error and coverage on simulated years, and time per forecast.

    .venv/bin/python -m benchmarks.forecasting [--seed 12] [--step PT1H] [--origins 6] [--days 84] [--every 1] [--peers]

Rolling origin over machines of every type, on a seed not used for tuning (that was seed 11). MASE is the mean
absolute error of all steps up to the horizon, over that of repeating the day before within the history. A horizon up to
6 hours is served by PT15M, a longer one by PT1H. --peers adds models of statsforecast where that package is installed
(it is not needed otherwise, and not in requirements.txt).
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cc_common.analytics.forecasting import Forecaster
from cc_common.analytics.forecasting.forecast_methods import forecast_ahead
from cc_common.analytics.forecasting.history import HOURLY, STEPS, ForecastStep
from cc_common.analytics.forecasting.profiles import Grid
from cc_common.analytics.forecasting.spikes import possible_range
from cc_common.catalog.equipment import Metric
from cc_common.catalog.store import install_catalog
from cc_common.core.windows import ONE_DAY
from cc_common.db import Database, EmbeddedServer, migrate
from cc_common.simulator import PLANT, fill_history
from cc_common.simulator.history import simulate_signals
from cc_common.timeseries import TimeSeries
from cc_common.timeseries.rows import DAY_US, HOUR_US, MINUTE, MINUTE_US, clock_micros

Floats = npt.NDArray[np.float64]
Ahead = tuple[Floats, Floats, Floats]  # value, low, high

FIRST_DAY: Final = 20_450  # days since 1970
YEAR: Final = 365
NUMBERS: Final = (1, 5)  # machines of each type
HORIZONS: Final = {"PT1H": (1, 24, 168), "PT15M": (1, 3, 6)}  # hours
EARLIEST: Final = 90  # days before the first origin
UNTIL: Final = datetime(2026, 3, 4, 9, 42, tzinfo=UTC)
TIMED: Final = (
    ("chiller_001", "power_consumption_kw"),
    ("energy_meter_001", "energy_kwh"),
    ("transformer_002", "load_kva"),
    ("diesel_generator_005", "fuel_level_pct"),
    ("lift_001", "trips_count"),
    ("pump_001", "bearing_temp_c"),
)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One metric of one machine by steps; `slot` (step of the day) and `day` on the plant's clock."""

    metric: Metric
    group: str
    step: ForecastStep
    values: Floats
    slot: npt.NDArray[np.int64]
    day: npt.NDArray[np.int64]

    @property
    def per_day(self) -> int:
        """Steps per day."""
        return int(ONE_DAY / self.step.width)

    @property
    def horizons(self) -> list[int]:
        """The horizons in steps."""
        return [hours * self.per_day // 24 for hours in HORIZONS[self.step.name]]


Method = Callable[[Case, int, int], Ahead]  # (case, first step of the history, first step ahead)


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=12, help="seed of the simulated year (default 12)")
    parser.add_argument("--origins", type=int, default=6, help="forecasts per metric (default 6)")
    parser.add_argument("--step", choices=HORIZONS, default="PT1H", help="step of the forecasts (default PT1H)")
    parser.add_argument("--days", type=int, help="days of history (default: as served, 84, or 21 by PT15M)")
    parser.add_argument("--every", type=int, default=1, help="use every n-th metric only (default 1)")
    parser.add_argument("--peers", action="store_true", help="models of statsforecast too")
    given = parser.parse_args()
    if given.peers and given.step != HOURLY.name:
        parser.error("the peers forecast by the hour: without --step PT15M")
    if given.days is not None and not 1 <= given.days <= EARLIEST:
        parser.error(f"--days {given.days}: from 1 to {EARLIEST}")
    step = next(step for step in STEPS if step.name == given.step)
    days = given.days or step.past // ONE_DAY
    cases = list(_cases(given.seed, step))[:: given.every]
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; numpy {np.__version__}")
    print(
        f"seed {given.seed}, {len(cases)} metrics, {given.origins} origins each, {days} days by {step.name} of history"
    )
    methods: dict[str, Method] = {"seasonal naive, day": _day, "seasonal naive, week": _week, "ours": _ours}
    _table(cases, methods | (_peers() if given.peers else {}), given.origins, days)
    _times()


def _cases(seed: int, step: ForecastStep) -> Iterator[Case]:
    """The plant's metrics over a year, by steps from a full plant hour on."""
    first = -(-FIRST_DAY * DAY_US // HOUR_US) * HOUR_US
    minutes = step.width // MINUTE
    ts = first + MINUTE_US * minutes * np.arange(YEAR * 1440 // minutes, dtype=np.int64)
    skew = int(clock_micros(ts[:1], PLANT.tz)[0] % HOUR_US // MINUTE_US)  # minutes to the plant's next full hour
    local = clock_micros(ts + (60 - skew) % 60 * MINUTE_US, PLANT.tz)
    for machine in (m for m in PLANT.equipment if m.number in NUMBERS):
        rows = simulate_signals(PLANT, seed, machine.id, FIRST_DAY, YEAR + 1).values.astype(np.float64)
        begin = (60 - skew) % 60
        for place, metric in enumerate(PLANT.type(machine.type).metrics):
            values = _by_steps(rows[begin : begin + YEAR * 1440, place].reshape(-1, minutes), metric)
            slot, day = local % DAY_US // (MINUTE_US * minutes), local // DAY_US
            yield Case(metric=metric, group=_group(metric), step=step, values=values, slot=slot, day=day)


def _by_steps(readings: Floats, metric: Metric) -> Floats:
    """Mean, use or sum of each step's minutes (steps x minutes), as the Forecaster computes them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # steps without readings
        if metric.kind == "counter":
            return np.diff(np.nanmax(readings, axis=1), prepend=np.nan)
        return np.asarray(np.nanmean(readings, axis=1) * (readings.shape[1] if metric.kind == "tally" else 1))


def _group(metric: Metric) -> str:
    if metric.kind != "gauge":
        return metric.kind
    return {"°C": "temperatures", "%": "percentages", "kW": "powers"}.get(metric.unit, "other gauges")


def _day(case: Case, first: int, origin: int) -> Ahead:
    repeated = np.resize(case.values[origin - case.per_day : origin], case.horizons[-1])
    return repeated, repeated, repeated


def _week(case: Case, first: int, origin: int) -> Ahead:
    week = 7 * case.per_day
    if origin - first < week:
        return _day(case, first, origin)
    repeated = case.values[origin - week :][: case.horizons[-1]]
    return repeated, repeated, repeated


def _ours(case: Case, first: int, origin: int) -> Ahead:
    end = origin + case.horizons[-1]
    values = case.values[first:origin]
    grid = Grid(per_day=case.per_day, known=origin - first, slot=case.slot[first:end], day=case.day[first:end])
    found = forecast_ahead(values, grid).within(*possible_range(case.metric, values))
    return found.value, found.low, found.high


def _peers() -> dict[str, Method]:
    try:
        from statsforecast import models as m  # type: ignore[import-not-found]
    except ImportError as exc:
        raise SystemExit(
            f"--peers needs statsforecast ({exc}), which is not pinned. In an environment beside the pins:\n"
            "  python3 -m venv /tmp/peers && /tmp/peers/bin/python -m pip install statsforecast==2.1.1\n"
            "  echo $PWD/.venv/lib/python3.*/site-packages > $(echo /tmp/peers/lib/python3.*/site-packages)/pins.pth\n"
            "  /tmp/peers/bin/python -m benchmarks.forecasting --peers --every 16 --origins 2"
        ) from exc
    return {
        "AutoETS (day)": _library(lambda: m.AutoETS(season_length=24)),
        "dynamic optimized Theta (day)": _library(lambda: m.DynamicOptimizedTheta(season_length=24)),
        "MSTL (day, week) + AutoETS": _library(
            lambda: m.MSTL(season_length=[24, 168], trend_forecaster=m.AutoETS(model="ZZN"))
        ),
        "AutoARIMA (day), 21 days": _library(
            lambda: m.AutoARIMA(season_length=24, approximation=True, max_p=2, max_q=2, max_P=1, max_Q=1, nmodels=12),
            hours=504,
        ),
    }


def _library(make: Callable[[], Any], hours: int | None = None) -> Method:
    def method(case: Case, first: int, origin: int) -> Ahead:
        values = case.values[max(first, origin - hours) if hours else first : origin]
        here = np.isfinite(values)
        filled = np.interp(np.arange(len(values)), np.flatnonzero(here), values[here])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = make().forecast(y=filled, h=case.horizons[-1], level=[90])
        low, high = (np.asarray(found.get(name, found["mean"])) for name in ("lo-90", "hi-90"))
        return np.asarray(found["mean"]), low, high

    return method


def _table(cases: Sequence[Case], methods: dict[str, Method], origins: int, days: int) -> None:
    rows: dict[str, dict[str, list[Floats]]] = {}
    spent = dict.fromkeys(methods, 0.0)
    for number, case in enumerate(cases):
        for origin in _origins(number, origins, case.per_day):
            first, came = origin - days * case.per_day, case.values[origin : origin + case.horizons[-1]]
            scale = _scale(case.values[first:origin], case.per_day)
            if scale > 0 and np.isfinite(came).mean() > 0.5:
                for name, method in methods.items():
                    before = process_time()
                    ahead = method(case, first, origin)
                    spent[name] += process_time() - before
                    scores = _score(ahead, came, scale, case.horizons)
                    rows.setdefault(case.group, {}).setdefault(name, []).append(scores)
    _print(rows, spent, HORIZONS[cases[0].step.name])


def _origins(number: int, count: int, per_day: int) -> list[int]:
    """Random steps of the year for each metric."""
    drawn = np.random.default_rng(number).integers(EARLIEST * per_day, (YEAR - 8) * per_day, count)
    return [int(step) for step in drawn]


def _scale(history: Floats, per_day: int) -> float:
    known = np.abs(history[per_day:] - history[:-per_day])
    return float(np.nanmean(known)) if np.isfinite(known).any() else 0.0


def _score(ahead: Ahead, came: Floats, scale: float, horizons: Sequence[int]) -> Floats:
    """Scaled errors, then coverage, each up to the horizons."""
    value, low, high = ahead
    here = np.isfinite(came)
    slack = 1e-6 * np.maximum(np.abs(came), 1e-6)
    error = np.where(here, np.abs(value - came) / scale, np.nan)
    held = np.where(here, (came >= low - slack) & (came <= high + slack), np.nan)
    parts = [part[:steps] for part in (error, held) for steps in horizons]
    return np.array([np.nanmean(part) if np.isfinite(part).any() else np.nan for part in parts])


def _print(rows: dict[str, dict[str, list[Floats]]], spent: dict[str, float], hours: Sequence[int]) -> None:
    everything = {name: [score for group in rows.values() for score in group.get(name, [])] for name in spent}
    print(f"\n{'':32}{'MASE':>8}{'':14}{'90 % interval holds':>24}{'CPU of one':>12}")
    ahead = [f"{hour} h" for hour in hours]
    print(f"{'':32}" + "".join(f"{h:>7}" for h in ahead) + " " + "".join(f"{h:>8}" for h in ahead) + f"{'ms':>11}")
    for group, methods in {**dict(sorted(rows.items())), "all": everything}.items():
        print(f"{group} ({len(next(iter(methods.values())))})")
        for name, scores in methods.items():
            mean = np.nanmean(np.array(scores), axis=0)
            covered = "".join(f"{100 * share:7.1f}%" if "naive" not in name else f"{'':8}" for share in mean[3:])
            cost = f"{1000 * spent[name] / len(everything[name]):11.1f}" if group == "all" else ""
            print(f"  {name:30}" + "".join(f"{error:7.2f}" for error in mean[:3]) + f" {covered}{cost}")


def _times() -> None:
    """The time of one forecast from the database, including all reads."""
    with tempfile.TemporaryDirectory() as folder, EmbeddedServer(Path(folder), durable=False) as server:
        database = Database(server.dsn("postgres"), pool_size=4, timeout_s=5.0, name="foresight")
        migrate(database, "timeseries")
        install_catalog(database, PLANT)
        only = frozenset(machine for machine, _ in TIMED)
        fill_history(database, PLANT, days=EARLIEST, seed=1, until=UNTIL, only=only)
        forecaster = Forecaster(TimeSeries(database, PLANT), PLANT)
        print(f"\none forecast from the database, load {os.getloadavg()[0]:.1f}; milliseconds (aim p50 20)")
        print(f"{'':44}{'p50':>8}{'p95':>8}{'CPU p50':>9}")
        for hours in HORIZONS[HOURLY.name]:
            forecast = partial(forecaster.forecast, horizon=timedelta(hours=hours), now=UNTIL)
            _time(f"{hours} h ahead", forecast)
        _time("time to a threshold", lambda m, n: forecaster.time_to(m, n, 0.0, now=UNTIL))
        database.close()


def _time(name: str, call: Callable[[str, str], object]) -> None:
    whole, own = [], []
    for turn in range(20):
        for machine, metric in TIMED:
            start, cpu = perf_counter(), process_time()
            call(machine, metric)
            if turn >= 8:  # the driver and PostgreSQL have cached their plans by then
                whole.append(1000 * (perf_counter() - start))
                own.append(1000 * (process_time() - cpu))
    p95 = statistics.quantiles(whole, n=20)[-1]
    print(f"{name:44}{statistics.median(whole):8.1f}{p95:8.1f}{statistics.median(own):9.1f}")


if __name__ == "__main__":
    main()
