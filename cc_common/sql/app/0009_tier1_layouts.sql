-- What the rows of the ranker's table meant: names by layout, so that experiences of an older layout still teach.
-- Layout 1 is not here: it is fixed in cc_common/ranking/layout.py.
CREATE TABLE tier1_layout (
    number     int PRIMARY KEY,          -- as in experience.tier1_layout
    names      jsonb NOT NULL,           -- {"context": [...], "widget": [...]}, in the order of the rows
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
