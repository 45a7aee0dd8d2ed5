-- What the checks compare with: plain SQL over the rows themselves.

-- name: ping
-- Whether the server answers, and as what.
SELECT current_setting('server_version') AS version

-- name: missing_tables
-- Which of these tables are not there.
SELECT name FROM unnest(%(tables)s::text[]) AS name WHERE to_regclass(name) IS NULL ORDER BY name

-- name: without_index
-- Which of these tables have no unique index that begins with ts.
SELECT c.relname AS name
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'ts'
WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY (%(tables)s)
  AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indkey[0] = a.attnum)
ORDER BY name

-- name: explain
-- How the server would read an hour of one machine.
EXPLAIN SELECT {column} FROM {table} WHERE ts >= %(start)s AND ts < %(end)s

-- name: extension
-- Whether TimescaleDB is there.
SELECT extversion AS version FROM pg_extension WHERE extname = 'timescaledb'

-- name: newest_row
-- The newest row of one machine.
SELECT ts, {columns} FROM {table} ORDER BY ts DESC LIMIT 1

-- name: newest_times
-- The newest row's time of one machine.
SELECT max(ts) AS ts FROM {table}

-- name: figures
-- Every statistic of one metric over a window, and how many readings it has.
SELECT count({column}) AS count, avg({column}::float8) AS avg, min({column})::float8 AS min, max({column})::float8 AS max,
       sum({column}::float8) AS sum, (array_agg({column}::float8 ORDER BY ts DESC))[1] AS last,
       (array_agg({column}::float8 ORDER BY ts DESC))[1] - (array_agg({column}::float8 ORDER BY ts))[1] AS delta
FROM {table} WHERE ts >= %(start)s AND ts < %(end)s AND {column} IS NOT NULL

-- name: hours
-- One metric by the plant's hours.
SELECT date_trunc('hour', ts, %(tz)s) AS ts, avg({column}::float8) AS value, count({column}) AS n
FROM {table} WHERE ts >= %(start)s AND ts < %(end)s AND {column} IS NOT NULL GROUP BY 1 ORDER BY 1

-- name: rows
-- How many rows a machine has in a window.
SELECT count(*) AS rows FROM {table} WHERE ts >= %(start)s AND ts < %(end)s

-- name: counted
-- A machine's hours or days, counted from its rows.
SELECT date_trunc(%(unit)s, ts, %(tz)s) AS ts, count(*)::int, {metrics}
FROM {table} WHERE ts >= %(start)s AND ts < %(end)s GROUP BY 1 ORDER BY 1

-- name: counted_metric
-- One metric of it.
count({metric})::int, min({metric})::float8, max({metric})::float8, sum({metric}::float8)

-- name: rolled_up
-- The same as the roll-up has it.
SELECT ts, rows, {metrics} FROM {rollup}
WHERE equipment_id = %(machine)s AND ts >= %(start)s AND ts < %(end)s ORDER BY 1

-- name: rolled_up_metric
-- One metric of it.
{count}, {min}::float8, {max}::float8, {sum}

-- name: readings_until
-- The rows of one metric in the day up to and with a minute.
SELECT ts, {column}::float8 AS value FROM {table} WHERE ts > %(start)s AND ts <= %(end)s ORDER BY ts
