"""What is due on a machine, in a sentence each, with the figure that tells it, its time and its limit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from cc_common.answer.wording.quantities import moment, number, quantity
from cc_common.catalog.store import Catalog
from cc_common.maintenance import Item, ItemKind

_AT: Final[dict[ItemKind, str]] = {
    "bearing_wear": "at usual load",
    "filter_change": "with the fan at its hardest",
    "fuel": "now",
}


def due(items: tuple[Item, ...], catalog: Catalog, now: datetime, *, spoken: bool) -> str:
    """ "Pump 5 vibration, 3.92 mm/s at usual load, reaches its limit of 4.5 mm/s around 10:00 on 9 Mar 2026." """
    return " ".join(_sentence(item, catalog, now, spoken=spoken) for item in items)


def due_phrases(item: Item, catalog: Catalog, now: datetime) -> Iterator[str]:
    """Words with digits that are no figures: the limit, and when it is reached."""
    yield catalog.metric(item.equipment, item.metric).label
    if item.limit is not None:
        yield from (_bound(item, catalog, spoken=spoken) for spoken in (False, True))
    if item.at is not None:
        yield _around(item.at, catalog, now)


def _sentence(item: Item, catalog: Catalog, now: datetime, *, spoken: bool) -> str:
    name, label = catalog.get(item.equipment).name, catalog.metric(item.equipment, item.metric).label
    if item.kind == "efficiency_loss":
        lost, cost = (number(figure, catalog) for figure in item.figures)
        unit = "kilowatt-hours" if spoken else item.unit
        return f"{name} took {lost} {unit} more in the last week than such work used to take, {cost} {item.currency}."
    value = f"{quantity(item.figures[0], catalog, spoken=spoken)} {_AT[item.kind]}"
    bound = _bound(item, catalog, spoken=spoken)
    if item.at is None or item.at <= now:
        return f"{name} {label}, {value}, is {'down to' if item.kind == 'fuel' else 'past'} {bound}."
    return f"{name} {label}, {value}, reaches {bound} {_around(item.at, catalog, now)}."


def _bound(item: Item, catalog: Catalog, *, spoken: bool) -> str:
    metric = catalog.metric(item.equipment, item.metric)
    return f"its limit of {item.limit:g} {metric.unit_spoken if spoken else metric.unit}".strip()


def _around(at: datetime, catalog: Catalog, now: datetime) -> str:
    return f"around {moment(at, ZoneInfo(catalog.tz), now)}"
