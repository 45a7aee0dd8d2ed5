-- The catalogue: what the plant has, and the tables its readings and roll-ups live in.

-- name: plant
-- The plant's name and time zone; no row before the first installation.
SELECT name, tz FROM plant

-- name: types
-- Every type, in the plant's order.
SELECT name, label, plural, aliases FROM equipment_type ORDER BY position

-- name: metrics
-- Every metric, in column order.
SELECT equipment_type, name, label, unit, unit_spoken, kind, low, high, decimals, aliases, role
FROM metric ORDER BY equipment_type, position

-- name: equipment
-- Every machine, by type and number.
SELECT e.id, e.type, e.number, e.name, e.location, e.aliases
FROM equipment e JOIN equipment_type t ON t.name = e.type ORDER BY t.position, e.number

-- name: lock
-- One installation at a time, to the end of the transaction.
SELECT pg_advisory_xact_lock(hashtext('cc_catalog'))

-- name: digest
-- Changes whenever anything of the catalogue does: far cheaper than reading all of it to find that nothing has.
SELECT md5(concat(
    (SELECT string_agg(p::text, '') FROM plant p),
    (SELECT string_agg(t::text, '' ORDER BY name) FROM equipment_type t),
    (SELECT string_agg(m::text, '' ORDER BY equipment_type, name) FROM metric m),
    (SELECT string_agg(e::text, '' ORDER BY id) FROM equipment e)
)) AS digest

-- name: announce
-- To every process that follows the catalogue, when this transaction is committed.
SELECT pg_notify('catalog', '')

-- name: save_plant
-- The plant itself.
INSERT INTO plant (name, tz) VALUES (%(name)s, %(tz)s)
ON CONFLICT (only_row) DO UPDATE SET name = excluded.name, tz = excluded.tz

-- name: has_readings
-- Whether anything was recorded yet: then days and columns are cut for good.
SELECT EXISTS (SELECT FROM latest_reading)

-- name: save_type
-- A type, new or renamed.
INSERT INTO equipment_type (name, label, plural, aliases, position)
VALUES (%(name)s, %(label)s, %(plural)s, %(aliases)s, %(position)s)
ON CONFLICT (name) DO UPDATE SET label = excluded.label, plural = excluded.plural, aliases = excluded.aliases

-- name: save_metric
-- A metric, new or described anew; its position is its column's and stays.
INSERT INTO metric (equipment_type, name, label, unit, unit_spoken, kind, low, high, decimals, aliases, role,
                    position)
VALUES (%(equipment_type)s, %(name)s, %(label)s, %(unit)s, %(unit_spoken)s, %(kind)s, %(low)s, %(high)s, %(decimals)s,
        %(aliases)s, %(role)s, %(position)s)
ON CONFLICT (equipment_type, name) DO UPDATE SET label = excluded.label, unit = excluded.unit,
    unit_spoken = excluded.unit_spoken, kind = excluded.kind, low = excluded.low, high = excluded.high,
    decimals = excluded.decimals, aliases = excluded.aliases, role = excluded.role

-- name: save_equipment
-- A machine, new or described anew.
INSERT INTO equipment (id, type, number, name, location, aliases)
VALUES (%(id)s, %(type)s, %(number)s, %(name)s, %(location)s, %(aliases)s)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, location = excluded.location, aliases = excluded.aliases

-- name: columns
-- The columns of every table of readings there is, in order.
SELECT c.relname AS table, array_agg(a.attname::text ORDER BY a.attnum) AS columns
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY (%(tables)s) AND a.attnum > 0 AND NOT a.attisdropped
GROUP BY c.relname

-- name: create_rollup_schema
-- Where the roll-ups live.
CREATE SCHEMA IF NOT EXISTS rollup

-- name: create_readings
-- One machine's readings. Minutes arrive in order: full pages of the index are a tenth smaller and are never split.
CREATE TABLE {table} (ts timestamptz PRIMARY KEY WITH (fillfactor = 100), {columns})

-- name: reading_column
-- One metric of it.
{metric} real

-- name: create_rollup
-- One type's roll-up; `ts` is the start of the plant's hour or day. By width, so that no byte is lost between columns, and
-- the text last, so that every figure lies at a fixed place in its row.
CREATE TABLE IF NOT EXISTS {table} (
    ts timestamptz NOT NULL, {sums}, {extremes}, {counts}, rows int NOT NULL, equipment_id text NOT NULL,
    PRIMARY KEY (equipment_id, ts)
)

-- name: rollup_sum
-- One metric of it: `count` counts the readings that are not null; without any, the rest is null.
{sum} double precision

-- name: rollup_extremes
-- Its least and its greatest reading.
{min} real, {max} real

-- name: rollup_count
-- How many there were.
{count} int NOT NULL
