"""What one look at the plant leads to: what is new, what is over, what is to be escalated. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from cc_common.alerts import unusual
from cc_common.alerts.escalation import is_unseen, is_worse
from cc_common.alerts.findings import findings, is_well
from cc_common.alerts.model import SYSTEM, Cause, NewAlert
from cc_common.alerts.store import Standing
from cc_common.alerts.view import View

ONE_A_MACHINE: Final = frozenset([unusual.DEVIATION])  # whatever metric deviates most just now


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Alerts to raise, to clear and to escalate; of those that grew worse, with what was found now."""

    new: tuple[NewAlert, ...]
    over: tuple[Standing, ...]
    unseen: tuple[Standing, ...]
    worse: tuple[tuple[Standing, NewAlert], ...]


def judge(view: View, stands: Sequence[Standing], put_away: Collection[Cause], *, patience: timedelta) -> Verdict:
    """`put_away`: causes that a person cleared lately; `patience`: until an unseen critical alert is escalated."""
    over = tuple(alert for alert in stands if is_well(view, alert))
    wrong = findings(view)
    known = {_named(alert.cause): alert for alert in stands}
    away = {_named(cause) for cause in put_away}
    return Verdict(
        new=tuple(alert for alert in wrong if (name := _named(alert.cause)) not in known and name not in away),
        over=over,
        unseen=tuple(alert for alert in stands if alert not in over and is_unseen(alert, view.now, patience)),
        worse=tuple(
            (own, alert)
            for alert in wrong
            if (own := known.get(_named(alert.cause))) and own.raised_by == SYSTEM and is_worse(own, alert)
        ),
    )


def _named(cause: Cause) -> Cause:
    equipment, metric, kind = cause
    return equipment, None if kind in ONE_A_MACHINE else metric, kind
