"""Writing readings: bulk loads and the live feed, idempotent, with roll-ups and newest readings always right."""

from cc_common.ingest.deleting import delete
from cc_common.ingest.loading import bulk_load
from cc_common.ingest.minute import write_minute
from cc_common.ingest.rollups import refresh_rollups
from cc_common.ingest.rows import Rows

__all__ = ["Rows", "bulk_load", "delete", "refresh_rollups", "write_minute"]
