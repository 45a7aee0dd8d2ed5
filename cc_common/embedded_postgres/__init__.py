"""One PostgreSQL of our own on this machine: files, account, programs, process. Imports core only."""

from cc_common.embedded_postgres.cluster import SUPERUSER, Cluster, FileLock
from cc_common.embedded_postgres.programs import PORT

__all__ = ["PORT", "SUPERUSER", "Cluster", "FileLock"]
