"""The line in which the model says its plan, its grammar, and the way back.

    latest 1 a: kpi trend                 machine 1, metric a, as numbered in the prompt
    statistics 1 2 a avg: statistics kpi  which statistic of both machines
    rank ahu b max desc: ranking          over a type; top_n and the window are code's unless the question holds several
    summary plant: summary                no machine named
    anomalies 1 a: anomalies trend        of one metric; "anomalies 1" of all its metrics
    forecast 1 a: forecast                the time ahead, and the level to reach, are code's
    out_of_scope control                  why not

Short on purpose: every token costs an operator some milliseconds, and what only code can know (ids, dates, counts) is
not the model's to spell. Machines are numbered and metrics lettered in the order of the Resolution.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cc_common.catalog.store import Catalog
from cc_common.planning.grammar_parts import Candidates, any_of
from cc_common.planning.intents import INTENTS, Intent
from cc_common.planning.possible_intents import possible_intents, unlikely_intents
from cc_common.understanding import Resolution

_LIKELY: Final = "// likely "
MAX_WIDGETS: Final = 4


def grammar(resolution: Resolution, catalog: Catalog) -> str:
    """Lark text for llguidance that admits exactly the lines this question's candidates allow."""
    intents, hardly = possible_intents(resolution), unlikely_intents(resolution)
    likely = [intent for intent in intents if intent not in hardly]
    wide = _lark(intents, Candidates(resolution, catalog))
    narrow = _lark(likely, Candidates(resolution, catalog, leaning=True))
    return wide if narrow == wide else wide + "".join(f"{_LIKELY}{line}\n" for line in narrow.splitlines())


def likely_of(lark: str) -> str:
    """The narrower grammar of what is likely, which rides along in the comments; "" where there is none."""
    lines = (line.removeprefix(_LIKELY) for line in lark.splitlines() if line.startswith(_LIKELY))
    return "".join(f"{line}\n" for line in lines)


def _lark(intents: Sequence[str], candidates: Candidates) -> str:
    bodies = {name: line_grammar(INTENTS[name], candidates) for name in intents}
    if not any(bodies.values()):
        bodies = {name: line_grammar(INTENTS[name], candidates) for name in INTENTS.offered()}
    lines = [f"start: {' | '.join(name for name, body in bodies.items() if body)}"]
    lines += [f"{name}: {body}" for name, body in bodies.items() if body]
    return "\n".join(lines) + "\n"


def line_grammar(intent: Intent, candidates: Candidates) -> str:
    """One intent's line as a Lark expression; "" where the candidates do not allow the intent."""
    subject = intent.subject(candidates)
    if not subject:
        return ""
    head = f'"{intent.name} " {subject}{_window(intent, candidates)}'
    return f'{head} ":" {_widgets(intent)}' if intent.widgets else head


def _window(intent: Intent, candidates: Candidates) -> str:
    """Which of several: a forecast is of the time ahead, all else of the time that was, where both are named."""
    asked = candidates.resolution
    if len(asked.windows) < 2 or "window" not in intent.slots:
        return ""
    fitting = [i for i, window in enumerate(asked.windows, 1) if asked.lies_ahead(window) == intent.is_ahead]
    return f' " w" {any_of(str(i) for i in fitting or range(1, len(asked.windows) + 1))}'


def _widgets(intent: Intent) -> str:
    one = f'" " {any_of(intent.widgets)}'
    return f"{one} ({one}){{0,{MAX_WIDGETS - 1}}}"
