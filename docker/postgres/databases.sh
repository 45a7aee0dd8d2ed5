#!/bin/sh
# Creates the Command Center's user and its three databases. PostgreSQL's image runs it once, on an empty volume.
# On a server of your own, run: PGHOST=... PGUSER=postgres CC_DB_PASSWORD=... sh databases.sh
# The user owns only these databases; readings are read with the role pg_read_all_data (docs/explanation/security.md).
set -eu
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "${PGUSER:-${POSTGRES_USER:-postgres}}" --dbname postgres <<'SQL'
\getenv password CC_DB_PASSWORD
CREATE ROLE command_center LOGIN PASSWORD :'password';
GRANT pg_read_all_data TO command_center;
CREATE DATABASE cc_app OWNER command_center;
CREATE DATABASE cc_timeseries OWNER command_center;
CREATE DATABASE cc_airflow OWNER command_center;
SQL
