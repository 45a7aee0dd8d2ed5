-- What learning has come to, for a page that shows it.

-- name: steps
-- The course of Tier 1's loss: its steps gathered into at most so many stretches of equal length.
SELECT min(version) AS first, max(version) AS last, count(*) AS steps, avg(loss) AS loss, max(taken_at) AS until
FROM tier1_step,
     (SELECT min(version) AS origin, ceil((max(version) - min(version) + 1) / %(stretches)s::numeric)::bigint AS length
      FROM tier1_step) AS span
GROUP BY (version - origin) / length ORDER BY first

-- name: days
-- Ratings by the plant's days; days without any are left out.
SELECT (rated_at AT TIME ZONE %(tz)s)::date AS day, count(*) FILTER (WHERE rating = 'up') AS up,
       count(*) FILTER (WHERE rating = 'down') AS down, count(correction) AS corrections
FROM rating WHERE rated_at >= %(since)s GROUP BY day ORDER BY day

-- name: placements
-- Where the newest answers' widgets stood, and with what chance they were drawn for their places.
SELECT w.type, count(*) AS shown, count(*) FILTER (WHERE w.position = 1) AS first, avg(w.position)::float8 AS position,
       avg(w.propensity) AS propensity, avg(w.score) AS score
FROM (SELECT widgets FROM experience ORDER BY asked_at DESC LIMIT %(answers)s) AS newest,
     jsonb_to_recordset(newest.widgets) AS w (type text, position int, propensity float8, score float8)
GROUP BY w.type ORDER BY position, w.type
