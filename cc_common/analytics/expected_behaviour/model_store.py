"""Model versions in the app database: add, load the served ones, roll back."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cc_common.analytics.expected_behaviour.backtest import BacktestVerdict
from cc_common.analytics.expected_behaviour.machine_model import (
    FORMAT,
    KEPT,
    MachineModel,
    ModelRow,
    from_bytes,
    to_bytes,
)
from cc_common.core.errors import Conflict
from cc_common.db import Database, queries


@dataclass(frozen=True, kw_only=True)
class ServedModels:
    """A served model with the result of its backtest."""

    version: int
    model: MachineModel
    gate: dict[str, Any]


def load_served(app: Database, machines: Sequence[str]) -> dict[str, ServedModels]:
    """Loads the served models of these machines."""
    parameters = {"equipment": list(machines), "format": FORMAT}
    with app.connection() as connection:
        rows = connection.execute(queries("machines")["served"], parameters, binary=True).fetchall()
    return {r.equipment: ServedModels(version=r.version, model=from_bytes(bytes(r.data)), gate=r.gate) for r in rows}


def has_any(app: Database, equipment: str) -> bool:
    """Whether a machine's model is served."""
    with app.connection() as connection:
        row = connection.execute(queries("machines")["has_any"], {"equipment": equipment, "format": FORMAT}).fetchone()
    return bool(row and row.found)


def versions(app: Database, equipment: str) -> tuple[ModelRow, ...]:
    """All versions kept, newest first."""
    with app.connection() as connection:
        rows = connection.execute(queries("machines")["versions"], {"equipment": equipment}).fetchall()
    return tuple(ModelRow(**row._asdict()) for row in rows)


def last_attempts(app: Database, equipment_type: str, until: datetime) -> Collection[str]:
    """The machines with a version that was judged on the window that ends then."""
    parameters = {"type": equipment_type, "until": until, "format": FORMAT}
    with app.connection() as connection:
        return {row.equipment for row in connection.execute(queries("machines")["tried"], parameters)}


def counts(app: Database) -> list[tuple[str, int, datetime]]:
    """By type: machines with a model, and the oldest end of their training windows."""
    with app.connection() as connection:
        rows = connection.execute(queries("machines")["counts"], {"format": FORMAT}).fetchall()
    return [(row.type, row.machines, row.oldest) for row in rows]


def add_version(
    app: Database, equipment_type: str, model: MachineModel, verdict: BacktestVerdict, judged_until: datetime
) -> None:
    """Stores a version, served from now on if adopted, and deletes the oldest beyond KEPT."""
    sql = queries("machines")
    parameters = {
        "equipment": model.equipment,
        "state": "served" if verdict.adopted else "rejected",
        "type": equipment_type,
        "format": FORMAT,
        "from": model.trained.start,
        "until": model.trained.end,
        "judged": judged_until,
        "hours": model.hours,
        "gate": json.dumps(verdict.as_json(model), allow_nan=False),
        "data": to_bytes(model),
        "kept": KEPT,
    }
    with app.transaction() as connection:
        connection.execute(sql["lock"], parameters)
        if verdict.adopted:
            connection.execute(sql["retire"], parameters)
        connection.execute(sql["add"], parameters)
        connection.execute(sql["forget"], parameters)


def roll_back(app: Database, equipment: str) -> ModelRow:
    """Serves the version adopted before the current one; Conflict where there is none."""
    sql, parameters = queries("machines"), {"equipment": equipment, "format": FORMAT}
    with app.transaction() as connection:
        connection.execute(sql["lock"], parameters)
        row = connection.execute(sql["served_before"], parameters).fetchone()
        if row is None:
            raise Conflict(f"{equipment} has no earlier model to go back to.")
        connection.execute(sql["retire"], parameters)
        connection.execute(sql["serve_again"], {**parameters, "version": row.version})
    return next(each for each in versions(app, equipment) if each.state == "served")
