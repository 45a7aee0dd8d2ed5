-- Nights: one runs at a time, and each leaves its figures.

-- name: lock
-- Held by the process that runs a stage, on its own connection, until it ends or dies.
SELECT pg_try_advisory_lock(hashtext('cc_night')) AS mine

-- name: unlock
-- Given back with the connection.
SELECT pg_advisory_unlock(hashtext('cc_night'))

-- name: abandon
-- A night that nobody runs any more: its process died, and another night begins.
UPDATE night SET state = 'failed', reason = 'interrupted', finished_at = clock_timestamp()
WHERE state = 'running' AND run_id <> %(run_id)s

-- name: begin
-- A new night; one that was interrupted goes on where it was, with the window and the parent it began with.
INSERT INTO night (run_id, window_start, window_end, parent, state)
VALUES (%(run_id)s, %(start)s, %(end)s, %(parent)s, 'running')
ON CONFLICT (run_id) DO UPDATE SET state = 'running', reason = NULL, finished_at = NULL
WHERE night.state IN ('running', 'failed', 'skipped')

-- name: stage
-- A stage begins.
UPDATE night SET stage = %(stage)s WHERE run_id = %(run_id)s AND state = 'running'

-- name: figures
-- A stage ended.
UPDATE night SET figures = figures || jsonb_build_object(%(stage)s::text, %(figures)s::jsonb) WHERE run_id = %(run_id)s

-- name: finish
-- The night is over.
UPDATE night SET state = %(state)s, reason = %(reason)s, finished_at = clock_timestamp() WHERE run_id = %(run_id)s

-- name: get
-- One night.
SELECT run_id, window_start, window_end, parent, state, stage, reason, figures, started_at, finished_at
FROM night WHERE run_id = %(run_id)s

-- name: newest
-- The nights, newest first.
SELECT run_id, window_start, window_end, parent, state, stage, reason, figures, started_at, finished_at
FROM night ORDER BY started_at DESC, run_id LIMIT %(limit)s

-- name: interrupted
-- The night whose process died.
SELECT run_id FROM night WHERE state = 'running'

-- name: high_water
-- Up to where ratings have become part of the served model, and up to where a night has looked at them.
SELECT max(window_end) FILTER (WHERE state = 'promoted') AS learned,
       max(window_end) FILTER (WHERE state IN ('promoted', 'rejected')) AS looked,
       (SELECT min(rated_at) FROM rating) AS first_rating
FROM night

-- name: ratings_between
-- How many ratings a window holds.
SELECT count(*) AS ratings FROM rating WHERE rated_at >= %(start)s AND rated_at < %(end)s
