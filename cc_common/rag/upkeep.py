"""Maintenance context: what is due, what wears and what is lost, the most urgent first; each figure with its rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from cc_common.answer import wording
from cc_common.catalog.store import Catalog
from cc_common.evidence import Figure
from cc_common.maintenance import Item, Maintenance
from cc_common.rag.model import Context, Fact, Part, Relevance
from cc_common.rag.saying import Voice, limit_of, wordy

MOST: Final = 20
ROLLUPS: Final = "rollup"
_NO_LOSS: Final = "was no more in the last week than the same work used to take"


def maintenance_context(
    maintenance: Maintenance, catalog: Catalog, now: datetime, equipment_id: str | None, equipment_type: str | None
) -> Context:
    """A machine's items, or those of the plant (or a type) that press, as many as can be read."""
    if equipment_id is not None:
        who, shown = catalog.get(equipment_id).name, maintenance.of(equipment_id, now=now).items
    else:
        who = f"All {catalog.type(equipment_type).plural}" if equipment_type else "The plant"
        items = maintenance.plant(now=now, equipment_type=equipment_type).items
        shown = tuple(item for item in items if item.presses)[:MOST]
    voice = Voice(catalog)
    machines = tuple(dict.fromkeys(item.equipment for item in shown)) or ((equipment_id,) if equipment_id else ())
    nothing = Fact(text="Nothing is due.", relevance=Relevance.STATE)
    part = Part(
        heading=f"{who}: maintenance as of {voice.time(now)}, the most urgent first",
        facts=tuple(fact_of(voice, item) for item in shown) or (nothing,),
        machines=machines,
        sources=(*machines, ROLLUPS),
    )
    return Context(kind="maintenance", parts=(part,))


def fact_of(voice: Voice, item: Item) -> Fact:
    """One item in one line; its numbers are figures, its times and limits stand in their one form."""
    metric = voice.catalog.metric(item.equipment, item.metric)
    name = f"{voice.name(item.equipment)} {metric.label}"
    figures = item.figures
    if not figures:
        return Fact(text=f"{name}: {_reason(item)}", relevance=Relevance.DETAIL)
    if item.kind == "efficiency_loss" and figures[0].value <= 0:
        return Fact(text=f"{item.state}: {name} {_NO_LOSS}", relevance=Relevance.COURSE)
    said = _lost(voice, item, figures) if item.kind == "efficiency_loss" else _course(voice, item, figures[0])
    pressing = Relevance.UNUSUAL if item.presses else Relevance.COURSE
    return Fact(text=f"{item.state}: {name} {said}", figures=figures, relevance=pressing)


def _lost(voice: Voice, item: Item, figures: Sequence[Figure]) -> str:
    lost, cost = (wording.number(figure, voice.catalog) for figure in figures)
    return f"beyond what the same work used to take in the last week: {lost} kWh, {cost} {item.currency}"


def _course(voice: Voice, item: Item, figure: Figure) -> str:
    bound = limit_of(voice.catalog.metric(item.equipment, item.metric), item.limit or 0.0)
    if item.at is None:
        return f"{voice.amount(figure)} at usual load; its {bound} is not in sight"
    span = f"earliest {voice.time(item.earliest)}" if item.earliest else ""
    span += f", latest {voice.time(item.latest)}" if item.latest else ""
    return f"{voice.amount(figure)} at usual load; reaches its {bound} at {voice.time(item.at)}{span and f' ({span})'}"


def _reason(item: Item) -> str:
    return "was off, nothing to tell" if item.state == "off" else wordy(item.why) or "not enough history to tell"
