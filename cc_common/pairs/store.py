"""What pairs need beside the rated answers: the plan that a follow-up followed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cc_common.db import Database, queries


def plans_before(app: Database, experience_ids: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    """By experience id, the plan of the same session's answered question before it, where there is one."""
    asked = {"ids": list(experience_ids)}
    with app.connection() as connection:
        return {row.id: row.plan for row in connection.execute(queries("pairs")["plans_before"], asked)}
