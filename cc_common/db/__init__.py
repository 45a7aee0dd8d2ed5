"""PostgreSQL: pools, named statements, migrations and the embedded server. The only importer of psycopg."""

from cc_common.db.databases import Databases, migrate, open_databases, url_of
from cc_common.db.pool import Connection, Database, act_for, act_for_ourselves
from cc_common.db.statements import compose, fetch, queries
from cc_common.embedded_postgres import EmbeddedServer

__all__ = [
    "Connection",
    "Database",
    "Databases",
    "EmbeddedServer",
    "act_for",
    "act_for_ourselves",
    "compose",
    "fetch",
    "migrate",
    "open_databases",
    "queries",
    "url_of",
]
