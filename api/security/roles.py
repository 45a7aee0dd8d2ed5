"""Roles and the endpoints they may call: one table, checked before any view runs."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

PROBES: Final = frozenset(["probes.healthz", "probes.readyz"])
PAGES: Final = "console."  # hold nothing of the plant: what they show they fetch with the user's token


class Role(IntEnum):
    """A higher role may all that a lower one may."""

    OPERATOR = 1
    ENGINEER = 2
    ADMIN = 3

    @property
    def word(self) -> str:
        """As it is written."""
        return self.name.lower()


# What needs more than an operator, by endpoint.
NEEDS: Final[Mapping[str, Role]] = {
    "models.activate": Role.ADMIN,
    "models.rollback": Role.ADMIN,
    "machines.rollback": Role.ADMIN,
    "audit.list_audit": Role.ADMIN,
}
AUDITED: Final = frozenset(
    [
        "ratings.rate",
        "alerts.acknowledge",
        "alerts.clear",
        "alerts.shelve",
        "alerts.unshelve",
        "models.activate",
        "models.rollback",
        "machines.rollback",
    ]
)  # whose acts the audit log names a caller for


def needed(endpoint: str | None) -> Role | None:
    """The role an endpoint needs; None: anybody, for it tells nothing of the plant. An unknown one is an operator's."""
    if endpoint is None:
        return Role.OPERATOR
    if endpoint in PROBES or endpoint == "static" or endpoint.endswith(".static") or endpoint.startswith(PAGES):
        return None
    return NEEDS.get(endpoint, Role.OPERATOR)
