-- What the plant has. Each equipment also gets a table of its own name: ts timestamptz primary key, one real column a metric.
CREATE TABLE plant (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    name     text NOT NULL,
    tz       text NOT NULL               -- roll-up hours and days are cut in this zone
);
CREATE TABLE equipment_type (
    name     text PRIMARY KEY,
    label    text NOT NULL,
    plural   text NOT NULL,
    aliases  text[] NOT NULL,
    position int NOT NULL UNIQUE
);
CREATE TABLE metric (
    equipment_type text NOT NULL REFERENCES equipment_type,
    name           text NOT NULL,
    label          text NOT NULL,
    unit           text NOT NULL,
    unit_spoken    text NOT NULL,
    kind           text NOT NULL CHECK (kind IN ('gauge', 'counter', 'tally')),
    low            double precision,
    high           double precision,
    decimals       int NOT NULL,
    aliases        text[] NOT NULL,
    position       int NOT NULL,
    PRIMARY KEY (equipment_type, name)
);
CREATE TABLE equipment (
    id       text PRIMARY KEY,
    type     text NOT NULL REFERENCES equipment_type,
    number   int NOT NULL,
    name     text NOT NULL,
    location text NOT NULL,
    aliases  text[] NOT NULL,
    UNIQUE (type, number)
);

-- The newest row of each equipment, for the fleet at a glance; readings in the order of its type's metrics.
CREATE TABLE latest_reading (
    equipment_id text PRIMARY KEY REFERENCES equipment,
    ts           timestamptz NOT NULL,
    readings     real[] NOT NULL
) WITH (fillfactor = 50);

-- Labels of the faults the simulator injected: truth for the detectors, never read by them.
CREATE TABLE fault_label (
    equipment_id text NOT NULL REFERENCES equipment,
    kind         text NOT NULL,
    starts_at    timestamptz NOT NULL,
    ends_at      timestamptz NOT NULL,
    severity     real NOT NULL,
    PRIMARY KEY (equipment_id, kind, starts_at)
);
