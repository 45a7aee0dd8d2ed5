"""Groups alerts of one cause: consecutive alerts of one machine, or the same trouble on many machines of a type."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from cc_common.alerts.alert import PLANT, SEVERITIES, NewAlert, Severity

UNFOLDS: Final = timedelta(hours=6)  # alerts of one machine within this time belong to one event
RETURNS: Final = timedelta(hours=12)  # a condition that returns within this time joins its group
COMMON: Final = 3  # machines of a type with the same trouble, from which it has a common cause

SILENT: Final = "gap"  # grouped over all types: machines on one line lose their connection together
ANY: Final = ""

Trouble = tuple[str, str | None, str]  # type of machine, metric, kind


class Named(Protocol):
    """The attributes that new and open alerts share."""

    @property
    def equipment(self) -> str:
        """The id of the machine."""

    @property
    def metric(self) -> str | None:
        """The metric; None: the machine as a whole."""

    @property
    def kind(self) -> str:
        """The rule that found it."""


@dataclass(frozen=True, kw_only=True)
class RelatedMachines:
    """A recent alert of the same machine; `leader`: the first of its group."""

    id: str
    leader: str
    metric: str | None
    severity: Severity
    raised_at: datetime


def find_leader(new: NewAlert, kin: Sequence[RelatedMachines]) -> str | None:
    """The leader of the group that a machine's new alert joins, given that machine's alerts; None: it begins a group.

    An alert never joins a group of lower severity.
    """
    for each in sorted(kin, key=lambda k: k.raised_at, reverse=True):
        near = new.metric == each.metric or new.raised_at - each.raised_at <= UNFOLDS
        if near and not is_more_severe(new.severity, each.severity):
            return each.leader
    return None


def is_more_severe(one: Severity, other: Severity) -> bool:
    """Whether the first severity is higher."""
    return SEVERITIES.index(one) > SEVERITIES.index(other)


def list_troubles(types: Mapping[str, str], new: Sequence[NewAlert]) -> list[tuple[Trouble | None, list[NewAlert]]]:
    """Groups new alerts by their trouble, each by falling severity; None: alerts without one.

    `types`: machine -> type.
    """
    alike: dict[Trouble | None, list[NewAlert]] = defaultdict(list)
    for alert in sorted(new, key=lambda a: -SEVERITIES.index(a.severity)):
        alike[find_trouble(types, alert)].append(alert)
    return list(alike.items())


def find_trouble(types: Mapping[str, str], alert: Named) -> Trouble | None:
    """The trouble an alert may share with others: for silence over all machines, else over those of its type."""
    if alert.equipment == PLANT or alert.equipment not in types:
        return None
    return (ANY if alert.kind == SILENT else types[alert.equipment]), alert.metric, alert.kind


def is_common(new: Sequence[Named], standing: Sequence[Named]) -> bool:
    """Whether enough machines share it to be one alarm."""
    return len({alert.equipment for alert in (*new, *standing)}) >= COMMON
