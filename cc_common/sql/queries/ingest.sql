-- Writing readings: raw rows, roll-ups and the newest row of each machine, together in one transaction.

-- name: lock
-- Writers of one machine take turns, to the end of the transaction; always in the same order, so that none wait in a ring.
SELECT pg_advisory_xact_lock(key)
FROM (SELECT DISTINCT hashtextextended(id, 363) AS key FROM unnest(%(equipment)s::text[]) AS id ORDER BY 1) AS wanted

-- name: any_readings
-- Whether the machine has rows in the plant's days from that of `first` to that of `last`.
SELECT EXISTS (
    SELECT FROM {table}
    WHERE ts >= date_trunc('day', %(first)s::timestamptz, %(tz)s)
      AND ts < date_trunc('day', date_trunc('day', %(last)s::timestamptz, %(tz)s) + interval '26 hours', %(tz)s)
)

-- name: delete_readings
-- Room for rows that are written again; `micros` are microseconds since 1970, UTC.
DELETE FROM {table} USING unnest(%(micros)s::bigint[]) AS given (micros)
WHERE ts = timestamptz 'epoch' + micros * interval '1 microsecond'

-- name: delete_window
-- Every row of a machine in [start, end).
DELETE FROM {table} WHERE ts >= %(start)s AND ts < %(end)s

-- name: forget_latest
-- A newest row that is deleted: what is then the newest must be read from the raw rows.
DELETE FROM latest_reading WHERE equipment_id = %(equipment)s AND ts >= %(start)s AND ts < %(end)s

-- name: copy
-- Rows into any table.
COPY {table} ({columns}) FROM STDIN (FORMAT BINARY)

-- name: write_reading
-- One minute of one machine; written again, the new values stand. A row that was not there before has no xmax.
INSERT INTO {table} ({columns}) VALUES ({values}) ON CONFLICT (ts) DO UPDATE SET ({columns}) = ROW (excluded.*)
RETURNING xmax = 0 AS fresh

-- name: merge_minute
-- A minute that was not there before joins the hour or day it lies in, for many machines of one type.
INSERT INTO {rollup} AS old ({columns})
SELECT id, date_trunc(%(grain)s, %(ts)s::timestamptz, %(tz)s), 1, {fresh}
FROM unnest(%(equipment)s::text[]) WITH ORDINALITY AS given (id, at), (SELECT %(readings)s::real[][] AS readings) AS new
ON CONFLICT (equipment_id, ts) DO UPDATE SET rows = old.rows + 1, {merged}

-- name: fresh_metric
-- One metric of that minute alone.
readings[at][#], readings[at][#], readings[at][#]::float8, (readings[at][#] IS NOT NULL)::int

-- name: merged_metric
-- One metric, with what there was; least and greatest pass over nulls.
{min} = least(old.{min}, excluded.{min}), {max} = greatest(old.{max}, excluded.{max}),
{sum} = coalesce(old.{sum} + excluded.{sum}, old.{sum}, excluded.{sum}), {count} = old.{count} + excluded.{count}

-- name: write_latest
-- The newest row of many machines of one type, which never moves back.
INSERT INTO latest_reading (equipment_id, ts, readings)
SELECT id, %(ts)s, ARRAY[{readings}]
FROM unnest(%(equipment)s::text[]) WITH ORDINALITY AS given (id, at), (SELECT %(readings)s::real[][] AS readings) AS new
ON CONFLICT (equipment_id) DO UPDATE SET ts = excluded.ts, readings = excluded.readings
WHERE latest_reading.ts <= excluded.ts

-- name: refresh_latest
-- The newest row, read from the raw rows.
INSERT INTO latest_reading (equipment_id, ts, readings)
SELECT %(equipment)s, ts, ARRAY[{metrics}] FROM {table} ORDER BY ts DESC LIMIT 1
ON CONFLICT (equipment_id) DO UPDATE SET ts = excluded.ts, readings = excluded.readings
WHERE latest_reading.ts <= excluded.ts

-- name: refresh_hours
-- Every hour from that of `first` to that of `last`, counted again from the raw rows; an hour without rows goes.
WITH touched AS MATERIALIZED (
    SELECT date_trunc('hour', %(first)s::timestamptz, %(tz)s) AS first, date_trunc('hour', %(last)s::timestamptz, %(tz)s) AS last
), fresh AS MATERIALIZED (
    SELECT %(equipment)s::text, date_trunc('hour', ts, %(tz)s) AS hour, count(*)::int, {aggregates}
    FROM {table}
    WHERE ts >= (SELECT first FROM touched) AND ts < (SELECT last FROM touched) + interval '1 hour'
      AND date_trunc('hour', ts, %(tz)s) BETWEEN (SELECT first FROM touched) AND (SELECT last FROM touched)
    GROUP BY hour
), gone AS (
    DELETE FROM {rollup} USING touched
    WHERE equipment_id = %(equipment)s AND ts BETWEEN touched.first AND touched.last AND ts NOT IN (SELECT hour FROM fresh)
)
INSERT INTO {rollup} ({columns}) SELECT * FROM fresh
ON CONFLICT (equipment_id, ts) DO UPDATE SET rows = excluded.rows, {counted}

-- name: refresh_days
-- Every day from that of `first` to that of `last`, counted again from its hours. A day may last 25 hours.
WITH touched AS MATERIALIZED (
    SELECT date_trunc('day', %(first)s::timestamptz, %(tz)s) AS first, date_trunc('day', %(last)s::timestamptz, %(tz)s) AS last
), fresh AS MATERIALIZED (
    SELECT %(equipment)s::text, date_trunc('day', ts, %(tz)s) AS day, sum(rows)::int, {aggregates}
    FROM {hourly}
    WHERE equipment_id = %(equipment)s
      AND ts >= (SELECT first FROM touched) - interval '2 hours' AND ts < (SELECT last FROM touched) + interval '26 hours'
      AND date_trunc('day', ts, %(tz)s) BETWEEN (SELECT first FROM touched) AND (SELECT last FROM touched)
    GROUP BY day
), gone AS (
    DELETE FROM {rollup} USING touched
    WHERE equipment_id = %(equipment)s AND ts BETWEEN touched.first AND touched.last AND ts NOT IN (SELECT day FROM fresh)
)
INSERT INTO {rollup} ({columns}) SELECT * FROM fresh
ON CONFLICT (equipment_id, ts) DO UPDATE SET rows = excluded.rows, {counted}

-- name: counted_metric
-- One metric, counted anew.
{min} = excluded.{min}, {max} = excluded.{max}, {sum} = excluded.{sum}, {count} = excluded.{count}

-- name: hour_aggregates
-- One metric of an hour; sums in double precision.
min({metric}), max({metric}), sum({metric}::float8), count({metric})::int

-- name: day_aggregates
-- One metric of a day.
min({min}), max({max}), sum({sum}), sum({count})::int
