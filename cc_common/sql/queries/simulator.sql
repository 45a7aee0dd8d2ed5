-- The simulator's own book-keeping.

-- name: bounds
-- The first and last reading of a machine; nulls when it has none.
SELECT min(ts) AS first, max(ts) AS last FROM {table}

-- name: save_fault
-- The truth about an injected fault, for those who measure detectors.
INSERT INTO fault_label (equipment_id, kind, starts_at, ends_at, severity)
VALUES (%(equipment_id)s, %(kind)s, %(starts_at)s, %(ends_at)s, %(severity)s)
ON CONFLICT DO NOTHING
