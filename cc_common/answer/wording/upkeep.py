"""What is due on a machine, in a sentence each: times and limits, but no figure that a summary has no rows for."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from cc_common.answer.wording.quantities import moment
from cc_common.catalog.store import Catalog
from cc_common.maintenance import Item

MOST_SAID: Final = 3


def due(items: tuple[Item, ...], catalog: Catalog, now: datetime) -> str:
    """ "Pump 5 vibration reaches its limit of 4.5 mm/s around 10:00 on 9 Mar 2026." """
    return " ".join(_sentence(item, catalog, now) for item in items[:MOST_SAID])


def _sentence(item: Item, catalog: Catalog, now: datetime) -> str:
    metric, name = catalog.metric(item.equipment, item.metric), catalog.get(item.equipment).name
    if item.kind == "efficiency_loss":
        return f"{name} takes more energy than such work used to take."
    bound = f"its limit of {item.limit:g} {metric.unit}"
    if item.at is None or item.at <= now:
        return f"{name} {metric.label} is past {bound}."
    return f"{name} {metric.label} reaches {bound} around {moment(item.at, ZoneInfo(catalog.tz), now)}."
