-- Versions of the ranker (tier 1) and of the language model (tier 2). A unique index allows one served per tier.

-- name: lock
-- One change of what is served at a time, to the end of the transaction.
SELECT pg_advisory_xact_lock(hashtext('cc_registry'))

-- name: register
-- A new candidate; nothing where the id is taken.
INSERT INTO model_version (id, tier, state, path, sha256, parent, trained_on)
VALUES (%(id)s, %(tier)s, 'candidate', %(path)s, %(sha256)s, %(parent)s, %(trained_on)s)
ON CONFLICT (id) DO NOTHING

-- name: get
-- One version.
SELECT id, tier, state, path, sha256, parent, trained_on, gate, created_at, served_at
FROM model_version WHERE id = %(id)s

-- name: served
-- The one served in a tier.
SELECT id, tier, state, path, sha256, parent, trained_on, gate, created_at, served_at
FROM model_version WHERE tier = %(tier)s AND state = 'served'

-- name: history
-- Every version, newest first.
SELECT id, tier, state, path, sha256, parent, trained_on, gate, created_at, served_at
FROM model_version ORDER BY created_at DESC, id

-- name: retire
-- Ends the serving of a tier.
UPDATE model_version SET state = 'retired' WHERE tier = %(tier)s AND state = 'served'

-- name: serve
-- Serves a version from now on.
UPDATE model_version SET state = 'served', served_at = clock_timestamp(), gate = coalesce(%(gate)s, gate)
WHERE id = %(id)s

-- name: serve_again
-- Serves a version as before: it keeps its place in the order of promotions.
UPDATE model_version SET state = 'served' WHERE id = %(id)s

-- name: reject
-- Ends a candidate.
UPDATE model_version SET state = 'rejected', gate = %(gate)s WHERE id = %(id)s

-- name: served_before
-- The version promoted before the one served now.
SELECT p.id FROM model_version p JOIN model_version now ON now.tier = p.tier AND now.state = 'served'
WHERE p.tier = %(tier)s AND p.state = 'retired' AND p.served_at < now.served_at
ORDER BY p.served_at DESC LIMIT 1

-- name: notify
-- Tells every process at commit.
SELECT pg_notify('served_model', %(tier)s::text)

-- name: last_night
-- When the newest version trained here was made.
SELECT max(created_at) AS at FROM model_version WHERE tier = 2 AND trained_on IS NOT NULL

-- name: ratings_since
-- Ratings later than a moment.
SELECT count(*) AS ratings FROM rating WHERE rated_at > %(at)s
