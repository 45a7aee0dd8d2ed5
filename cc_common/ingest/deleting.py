"""Taking readings back: a stretch that was recorded by mistake."""

from __future__ import annotations

from cc_common.catalog.store import Catalog
from cc_common.db import Connection, compose, queries
from cc_common.ingest.loading import lock, refresh_latest
from cc_common.ingest.rollups import refresh_rollups
from cc_common.window import Window


def delete(connection: Connection, catalog: Catalog, equipment_id: str, window: Window) -> int:
    """Delete a machine's rows in the window, roll-ups and newest reading with them, in one transaction; how many."""
    kind, span = catalog.type_of(equipment_id), {"start": window.start, "end": window.end}
    with connection.transaction():
        lock(connection, [equipment_id])
        query = compose(queries("ingest")["delete_window"], table=equipment_id)
        if deleted := connection.execute(query, span).rowcount:
            refresh_rollups(connection, catalog, equipment_id, window.start, window.end)
            connection.execute(queries("ingest")["forget_latest"], {"equipment": equipment_id, **span})
            refresh_latest(connection, kind, equipment_id)
    return deleted
