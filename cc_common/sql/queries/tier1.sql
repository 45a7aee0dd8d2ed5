-- The online ranker's one state, and the steps that led to it.

-- name: begin
-- The untaught ranker, unless there is one.
INSERT INTO tier1_state (version, weights) VALUES (%(version)s, %(weights)s) ON CONFLICT DO NOTHING

-- name: newer
-- The state, when it is newer than the version known: one small row read, weights only when they changed.
SELECT weights FROM tier1_state WHERE version > %(known)s

-- name: lock
-- The state, held to the end of the transaction: lessons are taken one after the other.
SELECT weights FROM tier1_state FOR UPDATE

-- name: save
-- The state after a lesson.
UPDATE tier1_state SET version = %(version)s, weights = %(weights)s, updated_at = clock_timestamp()

-- name: step
-- What the lesson was and how wrong the ranker had been.
INSERT INTO tier1_step (version, rating_id, loss) VALUES (%(version)s, %(rating_id)s, %(loss)s)

-- name: notify
-- Tells every process at commit.
SELECT pg_notify('tier1', %(version)s::text)

-- name: newest_losses
-- Losses of the newest steps, oldest of them first.
SELECT loss FROM (SELECT version, loss FROM tier1_step ORDER BY version DESC LIMIT %(count)s) s ORDER BY version

-- name: first_loss
-- Mean loss of the first steps.
SELECT avg(loss) AS loss FROM (SELECT loss FROM tier1_step ORDER BY version LIMIT %(count)s) s

-- name: version
-- Lessons learned.
SELECT version FROM tier1_state

-- name: taught_after
-- The ratings after one that taught the ranker, in the order of their lessons.
SELECT r.id, r.experience_id::text, r.widget_id, r.rating, r.comment, r.correction, r.rater, r.rated_at
FROM tier1_step s JOIN rating r ON r.id = s.rating_id
WHERE r.id > %(rating_id)s ORDER BY s.version

-- name: add_layout
-- Keeps what the rows of a layout mean, unless that is known.
INSERT INTO tier1_layout (number, names) VALUES (%(number)s, %(names)s) ON CONFLICT DO NOTHING

-- name: layouts
-- Every layout that experiences here were recorded with.
SELECT number, names FROM tier1_layout ORDER BY number
