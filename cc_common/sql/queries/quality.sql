-- Data quality: what is missing, what stands still, what lies past its limits.

-- name: one_moment
-- All statements of the transaction see the same rows, however busy the feed.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ

-- name: tally
-- Readings of one metric, and those past its limits; compared as the column stores them.
SELECT count({column}) AS rows, count(*) FILTER (WHERE {column} < %(low)s::real) AS below,
       count(*) FILTER (WHERE {column} > %(high)s::real) AS above
FROM {table} WHERE ts >= %(start)s AND ts < %(end)s

-- name: gaps
-- Stretches of whole minutes without a reading of one metric, half-open.
SELECT before + interval '1 minute' AS start, ts AS end
FROM (
    SELECT ts, lag(ts, 1, %(start)s::timestamptz - interval '1 minute') OVER (ORDER BY ts) AS before
    FROM (
        SELECT ts FROM {table} WHERE ts >= %(start)s AND ts < %(end)s AND {column} IS NOT NULL
        UNION ALL SELECT %(end)s::timestamptz
    ) AS heard
) AS pair
WHERE ts - before > interval '1 minute' ORDER BY ts

-- name: stuck_runs
-- Runs of the same reading but 0, which is a machine at rest; a missing reading does not end a run.
SELECT min(ts) AS start, max(ts) + interval '1 minute' AS end, min(value)::float8 AS value, count(*) AS rows
FROM (
    SELECT ts, value, count(*) FILTER (WHERE changed) OVER (ORDER BY ts) AS run
    FROM (
        SELECT ts, {column} AS value, {column} <> lag({column}) OVER (ORDER BY ts) AS changed
        FROM {table} WHERE ts >= %(start)s AND ts < %(end)s AND {column} IS NOT NULL
    ) AS reading
) AS numbered
GROUP BY run HAVING count(*) >= %(least)s AND min(value) <> 0 ORDER BY 1

-- name: flat_hour
-- Whether one metric stood still for an hour; in column order.
coalesce({min} = {max} AND {min} <> 0 AND {count} >= %(full)s, false)

-- name: ran_hour
-- Whether one metric was more than zero at any time of an hour; in column order.
coalesce({max} > 0, true)

-- name: flat_hours
-- Each hour of machines of one type, with whether each metric stood still, and whether each was more than zero.
SELECT equipment_id, ARRAY[{flat}] AS flat, ARRAY[{ran}] AS ran FROM {rollup}
WHERE equipment_id = ANY (%(machines)s) AND ts >= %(start)s AND ts < %(end)s ORDER BY equipment_id, ts

-- name: any_flat_hour
-- Whether one metric ever stood still for an hour in a span.
bool_or(coalesce({min} = {max} AND {min} <> 0 AND {count} >= %(full)s, false))

-- name: any_flat_hours
-- For each machine of one type with readings, whether each metric ever stood still for an hour.
SELECT equipment_id, ARRAY[{flat}] AS flat FROM {rollup}
WHERE equipment_id = ANY (%(machines)s) AND ts >= %(start)s AND ts < %(end)s GROUP BY equipment_id

-- name: frozen_value
-- What one metric stood at, if it did in all the hours.
CASE WHEN min({min}) = max({max}) AND min({min}) <> 0 AND sum({count}) >= %(least)s THEN min({min}) END

-- name: frozen
-- What each metric of machines of one type stood at since an hour, or null.
SELECT equipment_id, ARRAY[{values}]::float8[] AS values FROM {rollup}
WHERE equipment_id = ANY (%(machines)s) AND ts >= %(start)s GROUP BY equipment_id

-- name: last_other
-- The newest reading of one metric that is another value.
SELECT max(ts) AS at FROM {table} WHERE ts >= %(start)s AND ts < %(end)s AND {column} <> %(value)s::real

-- name: ran_between
-- Whether one metric was more than zero at any time of a span; also where nothing is known of it.
SELECT coalesce(max({column}) > 0, true) AS ran FROM {table} WHERE ts >= %(start)s AND ts < %(end)s

-- name: rows_since
-- Readings of one metric since a moment.
SELECT count({column}) AS rows FROM {table} WHERE ts >= %(start)s AND ts < %(end)s

-- name: rolled_up_ranges
-- Count, least and greatest of each metric, for each machine of one type; from hours or days.
SELECT equipment_id, ARRAY[{rows}]::bigint[] AS rows, ARRAY[{lows}]::float8[] AS lows, ARRAY[{highs}]::float8[] AS highs
FROM {rollup}
WHERE equipment_id = ANY (%(machines)s) AND ts >= %(start)s AND ts < %(end)s GROUP BY equipment_id

-- name: raw_ranges
-- The same of one machine, which is numbered from 1 in the question; from its rows.
SELECT (%(machines)s::text[])[/*machine*/ 0] AS equipment_id, ARRAY[{rows}]::bigint[] AS rows,
       ARRAY[{lows}]::float8[] AS lows, ARRAY[{highs}]::float8[] AS highs
FROM {table} WHERE ts >= %(start)s AND ts < %(end)s

-- name: rolled_up_rows
-- Of one metric.
sum({count})

-- name: rolled_up_low
-- Of one metric.
min({min})

-- name: rolled_up_high
-- Of one metric.
max({max})

-- name: raw_rows
-- Of one metric.
count({metric})

-- name: raw_low
-- Of one metric.
min({metric})

-- name: raw_high
-- Of one metric.
max({metric})
