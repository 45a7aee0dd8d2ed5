-- Reads of the time series. Statements over a window are put together from one part per stretch of the planner: the marks
-- in them take the parts, joined by UNION ALL, and the 0 marked "machine" becomes the machine's place in the question, from
-- 1. No part yields a row without a reading. Branches for each machine are kept narrow: the server reads a statement over
-- ninety machines in half the time.

-- name: totals
-- What a window's statistics are computed from, a row for each machine with readings in it.
SELECT machine, min(low) AS low, max(high) AS high, sum(total) AS total, sum(n)::bigint AS n
FROM (/* parts */) AS part
GROUP BY machine

-- name: readings
-- Totals of all raw stretches; takes a reading for each machine and stretch.
SELECT machine::bigint, min(value)::float8 AS low, max(value)::float8 AS high, sum(value::float8) AS total, count(value) AS n
FROM (/* readings */) AS reading
GROUP BY machine
HAVING count(value) > 0

-- name: reading
-- Readings of one machine, nulls among them.
SELECT /*machine*/ 0 AS machine, {column} AS value FROM {table} WHERE ts >= %(start)s AND ts < %(end)s

-- name: rolled_up
-- Hours or days of the machines asked for; lateral, so that each machine is one index scan however many there are.
SELECT asked.machine, found.*
FROM unnest(%(machines)s::text[]) WITH ORDINALITY AS asked (id, machine),
     LATERAL (SELECT min({low})::float8 AS low, max({high})::float8 AS high, sum({total}) AS total, sum({n}) AS n
              FROM {rollup}
              WHERE equipment_id = asked.id AND ts >= %(start)s AND ts < %(end)s AND {n} > 0) AS found
WHERE found.n > 0

-- name: edges
-- A window that begins and ends between hours: how many readings, and the first and the newest where the edges have them.
SELECT machine, sum(n)::bigint AS n, max(first) AS first, max(last) AS last, max(last_at) AS last_at
FROM (SELECT machine::bigint, n, first, NULL::float8 AS last, NULL::timestamptz AS last_at FROM (/* opening */) AS opening
      UNION ALL
      SELECT machine, n, NULL, last, last_at FROM (/* closing */) AS closing
      UNION ALL
      SELECT machine, n, NULL, NULL, NULL FROM (/* counted */) AS counted) AS part
GROUP BY machine
HAVING sum(n) > 0

-- name: opening
-- One machine's readings of the edge that the window begins with.
SELECT /*machine*/ 0 AS machine, count(*) AS n, (array_agg({column}::float8 ORDER BY ts))[1] AS first
FROM {table}
WHERE ts >= %(start)s AND ts < %(end)s AND {column} IS NOT NULL

-- name: closing
-- One machine's readings of the edge that the window ends with.
SELECT /*machine*/ 0 AS machine, count(*) AS n, (array_agg({column}::float8 ORDER BY ts DESC))[1] AS last, max(ts) AS last_at
FROM {table}
WHERE ts >= %(start)s AND ts < %(end)s AND {column} IS NOT NULL

-- name: marks
-- First and newest reading of each machine where the edges of a window have them, nothing counted: what a ranking needs.
SELECT machine, max(first) AS first, max(last) AS last
FROM (SELECT machine::bigint, first, NULL::float8 AS last FROM (/* oldest */) AS opening
      UNION ALL
      SELECT machine, NULL, last FROM (/* newest */) AS closing) AS part
GROUP BY machine

-- name: oldest
-- One machine's first reading in the edge that the window begins with.
(SELECT /*machine*/ 0 AS machine, {column}::float8 AS first
 FROM {table}
 WHERE ts >= %(start)s AND ts < %(end)s AND {column} IS NOT NULL ORDER BY ts LIMIT 1)

-- name: newest
-- One machine's newest reading in the edge that the window ends with.
(SELECT /*machine*/ 0 AS machine, {column}::float8 AS last
 FROM {table}
 WHERE ts >= %(start)s AND ts < %(end)s AND {column} IS NOT NULL ORDER BY ts DESC LIMIT 1)

-- name: ends
-- Count, first and newest reading of any window; the mark "looks" takes an ends_of for each machine.
-- since and until bound where the two readings lie, so that a dead sensor's nulls are not read: no reading is earlier than
-- its bucket (but a day that starts twice is filed up to two hours late) or later than a long day after it.
WITH counted AS MATERIALIZED (
    SELECT machine::bigint, sum(n)::bigint AS n, greatest(%(start)s, min(since) - interval '2 hours') AS since,
           least(%(end)s, max(until) + interval '26 hours') AS until
    FROM (/* parts */) AS part
    GROUP BY machine
)
/* looks */

-- name: counted_rows
-- Readings of one machine, one by one.
SELECT /*machine*/ 0 AS machine, 1 AS n, ts AS since, ts AS until
FROM {table}
WHERE ts >= %(start)s AND ts < %(end)s AND {column} IS NOT NULL

-- name: counted
-- Readings in the hours or days of the machines asked for, and the buckets of the first and of the newest.
SELECT asked.machine, found.*
FROM unnest(%(machines)s::text[]) WITH ORDINALITY AS asked (id, machine),
     LATERAL (SELECT sum({n}) AS n, min(ts) AS since, max(ts) AS until
              FROM {rollup}
              WHERE equipment_id = asked.id AND ts >= %(start)s AND ts < %(end)s AND {n} > 0) AS found
WHERE found.n > 0

-- name: ends_of
-- Two index look-ups.
SELECT machine, n, oldest.value AS first, newest.value AS last, newest.ts AS last_at
FROM counted,
     LATERAL (SELECT {column}::float8 AS value FROM {table}
              WHERE ts >= since AND ts < until AND {column} IS NOT NULL ORDER BY ts LIMIT 1) AS oldest,
     LATERAL (SELECT ts, {column}::float8 AS value FROM {table}
              WHERE ts >= since AND ts < until AND {column} IS NOT NULL ORDER BY ts DESC LIMIT 1) AS newest
WHERE machine = /*machine*/ 0

-- name: raw_rows
-- Readings of one machine, one by one: the edges of a curve.
SELECT ts, {column}::float8 AS value, 1::bigint AS n
FROM {table}
WHERE ts >= %(start)s AND ts < %(end)s AND {column} IS NOT NULL

-- name: raw_grains
-- Readings of one machine gathered into grains of at most a quarter of an hour.
SELECT date_bin(%(grain)s, ts, timestamptz '2000-01-01 00:00+00') AS ts, {fold}({column}::float8) AS value, count(*) AS n
FROM {table}
WHERE ts >= %(start)s AND ts < %(end)s AND {column} IS NOT NULL
GROUP BY 1

-- name: rollup_grains
-- Hours or days of one machine.
SELECT ts, {value}::float8 AS value, {n}::bigint AS n
FROM {rollup}
WHERE equipment_id = %(machine)s AND ts >= %(start)s AND ts < %(end)s AND {n} > 0

-- name: grains
-- What a curve is folded from, in order of time.
SELECT ts, value, n FROM (/* parts */) AS part ORDER BY ts

-- name: bucket_ends
-- First and newest reading of each span, where there is one; `place` counts the spans from 1.
SELECT span.place, oldest.value AS first, newest.value AS last
FROM unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[]) WITH ORDINALITY AS span (since, until, place),
     LATERAL (SELECT {column}::float8 AS value FROM {table}
              WHERE ts >= since AND ts < until AND {column} IS NOT NULL ORDER BY ts LIMIT 1) AS oldest,
     LATERAL (SELECT {column}::float8 AS value FROM {table}
              WHERE ts >= since AND ts < until AND {column} IS NOT NULL ORDER BY ts DESC LIMIT 1) AS newest

-- name: newest_rows
-- The newest row of each machine, its readings in column order.
SELECT equipment_id, ts, readings::float8[] AS readings FROM latest_reading

-- name: newest_row
-- The newest row of one machine, its readings in column order.
SELECT ts, readings::float8[] AS readings FROM latest_reading WHERE equipment_id = %(machine)s

-- name: newest_of_metric
-- One reading out of the newest row of each machine of a type.
SELECT latest.equipment_id, latest.ts, latest.readings[%(position)s]::float8 AS value
FROM equipment JOIN latest_reading AS latest ON latest.equipment_id = equipment.id
WHERE equipment.type = %(type)s

-- name: data_range
-- The first and the last row of a machine.
SELECT min(ts) AS first, max(ts) AS last FROM {table}
