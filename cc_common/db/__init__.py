"""PostgreSQL: pools, named statements, migrations and the embedded server. The only importer of psycopg."""

from cc_common.db.actor import act_for, act_for_ourselves
from cc_common.db.embedded import EmbeddedServer
from cc_common.db.migrations import migrate
from cc_common.db.opening import Databases, open_databases
from cc_common.db.pool import Connection, Database
from cc_common.db.statements import compose, fetch, queries
from cc_common.db.url import url_of

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
