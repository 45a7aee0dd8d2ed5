-- Models of single machines: versions, which is served, and going back.

-- name: lock
-- One change of a machine's versions at a time, to the end of the transaction.
SELECT pg_advisory_xact_lock(hashtext('cc_machine_model'), hashtext(%(equipment)s))

-- name: served
-- The served models of these machines.
SELECT equipment, version, trained_from, trained_until, gate, data
FROM machine_model WHERE equipment = ANY (%(equipment)s) AND state = 'served' AND format = %(format)s

-- name: has_any
-- Whether a machine's model is served.
SELECT EXISTS (SELECT FROM machine_model WHERE equipment = %(equipment)s AND state = 'served' AND format = %(format)s) AS found

-- name: versions
-- Every version of a machine, newest first.
SELECT equipment, version, state, trained_from, trained_until, hours, created_at, gate
FROM machine_model WHERE equipment = %(equipment)s ORDER BY version DESC

-- name: tried
-- The machines of a type that were tried on that very stretch already.
SELECT equipment FROM machine_model
WHERE type = %(type)s AND judged_until = %(until)s AND format = %(format)s

-- name: retire
-- Ends the serving of a machine's model.
UPDATE machine_model SET state = 'retired' WHERE equipment = %(equipment)s AND state = 'served'

-- name: add
-- A new version, with the verdict of its gate.
INSERT INTO machine_model (equipment, version, state, type, format, trained_from, trained_until, judged_until, hours,
                           gate, data, served_at)
SELECT %(equipment)s, 1 + coalesce(max(version), 0), %(state)s::text, %(type)s, %(format)s, %(from)s, %(until)s, %(judged)s,
       %(hours)s, %(gate)s, %(data)s, CASE WHEN %(state)s::text = 'served' THEN clock_timestamp() END
FROM machine_model WHERE equipment = %(equipment)s

-- name: forget
-- Versions long past; what is served, and what it could be turned back to, stay.
DELETE FROM machine_model
WHERE equipment = %(equipment)s AND state <> 'served'
  AND version <= (SELECT max(version) FROM machine_model WHERE equipment = %(equipment)s) - %(kept)s
  AND version IS DISTINCT FROM (SELECT version FROM machine_model WHERE equipment = %(equipment)s AND state = 'retired'
                                ORDER BY served_at DESC LIMIT 1)

-- name: served_before
-- The version adopted before the one served now, of a format that can be read.
SELECT p.version FROM machine_model p
JOIN machine_model now ON now.equipment = p.equipment AND now.state = 'served'
WHERE p.equipment = %(equipment)s AND p.state = 'retired' AND p.served_at < now.served_at AND p.format = %(format)s
ORDER BY p.served_at DESC LIMIT 1

-- name: serve_again
-- Serves a version as before: it keeps its place in the order of adoptions.
UPDATE machine_model SET state = 'served' WHERE equipment = %(equipment)s AND version = %(version)s

-- name: counts
-- How many machines have a model, by type.
SELECT type, count(*) AS machines, min(trained_until) AS oldest
FROM machine_model WHERE state = 'served' AND format = %(format)s GROUP BY type ORDER BY type
