-- Whose plant this is: into the simulated one nothing is imported, beside an imported one nothing is simulated.
ALTER TABLE plant ADD COLUMN origin text NOT NULL DEFAULT 'simulated' CHECK (origin IN ('simulated', 'imported'));
UPDATE plant SET origin = 'imported' WHERE name <> 'Riverside Campus';

-- What was imported, stretch by stretch, each recorded in the transaction that wrote its rows: a killed import goes on
-- after the last one, and a file that is imported twice is read once.
CREATE TABLE import_chunk (
    file_sha256 text NOT NULL,
    reading     text NOT NULL,     -- digest of how the file was read: its columns, units, machines
    starts_at   bigint NOT NULL,   -- half-open; bytes of a CSV's text, rows of a Parquet file
    ends_at     bigint NOT NULL,
    next_line   bigint NOT NULL,   -- the line (of Parquet: the row) that ends_at begins
    counts      jsonb NOT NULL,
    last_times  jsonb NOT NULL,    -- of each machine's last row, in microseconds since 1970: tells the hour that comes twice
    kept_aside  bytea NOT NULL,    -- the rows of rejects.csv, compressed
    done_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (file_sha256, reading, starts_at)
);
