-- Imports of a user's own plant.

-- name: origin
-- Whose plant is installed: "simulated" or "imported"; no row before any is.
SELECT name, tz, origin FROM plant

-- name: mark_imported
-- From now on this plant is the user's.
UPDATE plant SET origin = 'imported'

-- name: add_metric
-- Room for one more metric in a machine's readings.
ALTER TABLE {table} ADD COLUMN {metric} real

-- name: add_rolled_up_metric
-- Room for it in a roll-up of its type; what was counted before had none of it.
ALTER TABLE {table} ADD COLUMN {min} real, ADD COLUMN {max} real, ADD COLUMN {sum} double precision,
    ADD COLUMN {count} int NOT NULL DEFAULT 0

-- name: lengthen_latest
-- The newest rows of a type's machines, with nulls for its new metrics.
UPDATE latest_reading SET readings = readings || array_fill(NULL::real, ARRAY[%(added)s::int])
WHERE equipment_id IN (SELECT id FROM equipment WHERE type = %(type)s)

-- name: chunks
-- What was done of a file, in order.
SELECT starts_at, ends_at, next_line, counts, last_times
FROM import_chunk WHERE file_sha256 = %(file)s AND reading = %(reading)s ORDER BY starts_at

-- name: kept_aside
-- The rows of one chunk that no table took.
SELECT kept_aside FROM import_chunk WHERE file_sha256 = %(file)s AND reading = %(reading)s AND starts_at = %(start)s

-- name: save_chunk
-- One more stretch is done.
INSERT INTO import_chunk (file_sha256, reading, starts_at, ends_at, next_line, counts, last_times, kept_aside)
VALUES (%(file)s, %(reading)s, %(start)s, %(end)s, %(next_line)s, %(counts)s, %(last_times)s, %(kept_aside)s)

-- name: any_between
-- Whether a machine has rows from `first` to `last`, both included.
SELECT EXISTS (SELECT FROM {table} WHERE ts >= %(first)s AND ts <= %(last)s)

-- name: stored
-- The rows that are there of these minutes; `micros` are microseconds since 1970, UTC, `place` counts them from 0.
SELECT given.place - 1 AS place, {metrics}
FROM unnest(%(micros)s::bigint[]) WITH ORDINALITY AS given (micros, place)
JOIN {table} ON ts = timestamptz 'epoch' + micros * interval '1 microsecond'
