-- Data for reinforcement learning.

-- name: states
-- What was known at each of these minutes that has a row: its readings, those a minute and an hour before, and the means of
-- the hour and the day up to it, itself included. Nothing later is read. The inner order makes the means the same each time.
SELECT now.ts, {now}, {minute}, {hour}, {hour_means}, {day_means}
FROM unnest(%(moments)s::timestamptz[]) AS asked (at)
     JOIN {table} AS now ON now.ts = asked.at
     LEFT JOIN {table} AS minute ON minute.ts = asked.at - interval '1 minute'
     LEFT JOIN {table} AS hour ON hour.ts = asked.at - interval '1 hour'
     CROSS JOIN LATERAL (
         SELECT {means}
         FROM (SELECT * FROM {table} WHERE ts > asked.at - interval '24 hours' AND ts <= asked.at ORDER BY ts) AS reading
     ) AS mean

-- name: now
-- A metric's reading.
now.{metric}::float8

-- name: minute
-- A minute before.
minute.{metric}::float8

-- name: hour
-- An hour before.
hour.{metric}::float8

-- name: means
-- Means of one metric.
avg({metric}::float8) FILTER (WHERE ts > asked.at - interval '1 hour') AS hour_#, avg({metric}::float8) AS day_#

-- name: hour_means
-- The one of the hour.
mean.hour_#

-- name: day_means
-- The one of the day.
mean.day_#

-- name: rows
-- How many rows a machine has in a span.
SELECT count(*) AS rows FROM {table} WHERE ts >= %(start)s AND ts < %(end)s

-- name: fault_labels
-- The simulator's labelled faults that touch a window.
SELECT equipment_id, kind, greatest(starts_at, %(start)s) AS starts_at, least(ends_at, %(end)s) AS ends_at
FROM fault_label WHERE starts_at < %(end)s AND ends_at > %(start)s ORDER BY starts_at, equipment_id, kind
