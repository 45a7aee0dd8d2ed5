"""Resolves follow-up questions from the previous plan: "and yesterday?", "same for chiller 2"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from cc_common.catalog.store import Catalog
from cc_common.core.windows import Window
from cc_common.planning.follow_up_words import (
    ADDING,
    ALERTS,
    ALSO,
    AROUND,
    AROUND_TIMES,
    BARE,
    BARE_LONG,
    BY_THAT,
    COMPARED,
    CUE,
    HOURS_ALONE,
    MACHINE_ALONE,
    MAX_ALONE_LENGTH,
    MAX_BARE,
    MAX_RANKED,
    MEANT,
    NOW,
    NUMBER_ALONE,
    NUMBERED,
    NUMBERS_ADDED,
    NUMBERS_ALONE,
    ON_WITH_IT,
    PAIR_ALONE,
    POINTING,
    SPOKEN_ALONE,
    WHOLE,
)
from cc_common.planning.intent_rules import is_slip
from cc_common.planning.intents import INTENTS
from cc_common.planning.irrelevant_clauses import drop_irrelevant_clauses
from cc_common.planning.plan import Plan
from cc_common.understanding import Resolution, Resolver
from cc_common.understanding.english_words import is_superlative, plural
from cc_common.understanding.spelling import expand_abbreviations
from cc_common.understanding.time_expressions import find_times
from cc_common.understanding.tokens import NUMBER_WORDS, read_number


def understand(
    question: str, resolver: Resolver, catalog: Catalog, *, now: datetime, before: Plan | None = None
) -> Resolution:
    """Resolves a question; names that it omits are taken from the previous plan `before`."""
    question = _to_the_point(expand_abbreviations(question, resolver.has_word), resolver, catalog, now)
    found = resolver.resolve(question, now=now)
    if before is None or before.intent == "out_of_scope":
        return found
    text = _with_machine(found, before, catalog)
    found = found if text == question else replace(resolver.resolve(text, now=now), question=question)
    if text == question and not _follows(found, before, catalog, now):
        return found
    adds = _adds(question) if text == question else bool(NUMBERS_ADDED.search(question))
    adding = bool(found.equipment and before.equipment and adds)
    missing = ", ".join(_left_out(found, before, catalog, now, adding=adding))
    whole = resolver.resolve(f"{missing}, {text}" if adding else f"{text}, {missing}", now=now)
    return replace(
        whole,
        question=question,
        windows=found.windows or _carried(question, before),
        numbers=whole.numbers or (() if before.top_n is None else (before.top_n,)),
        before=_said(before),
        order=before.order,
        adding=adding,
        again=not adding and _repeats(found, before, catalog, now),
    )


def _to_the_point(question: str, resolver: Resolver, catalog: Catalog, now: datetime) -> str:
    return drop_irrelevant_clauses(
        question,
        read=lambda text: resolver.resolve(text, now=now),
        times_of=lambda text: find_times(text, now=now, tz=catalog.tz),
        metrics_of=lambda types: {metric.name for name in types for metric in catalog.type(name).metrics},
    )


def _with_machine(found: Resolution, before: Plan, catalog: Catalog) -> str:
    """Inserts the machine that the question refers to: "on 21?" after a plan about AHU 20, "that pump"."""
    kinds = {catalog.type_of(machine).name for machine in before.equipment}
    if before.equipment_type and NUMBERED.search(found.question):
        kinds.add(before.equipment_type)
    if found.equipment or len(kinds) != 1:
        return found.question
    kind = catalog.type(kinds.pop())
    if not found.equipment_types and (text := _with_numbers(found, kind.label)):
        return text
    names = "|".join(re.escape(name) for name in (kind.label, *kind.aliases))
    pointed = re.search(rf"\b(?:that|this|same) (?:{names})\b", found.question, re.I)
    if pointed and len(before.equipment) == 1:
        return found.question.replace(pointed.group(), catalog.get(before.equipment[0]).name)
    return found.question


def _with_numbers(found: Resolution, label: str) -> str | None:
    """Inserts the label before bare machine numbers: "and 7?", "1 against 3", "and fourteen"."""
    question = found.question
    listed = NUMBERS_ADDED.search(question) or NUMBERS_ALONE.search(question)
    if listed and not found.windows:
        first, last = listed.span("numbers")
        return question[:first] + re.sub(r"\d+", rf"{label} \g<0>", listed["numbers"]) + question[last:]
    pair = PAIR_ALONE.search(question)
    if pair and {int(number) for number in pair.groups()} <= set(found.numbers):
        first, second = pair.span(1)[0], pair.span(2)[0]
        return f"{question[:first]}{label} {question[first:second]}{label} {question[second:]}"
    if HOURS_ALONE.search(question):
        return None
    counted = None if found.windows else NUMBER_ALONE.search(question)  # "yesterday at 5" is no machine
    digits = counted if counted and int(counted.group(1)) in found.numbers else NUMBERED.search(question)
    if digits:
        return f"{question[: digits.start(1)]}{label} {question[digits.start(1) :]}"
    if spoken := SPOKEN_ALONE.search(question):
        words = re.split(r"[ -]", spoken["number"].lower())
        read = read_number(words, 0)
        if read and read[1] == len(words):
            return f"{question[: spoken.start('number')]}{label} {question[spoken.start('number') :]}"
    return None


def _follows(found: Resolution, before: Plan, catalog: Catalog, now: datetime) -> bool:
    question, names_machine = found.question, bool(found.equipment or found.equipment_types)
    adding = names_machine and _adds(question)
    if found.unknown or (names_machine and found.metric_named and not adding):
        return False
    if adding or CUE.search(question) or ALSO.search(question):
        return True
    if not found.equipment and found.equipment_types and before.metrics and BY_THAT.search(question):
        return True
    if names_machine:
        asked = found.equipment and len(question) <= MAX_ALONE_LENGTH and MACHINE_ALONE.search(question)
        return bool(asked or MEANT.search(question)) or _is_alone(found, before, catalog)
    ranked = _ranks_by(found, before, catalog) and len(question.split()) <= MAX_RANKED
    about_machine = found.metric_named and (bool(before.equipment) or ranked) and not WHOLE.search(question)
    return about_machine or bool(POINTING.search(question)) or _is_bare(found, catalog, now)


def _repeats(found: Resolution, before: Plan, catalog: Catalog, now: datetime) -> bool:
    """Tells whether the question is only a name that the previous question fits, or another time for it."""
    if found.windows or not _is_alone(found, before, catalog):
        ahead = [found.lies_ahead(window) for window in found.windows]
        fits = all(ahead) if INTENTS[before.intent].is_ahead else not any(ahead)
        return fits and _is_time_alone(found, catalog, now) and "window" in INTENTS[before.intent].slots
    if before.intent == "compare":
        return len(found.equipment) > 1
    return ("machines" if found.equipment else "types") in INTENTS[before.intent].about


def _is_time_alone(found: Resolution, catalog: Catalog, now: datetime) -> bool:
    named = found.equipment or found.equipment_types or found.metric_named
    return bool(found.windows) and not named and AROUND_TIMES.issuperset(_words(found, catalog, now))


def _ranks_by(found: Resolution, before: Plan, catalog: Catalog) -> bool:
    """Tells whether the question may ask for the previous ranking by another metric that its machines have."""
    if before.intent != "rank" or before.equipment_type is None or not found.metrics:
        return False
    return catalog.type(before.equipment_type).metric(found.metrics[0].name) is not None


def _is_alone(found: Resolution, before: Plan, catalog: Catalog) -> bool:
    """Tells whether the question is a machine of the previous type, or a type after another: "meter 5", "lifts"."""
    asked = {catalog.type_of(machine).name for machine in before.equipment}
    wide = before.intent in ("anomalies", "alerts")
    alike = asked.issuperset(found.equipment_types) if asked else wide or not found.equipment
    report = before.intent == "summary" and found.equipment  # a machine alone asks for its own summary
    if found.windows or report or not alike:
        return False
    kinds = [catalog.type(name) for name in found.equipment_types]
    names = {word for k in kinds for name in (k.label, k.plural, *k.aliases) for word in name.lower().split()}
    names |= {plural(name) for name in names}
    words = re.findall(r"[^\W\d_]+", found.question.lower())
    return all(word in names or word in AROUND or word in NUMBER_WORDS for word in words)


def _adds(question: str) -> bool:
    """Tells whether the question adds a machine to the previous one: "vs chiller 3", "better than chiller 3's"."""
    return bool(ADDING.search(question) or COMPARED.search(question))


def _is_bare(found: Resolution, catalog: Catalog, now: datetime) -> bool:
    """Tells whether the question is only a time, a chart or a statistic; or only a metric."""
    words = _words(found, catalog, now)
    told = [word for word in words if not (is_superlative(word) or (len(word) > 3 and is_slip(word, BARE_LONG)))]
    return BARE.issuperset(told) or (found.metric_named and len(words) <= MAX_BARE)


def _words(found: Resolution, catalog: Catalog, now: datetime) -> list[str]:
    """The question's words without its time expressions."""
    times = find_times(found.question, now=now, tz=catalog.tz)
    return re.findall(r"[^\W\d_]+", times.without(found.question).lower())


def _left_out(found: Resolution, before: Plan, catalog: Catalog, now: datetime, *, adding: bool) -> Iterator[str]:
    """The names of the machines and metrics that the question omits, taken from the previous plan."""
    if adding or not (found.equipment or found.equipment_types):
        yield from (catalog.get(e).name for e in before.equipment)
        if before.equipment_type and not before.equipment:
            yield catalog.type(before.equipment_type).plural
    candidates = {metric.name for metric in found.metrics}  # "down to 60 percent": the previous metric, if it fits
    types = [catalog.type_of(e) for e in before.equipment]
    types += [catalog.type(before.equipment_type)] if before.equipment_type else []
    asked = [m.label for name in before.metrics for t in types[:1] if (m := t.metric(name))]
    if not found.metric_named or candidates & set(before.metrics) or BARE.issuperset(_words(found, catalog, now)):
        yield from asked
    elif "empty" in found.levels and all(metric.unit != "%" for metric in found.metrics):  # "when will it run dry"
        yield from (label for label in asked if label.endswith((" level", " charge")))


def _carried(question: str, before: Plan) -> tuple[Window, ...]:
    """The window of the previous plan; none where the question asks for the present or for alerts."""
    now = NOW.search(ON_WITH_IT.sub("", question))
    return () if before.window is None or now or ALERTS.search(question) else (before.window,)


def _said(before: Plan) -> str:
    return " ".join(word for word in (before.intent, before.aggregation) if word)
