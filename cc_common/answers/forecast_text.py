"""Formulates forecasts: mean, peak and prediction interval, and when a level is reached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from cc_common.analytics.forecasting import TimeToThreshold
from cc_common.answers.answer import Facts
from cc_common.answers.quantities import in_plant_time, moment, number, period, quantity, subject
from cc_common.catalog.store import Catalog
from cc_common.core.evidence import Figure
from cc_common.planning.plan import Plan
from cc_common.planning.plan_parser import MAX_FORECAST_HOURS

_SURE: Final = "with 90 percent probability"  # the interval of every forecast
_NOT_ASKED: Final = f"PT{MAX_FORECAST_HOURS}H"  # the window of a threshold without a time


def forecast_text(plan: Plan, facts: Facts, catalog: Catalog, now: datetime, *, spoken: bool) -> str:
    """The forecast of each machine, after a note when the requested time is past."""
    return " ".join(filter(None, (_passed(plan, catalog, now), *_each(plan, facts, catalog, now, spoken=spoken))))


def forecasts_text(plan: Plan, facts: Facts, catalog: Catalog, now: datetime) -> Iterator[str]:
    """Phrases with digits that are no figures: times, the threshold."""
    yield _passed(plan, catalog, now)
    for each in facts.each or (facts,):
        yield in_plant_time(each.note or "", ZoneInfo(catalog.tz), now)
        for spoken in (False, True):
            yield from ForecastText(plan=plan, facts=each, catalog=catalog, now=now, spoken=spoken).phrases()


def _passed(plan: Plan, catalog: Catalog, now: datetime) -> str:
    if plan.passed is None:
        return ""
    return (
        f"What was {period(plan.passed, ZoneInfo(catalog.tz), now)} lies in the past; a forecast is of the time ahead."
    )


def _each(plan: Plan, facts: Facts, catalog: Catalog, now: datetime, *, spoken: bool) -> Iterator[str]:
    for each in facts.each or (facts,):
        if each.note is not None:
            yield in_plant_time(each.note, ZoneInfo(catalog.tz), now)
        else:
            yield ForecastText(plan=plan, facts=each, catalog=catalog, now=now, spoken=spoken).said()


@dataclass(frozen=True, kw_only=True)
class ForecastText:
    """Formulates one machine's forecast; times in the plant's time zone."""

    plan: Plan
    facts: Facts
    catalog: Catalog
    now: datetime
    spoken: bool

    def said(self) -> str:
        """The sentence; to read, it also lists omitted history."""
        if not self.facts.figures:
            named = ", ".join(self.catalog.get(e).name for e in self.plan.equipment)
            return f"There is no forecast for {named or 'any machine'}."
        if self.facts.stands:
            told = self._standing(self.facts.stands)
        else:
            told = self._course() if self.plan.threshold is None else self._reaching()
        return " ".join(filter(None, (told, "" if self.spoken else self._caution())))

    def phrases(self) -> Iterator[str]:
        """Phrases with digits that are no figures."""
        reaches = [reach for reach in (self.facts.reach, self.facts.crossing) if reach]
        yield from (_SURE, self._caution(), self._level())
        yield from (self._moment(f.at) for f in self.facts.figures if f.at)
        yield from (self._before(reach) for reach in reaches)
        yield from (self._moment(reach.at) for reach in reaches if reach.at)
        yield from (self._between(reach).strip(", ") for reach in reaches)
        if self.facts.stands:
            yield self._at(self.facts.stands)

    def _course(self) -> str:
        """ "... average 39 min tomorrow, with a peak of 41 min around 14:00 (between 40 and 43 min with ...)." """
        whole, peak, low, high = self.facts.figures[:4]
        if self._is_nothing(whole) and self._is_nothing(peak):
            return self._resting(whole, high)
        verb = "average" if self.catalog.metric(whole.equipment, whole.metric).kind == "gauge" else "come to"
        at = f" {self._moment(peak.at)}" if peak.at else ""
        return (
            f"{self._subject()} is forecast to {verb} {self._quantity(whole)} {self._when()},"
            f" with a peak of {self._quantity(peak)}{at} ({self._band(low, high)})."
        )

    def _resting(self, whole: Figure, high: Figure) -> str:
        """The sentence about a metric that is zero all the time, with its upper bound."""
        band = "" if self._is_nothing(high) else f" (at its peak {self._band(whole, high)})"
        return f"{self._subject()} is forecast to stay at {self._quantity(whole)} {self._when()}{band}."

    def _is_nothing(self, figure: Figure) -> bool:
        """Tells whether the figure rounds to zero."""
        return set(number(figure, self.catalog)) <= set("0.")

    def _band(self, low: Figure, high: Figure) -> str:
        return f"between {number(low, self.catalog)} and {self._quantity(high)} {_SURE}"

    def _standing(self, newest: Figure) -> str:
        """ "Chiller 1 power consumption is above 100 kW already: 114.7 kW at 10:12." """
        side = "at" if newest.value == self.plan.threshold else self.plan.side
        return f"{self._subject()} is {side} {self._level()} already: {self._quantity(newest)} {self._at(newest)}."

    def _reaching(self) -> str:
        if self.facts.crossing:
            return self._within(self.facts.crossing)
        reach, window = self.facts.reach, self.plan.window
        if reach is not None and reach.passed:
            return f"{self._subject()} has already passed {self._level()}."
        if reach is None or window is None or window.label == _NOT_ASKED:
            return self._any_time(reach)
        inside = reach.at is not None and window.start <= reach.at < window.end
        return self._any_time(reach) if inside else self._not_within(reach)

    def _any_time(self, reach: TimeToThreshold | None) -> str:
        if reach is None or reach.at is None:
            until = f" {self._before(reach)}" if reach else ""
            return f"{self._subject()} is not forecast to reach {self._level()}{until}."
        when = f"{self._moment(reach.at)}{self._between(reach)}"
        return f"{self._subject()} is forecast to reach {self._level()} {when}."

    def _within(self, crossing: TimeToThreshold) -> str:
        """The sentence of a window that begins later; a value beyond the level at its start does not reach it."""
        if crossing.at is None:
            return self._not_within(self.facts.reach)
        if self.plan.side and crossing.at == self._first():
            level = f"{self.plan.side} {self._level()}"
            return f"{self._subject()} is forecast to be {level} already when that begins, {self._moment(crossing.at)}."
        return self._any_time(crossing)

    def _not_within(self, reach: TimeToThreshold | None) -> str:
        """States that the level is not reached in the requested window, and when it is reached, if known."""
        never = f"{self._subject()} is not forecast to reach {self._level()} {self._when()}"
        if reach is None:
            return f"{never}."
        if reach.at is None:
            return f"{never}, nor at any time {self._before(reach)}."
        return f"{never}; it is forecast to do so {self._moment(reach.at)}{self._between(reach)}."

    def _first(self) -> datetime | None:
        """The first step of the window."""
        forecast, window = self.facts.forecast, self.plan.window
        points = forecast.points if forecast else ()
        return next((p.start for p in points if window and p.start >= window.start), None)

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.catalog.tz)

    def _subject(self) -> str:
        return subject(self.facts.figures[0], self.catalog)

    def _quantity(self, figure: Figure) -> str:
        return quantity(figure, self.catalog, spoken=self.spoken)

    def _when(self) -> str:
        return period(self.plan.window, self._zone, self.now)

    def _moment(self, at: datetime) -> str:
        return f"around {moment(at, self._zone, self.now)}"

    def _at(self, figure: Figure) -> str:
        return f"at {moment(figure.at, self._zone, self.now)}" if figure.at else ""

    def _before(self, reach: TimeToThreshold) -> str:
        """The end of the search for the level."""
        return f"before {moment(reach.horizon, self._zone, self.now)}"

    def _between(self, reach: TimeToThreshold) -> str:
        """The interval of the time at which a level is reached."""
        if reach.earliest is None or reach.latest is None:
            return ""
        early, late = (moment(at, self._zone, self.now) for at in (reach.earliest, reach.latest))
        return f", between {early} and {late}"

    def _level(self) -> str:
        """The threshold, in the metric's unit."""
        if self.plan.threshold is None or not self.facts.figures:
            return ""
        first = self.facts.figures[0]
        metric = self.catalog.metric(first.equipment, first.metric)
        return f"{self.plan.threshold:,.10g} {metric.unit_spoken if self.spoken else metric.unit}".strip()

    def _caution(self) -> str:
        """The omitted history, and why."""
        caution = self.facts.forecast.caution if self.facts.forecast else ""
        if self.facts.reach and not caution:
            caution = self.facts.reach.caution
        return in_plant_time(caution, self._zone, self.now)
