#!/bin/sh
# Run once, by PostgreSQL's image on an empty volume: the user of the Command Center and its three databases.
# By hand, on a server of your own: PGHOST=... PGUSER=postgres CC_DB_PASSWORD=... sh databases.sh
# It owns its databases and nothing else; pg_read_all_data is the role in which readings are read (docs/explanation/security.md).
set -eu
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "${PGUSER:-${POSTGRES_USER:-postgres}}" --dbname postgres <<'SQL'
\getenv password CC_DB_PASSWORD
CREATE ROLE command_center LOGIN PASSWORD :'password';
GRANT pg_read_all_data TO command_center;
CREATE DATABASE cc_app OWNER command_center;
CREATE DATABASE cc_timeseries OWNER command_center;
CREATE DATABASE cc_airflow OWNER command_center;
SQL
