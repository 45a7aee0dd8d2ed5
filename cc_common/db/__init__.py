"""PostgreSQL: pools, named statements, migrations and the embedded server. The only importer of psycopg."""

from cc_common.db.databases import Databases, migrate, open_databases, url_of
from cc_common.db.pool import Connection, Database, clear_actor, set_actor
from cc_common.db.statements import compose, fetch, queries
from cc_common.embedded_postgres import EmbeddedServer

__all__ = [
    "Connection",
    "Database",
    "Databases",
    "EmbeddedServer",
    "clear_actor",
    "compose",
    "fetch",
    "migrate",
    "open_databases",
    "queries",
    "set_actor",
    "url_of",
]
