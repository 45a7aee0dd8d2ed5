-- Anomalies: hours for the detector, baselines, and the exact ends of what the hours show.

-- name: hours
-- Hours of many machines of one type, a row a machine: each column's values as one array in PostgreSQL's binary form, which
-- numpy reads as it is. The mark "edge" takes an `edge` for each machine where the window ends inside an hour that has later
-- readings.
SELECT place, array_send(array_agg(ts)) AS ts, array_send(array_agg(rows)) AS rows, {arrays}
FROM (
    SELECT asked.place::int4 AS place, ts, rows, {values}
    FROM unnest(%(machines)s::text[]) WITH ORDINALITY AS asked (id, place)
         JOIN LATERAL (SELECT * FROM {rollup} WHERE equipment_id = asked.id AND ts >= %(start)s AND ts < %(whole)s) AS hour
         ON true
    /* edge */
) AS hours
GROUP BY place

-- name: hour_arrays
-- One metric's four.
array_send(array_agg(mean#)) AS mean_#, array_send(array_agg(low#)) AS low_#, array_send(array_agg(high#)) AS high_#,
array_send(array_agg(count#)) AS count_#

-- name: hour_values
-- One metric of an hour: mean, lowest, highest, number; NaN for null, so that all values are equally long.
coalesce({sum} / nullif({count}, 0), 'NaN') AS mean#, coalesce({min}, 'NaN') AS low#, coalesce({max}, 'NaN') AS high#,
{count} AS count#

-- name: edge
-- The last hour of one machine as far as the window reaches, from its readings.
UNION ALL
SELECT /*place*/ 0::int4, %(whole)s::timestamptz, count(*)::int4, {values}
FROM {table} WHERE ts >= %(whole)s AND ts < %(end)s HAVING count(*) > 0

-- name: edge_values
-- One metric of it.
coalesce(avg({metric}::float8), 'NaN'), coalesce(min({metric}), 'NaN'), coalesce(max({metric}), 'NaN'), count({metric})::int4

-- name: newest
-- The end of the newest minute of the whole plant; null before the first.
SELECT max(ts) + interval '1 minute' AS newest FROM latest_reading

-- name: silences
-- Where a machine said nothing for longer than `longest` within [start, end), once it had begun to speak.
WITH spoken AS (
    SELECT ts FROM {table} WHERE ts >= %(start)s AND ts < %(end)s
    UNION ALL
    SELECT %(start)s::timestamptz - interval '1 minute' WHERE EXISTS (SELECT FROM {table} WHERE ts < %(start)s)
    UNION ALL
    SELECT %(end)s::timestamptz WHERE EXISTS (SELECT FROM {table} WHERE ts < %(end)s)
)
SELECT ts + interval '1 minute' AS since, next AS until
FROM (SELECT ts, lead(ts) OVER (ORDER BY ts) AS next FROM spoken) AS pair
WHERE next - ts > %(longest)s + interval '1 minute'
ORDER BY ts

-- name: beyond
-- The first and the last reading of a metric beyond its limits in [start, end); a limit may be null.
SELECT min(ts) AS first, max(ts) AS last
FROM {table}
WHERE ts >= %(start)s AND ts < %(end)s AND ({metric} > %(high)s::float8 OR {metric} < %(low)s::float8)

-- name: same
-- Where a metric that stood still in [start, end) last differed before, and first after, within an hour.
SELECT (SELECT max(ts) FROM {table} WHERE ts >= %(start)s::timestamptz - interval '1 hour' AND ts < %(start)s
          AND {metric} IS DISTINCT FROM %(value)s::real) AS before,
       (SELECT min(ts) FROM {table} WHERE ts >= %(end)s AND ts < %(end)s::timestamptz + interval '1 hour'
          AND {metric} IS DISTINCT FROM %(value)s::real) AS after

-- name: baselines
-- The stored baselines of one type, in the catalogue's order.
SELECT b.equipment_id, b.data
FROM baseline b JOIN equipment e ON e.id = b.equipment_id
WHERE e.type = %(type)s AND b.version = %(version)s ORDER BY e.number

-- name: learned
-- Which baselines there are: enough to tell whether those in memory are still the newest.
SELECT count(*) AS baselines, max(b.learned_at) AS newest
FROM baseline b JOIN equipment e ON e.id = b.equipment_id
WHERE e.type = %(type)s AND b.version = %(version)s

-- name: learned_for
-- Whether a type has baselines of that very window.
SELECT EXISTS (
    SELECT FROM baseline b JOIN equipment e ON e.id = b.equipment_id
    WHERE e.type = %(type)s AND b.version = %(version)s AND b.learned_from = %(start)s AND b.learned_until = %(end)s
) AS learned

-- name: save_baseline
-- A machine's baseline; the newest stands.
INSERT INTO baseline (equipment_id, version, learned_from, learned_until, learned_at, data)
VALUES (%(equipment)s, %(version)s, %(start)s, %(end)s, clock_timestamp(), %(data)s)
ON CONFLICT (equipment_id) DO UPDATE SET version = excluded.version, learned_from = excluded.learned_from,
    learned_until = excluded.learned_until, learned_at = excluded.learned_at, data = excluded.data

-- name: drop_baselines
-- Those of a type that this run did not learn: their history is too short by now.
DELETE FROM baseline b USING equipment e
WHERE e.id = b.equipment_id AND e.type = %(type)s AND NOT b.equipment_id = ANY (%(kept)s)
