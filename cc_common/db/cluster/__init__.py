"""One PostgreSQL of our own on this machine: its files, the account it runs as, its programs and its locks."""

from cc_common.db.cluster.lifecycle import SUPERUSER, Cluster
from cc_common.db.cluster.locks import FileLock
from cc_common.db.cluster.paths import PORT

__all__ = ["PORT", "SUPERUSER", "Cluster", "FileLock"]
