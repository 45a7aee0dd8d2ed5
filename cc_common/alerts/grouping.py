"""Groups: alerts of one cause are one alarm. An event unfolds on a machine, or strikes many of a type alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from cc_common.alerts.alert import PLANT, SEVERITIES, NewAlert, Severity

UNFOLDS: Final = timedelta(hours=6)  # what follows an alert of the same machine so soon is the same event
RETURNS: Final = timedelta(hours=12)  # what was over for less has come back
COMMON: Final = 3  # machines of a type with the same trouble: a common cause

SILENT: Final = "gap"  # of whatever type: machines on one line fall silent together
ANY: Final = ""

Trouble = tuple[str, str | None, str]  # type of machine, metric, kind


class Named(Protocol):
    """What both new and standing alerts say."""

    @property
    def equipment(self) -> str:
        """The machine."""

    @property
    def metric(self) -> str | None:
        """None: the machine as a whole."""

    @property
    def kind(self) -> str:
        """The rule that found it."""


@dataclass(frozen=True, kw_only=True)
class RelatedMachines:
    """An alert that a new one may belong to; `leader`: the first of its group."""

    id: str
    leader: str
    metric: str | None
    severity: Severity
    raised_at: datetime


def find_leader(new: NewAlert, kin: Sequence[RelatedMachines]) -> str | None:
    """The group that a machine's new alert joins, of these of the same machine; None: it begins one.

    A graver alert is never hidden in a milder group.
    """
    for each in sorted(kin, key=lambda k: k.raised_at, reverse=True):
        near = new.metric == each.metric or new.raised_at - each.raised_at <= UNFOLDS
        if near and not is_more_severe(new.severity, each.severity):
            return each.leader
    return None


def is_more_severe(one: Severity, other: Severity) -> bool:
    """Whether the first is the graver."""
    return SEVERITIES.index(one) > SEVERITIES.index(other)


def list_troubles(types: Mapping[str, str], new: Sequence[NewAlert]) -> list[tuple[Trouble | None, list[NewAlert]]]:
    """The new alerts by what they have in common over machines, each time the gravest first; None: nothing.

    `types`: of each machine.
    """
    alike: dict[Trouble | None, list[NewAlert]] = defaultdict(list)
    for alert in sorted(new, key=lambda a: -SEVERITIES.index(a.severity)):
        alike[find_trouble(types, alert)].append(alert)
    return list(alike.items())


def find_trouble(types: Mapping[str, str], alert: Named) -> Trouble | None:
    """What an alert could have in common with others': of all that are silent, else of those of its type."""
    if alert.equipment == PLANT or alert.equipment not in types:
        return None
    return (ANY if alert.kind == SILENT else types[alert.equipment]), alert.metric, alert.kind


def is_common(new: Sequence[Named], standing: Sequence[Named]) -> bool:
    """Whether so many machines have it that it is one alarm about all of them."""
    return len({alert.equipment for alert in (*new, *standing)}) >= COMMON
