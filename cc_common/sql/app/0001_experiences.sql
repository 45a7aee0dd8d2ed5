-- Experiences, ratings and what was learned from them. Experiences and ratings are written once: a trigger refuses changes.
CREATE TABLE experience (
    id              uuid PRIMARY KEY,
    asked_at        timestamptz NOT NULL,
    session_id      text,
    question        text NOT NULL,
    messages        jsonb NOT NULL,      -- exactly as the model saw them
    plan_text       text NOT NULL,       -- verbatim, as the model gave it
    plan            jsonb NOT NULL,      -- the resolved plan of the API
    widgets         jsonb NOT NULL,      -- shown: id, type, position, score, propensity, features
    figures         jsonb NOT NULL,      -- the values, in order
    evidence        jsonb NOT NULL,
    model_id        text NOT NULL,
    tier1_version   bigint NOT NULL,
    catalog_version text NOT NULL
);
CREATE INDEX experience_asked_at ON experience (asked_at);

CREATE TABLE rating (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    experience_id   uuid NOT NULL REFERENCES experience,
    widget_id       text,                -- null: the whole answer
    rating          text NOT NULL CHECK (rating IN ('up', 'down')),
    comment         text,
    correction      jsonb,
    rater           text NOT NULL,
    rated_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    idempotency_key text UNIQUE,
    request_hash    text NOT NULL        -- of the body: the same key with another body is a conflict
);
CREATE INDEX rating_experience ON rating (experience_id);
CREATE INDEX rating_rated_at ON rating (rated_at);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER experience_append_only BEFORE UPDATE OR DELETE ON experience FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rating_append_only BEFORE UPDATE OR DELETE ON rating FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The online ranker: one row, replaced in the transaction of the rating it learned from.
CREATE TABLE tier1_state (
    only_row   boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version    bigint NOT NULL,          -- steps taken
    weights    bytea NOT NULL,           -- the scorer's own file format
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE tier1_step (
    version   bigint PRIMARY KEY,
    rating_id bigint NOT NULL REFERENCES rating,
    loss      double precision NOT NULL, -- before the step, nats per rated widget
    taken_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE model_version (
    id         text PRIMARY KEY,
    tier       smallint NOT NULL CHECK (tier IN (1, 2)),
    state      text NOT NULL CHECK (state IN ('candidate', 'served', 'retired', 'rejected')),
    path       text NOT NULL,
    sha256     text NOT NULL,
    parent     text REFERENCES model_version,
    trained_on jsonb,                    -- window and pairs
    gate       jsonb,                    -- the verdict's numbers
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    served_at  timestamptz
);
CREATE UNIQUE INDEX one_served_per_tier ON model_version (tier) WHERE state = 'served';
