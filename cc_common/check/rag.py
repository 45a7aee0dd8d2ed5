"""Checks of the contexts: each builder builds, every number can be found again, budgets are kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from cc_common.check.model import Check, Failed, expect
from cc_common.check.scene import Scene
from cc_common.check.truth import confirm
from cc_common.errors import NotFound
from cc_common.rag import Context, byte_count, check
from cc_common.window import Window

DAY: Final = timedelta(days=1)
BUDGETS: Final = (500, 1000, 2000, 4000)


def built(scene: Scene) -> list[Context]:
    """The five contexts that an assembly is made of."""
    return [look(scene) for look in BUILDERS.values()]


BUILDERS: Final[dict[str, Callable[[Scene], Context]]] = {
    "equipment summary": lambda s: s.contexts.equipment_summary(s.machine, s.until_newest(DAY)),
    "historical trend": lambda s: s.contexts.historical_trend(s.machine, s.until_newest(7 * DAY)),
    "anomalies in context": lambda s: s.contexts.anomalies_in_context(s.until_newest(DAY)),
    "comparison": lambda s: s.contexts.comparison(s.contexts.siblings(s.machine), s.until_newest(DAY)),
    "alerts context": lambda s: s.contexts.alerts_context(s.until_newest(DAY)),
}


def _said(context: Context) -> str:
    expect(bool(context.parts and context.parts[0].facts), "it says nothing")
    return f"{sum(len(part.facts) for part in context.parts)} facts, {len(context.figures)} figures"


def _numbers(scene: Scene, context: Context) -> str:
    expect(bool(context.figures), f"it holds no figure of {scene.machine}")
    return _said(context)


def assembly(scene: Scene) -> str:
    """All of them together hold every fact of each."""
    parts = built(scene)
    whole = scene.contexts.assemble(parts, 10**9)
    expect(whole.complete and all(part.text in whole.text for part in parts), "facts were lost on the way")
    return f"{len(whole.parts)} parts, {byte_count(whole.text):,} bytes"


def traceable(scene: Scene) -> str:
    """Every number of every text is a figure, and every figure of readings is what its rows say."""
    figures = 0
    for context in built(scene):
        check(context, scene.catalog)
        known = {machine.id for machine in scene.catalog.equipment}
        found = [f for f in context.figures if f.evidence.table in known and f.evidence.statistic != "forecast"]
        confirm(scene, found, recorded=context.kind == "alerts")
        figures += len(found)
    return f"{figures} figures found again in the rows"


def budget(scene: Scene) -> str:
    """No assembly is longer than its budget, and none cuts a fact."""
    parts = built(scene)
    facts = {fact for context in parts for part in context.parts for fact in part.facts}
    for most in BUDGETS:
        short = scene.contexts.assemble(parts, most)
        expect(byte_count(short.text) <= most, f"{byte_count(short.text)} bytes in a budget of {most}")
        expect({fact for part in short.parts for fact in part.facts} <= facts, "a fact was cut")
    return f"kept at {', '.join(map(str, BUDGETS))} bytes"


def refused(scene: Scene) -> str:
    """A machine that is not there is not found."""
    try:
        scene.contexts.equipment_summary("no_such_machine", scene.until_newest(DAY))
    except NotFound:
        return "a machine that is not there is not found"
    raise Failed("a machine that is not there was told of")


def silence(scene: Scene) -> str:
    """A window before all readings is told in words."""
    own = scene.readings.data_range(scene.machine)
    if own is None:
        raise Failed(f"{scene.machine} has no rows")
    before = Window(start=own.start - 2 * DAY, end=own.start - DAY)
    text = scene.contexts.historical_trend(scene.machine, before).text
    expect("There are no readings" in text, "an empty window is not told as one")
    return "an empty window is told in words"


_OF_READINGS: Final = ("equipment summary", "historical trend", "comparison")


def _check(name: str, build: Callable[[Scene], Context]) -> Check:
    if name in _OF_READINGS:
        return Check(f"rag: {name}", lambda scene: _numbers(scene, build(scene)))
    return Check(f"rag: {name}", lambda scene: _said(build(scene)))


SUITE: Final = (
    *(_check(name, build) for name, build in BUILDERS.items()),
    Check("rag: context assembly", assembly),
    Check("rag: every number traceable", traceable),
    Check("rag: budget kept", budget),
    Check("rag: unknown refused", refused),
    Check("rag: empty window in words", silence),
)
