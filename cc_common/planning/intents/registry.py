"""The type of the intent registry: an intent with its slots, its grammar and its widgets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from cc_common.core.errors import InvalidInput
from cc_common.core.evidence import Statistic
from cc_common.planning.grammar_parts import Candidates
from cc_common.planning.plan import WidgetType
from cc_common.understanding import Resolution

Slot = Literal["equipment", "equipment_type", "metrics", "aggregation", "order", "top_n", "window", "step"]
Subject = Literal["machines", "types"]
# The default window of a plan: the last 24 hours, none (the present state), or the future.
DefaultWindow = Literal["last_day", "none", "ahead"]
MIN_EXAMPLES = 3


def is_always_possible(_: Resolution) -> bool:
    """The default condition: the intent is always possible."""
    return True


@dataclass(frozen=True, kw_only=True)
class Intent:
    """One kind of question. `widgets` are in the order of the grammar."""

    name: str  # the first word of the model's line
    label: str  # the label in the console's correction dialog
    description: str  # one sentence for the reference
    examples: tuple[str, ...]  # questions on the simulated plant that have this intent
    about: tuple[Subject, ...] = ()  # single machines, or a type of machine or the whole plant
    needs: tuple[Slot, ...] = ()  # a plan without one of these is refused
    may_have: tuple[Slot, ...] = ()  # further slots that its plan may fill
    statistics: tuple[Statistic, ...] = ()  # allowed on its line, or the one that it implies
    widgets: tuple[WidgetType, ...] = ()
    usual_widgets: tuple[WidgetType, ...] = ()  # the corpus's widgets, best first
    default_window: DefaultWindow = "last_day"
    offered: bool = True  # whether the model may choose it
    subject: Callable[[Candidates], str]  # Lark text of the line after the name; "" where candidates forbid it
    is_possible: Callable[[Resolution], bool] = is_always_possible  # False removes it from the grammar

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Every slot that a plan of this intent may fill."""
        return (*self.needs, *self.may_have)

    @property
    def is_ahead(self) -> bool:
        """Tells whether the plan's window is in the future."""
        return self.default_window == "ahead"

    @property
    def implied_statistic(self) -> Statistic | None:
        """The statistic of the plan where the line names none."""
        return self.statistics[0] if self.statistics and "aggregation" not in self.slots else None


class IntentRegistry(Mapping[str, Intent]):
    """All intents by name, in the order of registration, which is the order of the grammar."""

    def __init__(self) -> None:
        self._intents: dict[str, Intent] = {}

    def __getitem__(self, name: str) -> Intent:
        return self._intents[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._intents)

    def __len__(self) -> int:
        return len(self._intents)

    def register(self, intent: Intent) -> None:
        """Adds an intent; InvalidInput where the name is taken or a part is missing."""
        if intent.name in self._intents:
            raise InvalidInput(f"There is an intent {intent.name!r} already: choose another name.")
        if len(intent.examples) < MIN_EXAMPLES:
            raise InvalidInput(f"The intent {intent.name!r} needs at least {MIN_EXAMPLES} example questions.")
        if foreign := set(intent.usual_widgets) - set(intent.widgets):
            raise InvalidInput(f"{intent.name}.usual_widgets holds {', '.join(sorted(foreign))}, its widgets do not.")
        self._intents[intent.name] = intent

    @contextmanager
    def registered(self, intent: Intent) -> Iterator[None]:
        """Registers an intent within a `with` block; for tests and trials."""
        self.register(intent)
        try:
            yield
        finally:
            del self._intents[intent.name]

    def offered(self) -> tuple[str, ...]:
        """The names of the intents from which the model chooses."""
        return tuple(name for name, intent in self._intents.items() if intent.offered)

    def about(self, subject: Subject) -> tuple[str, ...]:
        """The names of the intents about single machines, or about types and the whole plant."""
        return tuple(name for name, intent in self._intents.items() if subject in intent.about)


INTENTS = IntentRegistry()
