-- Experiences, ratings and what was learned from them. Experiences and ratings are written once: triggers refuse changes.
CREATE TABLE experience (
    id              uuid PRIMARY KEY,
    asked_at        timestamptz NOT NULL,
    session_id      text,
    question        text NOT NULL,
    messages        jsonb NOT NULL,      -- exactly as the model saw them; [] where the names alone settled it
    plan_text       text,                -- verbatim, as the model gave it; null where none was asked
    plan            jsonb NOT NULL,      -- the resolved plan of the API
    widgets         jsonb NOT NULL,      -- shown, in order: id, type, position, score, propensity, features, ...
    figures         jsonb NOT NULL,      -- the values, in order
    evidence        jsonb NOT NULL,
    model_id        text,                -- null where none was asked
    catalog_version text NOT NULL,
    tier1_version   bigint NOT NULL,     -- lessons the ranker had learned when it ordered the widgets
    tier1_layout    int NOT NULL,        -- what its rows meant
    context         int[] NOT NULL       -- the scene's rows; with a widget's features all that a step needs
);
CREATE INDEX experience_asked_at ON experience (asked_at);

-- Ratings are taken one at a time (the row of tier1_state is locked first), so a higher id is a newer rating.
CREATE TABLE rating (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    experience_id   uuid NOT NULL REFERENCES experience,
    widget_id       text,                -- null: the whole answer
    rating          text NOT NULL CHECK (rating IN ('up', 'down')),
    comment         text,
    correction      jsonb,
    rater           text NOT NULL,
    rated_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    tier1_version   bigint NOT NULL,     -- lessons the ranker had learned after this one
    idempotency_key text UNIQUE,
    request_sha256  text NOT NULL        -- of the request: the same key with another body is a conflict
);
CREATE INDEX rating_experience ON rating (experience_id);
CREATE INDEX rating_rated_at ON rating (rated_at);

-- How much there is, kept beside it: counting half a million experiences takes longer than a status may.
-- Sixteen rows, chosen by the writer's process, so that writers seldom wait for each other.
CREATE TABLE buffer_count (
    slot        smallint PRIMARY KEY,
    experiences bigint NOT NULL DEFAULT 0,
    rated       bigint NOT NULL DEFAULT 0,   -- experiences with at least one rating
    up          bigint NOT NULL DEFAULT 0,
    down        bigint NOT NULL DEFAULT 0,
    corrections bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
INSERT INTO buffer_count (slot) SELECT generate_series(0, 15);

CREATE FUNCTION count_experiences() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE buffer_count SET experiences = experiences + (SELECT count(*) FROM added)
    WHERE slot = pg_backend_pid() % 16;
    RETURN NULL;
END $$;
CREATE TRIGGER experience_counted AFTER INSERT ON experience
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_experiences();

CREATE FUNCTION count_ratings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE buffer_count b
    SET rated = b.rated + n.rated, up = b.up + n.up, down = b.down + n.down, corrections = b.corrections + n.corrections
    FROM (
        SELECT count(*) FILTER (WHERE rating = 'up') AS up, count(*) FILTER (WHERE rating = 'down') AS down,
               count(correction) AS corrections,
               count(DISTINCT experience_id) FILTER (WHERE NOT EXISTS (
                   SELECT FROM rating r
                   WHERE r.experience_id = added.experience_id AND r.id NOT IN (SELECT id FROM added)
               )) AS rated
        FROM added
    ) n
    WHERE b.slot = pg_backend_pid() % 16;
    RETURN NULL;
END $$;
CREATE TRIGGER rating_counted AFTER INSERT ON rating
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_ratings();

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER experience_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON experience
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rating_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rating
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The online ranker: one row, replaced in the transaction of the rating it learned from.
CREATE TABLE tier1_state (
    only_row   boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version    bigint NOT NULL,          -- lessons learned
    weights    bytea NOT NULL,           -- the scorer's own file format
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
ALTER TABLE tier1_state ALTER COLUMN weights SET STORAGE EXTERNAL;  -- weights do not compress
CREATE TABLE tier1_step (
    version   bigint PRIMARY KEY,
    rating_id bigint NOT NULL UNIQUE REFERENCES rating,
    loss      double precision NOT NULL, -- before the step, nats per rated widget
    taken_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE model_version (
    id         text PRIMARY KEY,
    tier       smallint NOT NULL CHECK (tier IN (1, 2)),
    state      text NOT NULL CHECK (state IN ('candidate', 'served', 'retired', 'rejected')),
    path       text NOT NULL,            -- inside the models folder; absolute for a file that came from elsewhere
    sha256     text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    parent     text REFERENCES model_version,
    trained_on jsonb,                    -- window and pairs; null for a base that was not trained here
    gate       jsonb,                    -- the verdict's numbers
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    served_at  timestamptz               -- when it was last promoted; a roll-back goes to the promotion before
);
CREATE UNIQUE INDEX one_served_per_tier ON model_version (tier) WHERE state = 'served';
CREATE INDEX model_version_created_at ON model_version (created_at);
