"""Carries experiences over to the ranker's layout of today, so that those of an older one still teach."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from cc_common.feedback.experience import Experience, RatedExperience, ShownWidget
from cc_common.ranking.layout import CURRENT, KNOWN, Layout, carry_context, carry_widget


def carry_experience(experience: Experience, layouts: Mapping[int, Layout] = KNOWN) -> Experience:
    """The experience in today's layout; as it is where its layout is not known or its intent or a widget is gone."""
    old = layouts.get(experience.tier1_layout)
    if old is None or old is CURRENT:
        return experience
    context = carry_context(experience.context, old, CURRENT)
    widgets = [_carry_shown(shown, old) for shown in experience.widgets]
    if context is None or None in widgets:
        return experience
    shown = tuple(widget for widget in widgets if widget is not None)
    return replace(experience, context=context, widgets=shown, tier1_layout=CURRENT.number)


def carry_rated(rated: Iterable[RatedExperience], layouts: Mapping[int, Layout]) -> list[RatedExperience]:
    """The same of rated experiences."""
    return [replace(one, experience=carry_experience(one.experience, layouts)) for one in rated]


def _carry_shown(shown: ShownWidget, old: Layout) -> ShownWidget | None:
    rows = carry_widget(shown.features, old, CURRENT)
    return None if rows is None else replace(shown, features=rows)
