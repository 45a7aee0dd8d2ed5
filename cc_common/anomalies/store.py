"""Baselines in the time-series database, and those last used in memory."""

from __future__ import annotations

from datetime import datetime

from cc_common.anomalies.baseline import Baseline
from cc_common.anomalies.file import VERSION, from_bytes, to_bytes
from cc_common.catalog.equipment import EquipmentType
from cc_common.db import Database, queries
from cc_common.window import Window


class Baselines:
    """Reads each type's baseline once, and again when a newer one was learned."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: dict[str, tuple[tuple[int, datetime | None], Baseline | None]] = {}

    def of(self, kind: EquipmentType) -> Baseline | None:
        """What was learned of that type; None when nothing was, or of other metrics: since then it has grown."""
        state = self._state(kind.name)
        kept = self._kept.get(kind.name)
        if kept is None or kept[0] != state:
            kept = self._kept[kind.name] = (state, self._read(kind.name))
        baseline = kept[1]
        return baseline if baseline and baseline.center.shape[1] == len(kind.metrics) else None

    def _state(self, equipment_type: str) -> tuple[int, datetime | None]:
        parameters = {"type": equipment_type, "version": VERSION}
        with self._database.connection() as connection:
            row = connection.execute(queries("anomalies")["learned"], parameters).fetchone()
        return (row.baselines, row.newest) if row else (0, None)

    def _read(self, equipment_type: str) -> Baseline | None:
        parameters = {"type": equipment_type, "version": VERSION}
        with self._database.connection() as connection:
            rows = connection.execute(queries("anomalies")["baselines"], parameters, binary=True).fetchall()
        return from_bytes([(row.equipment_id, bytes(row.data)) for row in rows]) if rows else None


def is_learned(database: Database, equipment_type: str, window: Window) -> bool:
    """Whether a type's baselines are of that very window; they are stored all at once."""
    parameters = {"type": equipment_type, "version": VERSION, "start": window.start, "end": window.end}
    with database.connection() as connection:
        row = connection.execute(queries("anomalies")["learned_for"], parameters).fetchone()
    return bool(row and row.learned)


def save(database: Database, equipment_type: str, window: Window, baseline: Baseline | None) -> None:
    """Replace a type's baselines, all in one transaction; None: none of its machines has enough history."""
    machines = baseline.machines if baseline else ()
    rows = [
        {"equipment": m, "version": VERSION, "start": window.start, "end": window.end, "data": to_bytes(baseline, at)}
        for at, m in enumerate(machines)
        if baseline
    ]
    sql = queries("anomalies")
    with database.transaction() as connection, connection.cursor() as cursor:
        cursor.execute(sql["drop_baselines"], {"type": equipment_type, "kept": list(machines)})
        cursor.executemany(sql["save_baseline"], rows)
