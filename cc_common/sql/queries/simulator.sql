-- The simulator's own book-keeping.

-- name: bounds
-- The first and last reading of a machine; nulls when it has none.
SELECT min(ts) AS first, max(ts) AS last FROM {table}

-- name: save_fault
-- The truth about an injected fault, for those who measure detectors.
INSERT INTO fault_label (equipment_id, kind, starts_at, ends_at, severity)
VALUES (%(equipment_id)s, %(kind)s, %(starts_at)s, %(ends_at)s, %(severity)s)
ON CONFLICT DO NOTHING

-- name: sizes
-- Bytes of tables (with what lies beside them) and of their indexes.
SELECT coalesce(sum(pg_table_size(name::regclass)), 0)::bigint AS heap,
       coalesce(sum(pg_indexes_size(name::regclass)), 0)::bigint AS indexes
FROM unnest(%(tables)s::text[]) AS name

-- name: database_bytes
-- Everything in this database.
SELECT pg_database_size(current_database()) AS bytes

-- name: rows_of_type
-- Readings of all machines of a type.
SELECT coalesce(sum(rows), 0)::bigint AS rows FROM {daily}
