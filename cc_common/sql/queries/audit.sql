-- The audit log, which triggers write.

-- name: page
-- Entries before a cursor, newest first.
SELECT id, at, action, role, who, client, request_id, subject, what FROM audit
WHERE (%(action)s::text IS NULL OR action = %(action)s) AND (%(before)s::bigint IS NULL OR id < %(before)s)
ORDER BY id DESC LIMIT %(limit)s

-- name: total
-- How many there are.
SELECT count(*) AS total FROM audit WHERE %(action)s::text IS NULL OR action = %(action)s
