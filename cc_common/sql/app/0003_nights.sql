-- Nights: each turns the ratings of a window into a better served model, or says why not.
CREATE TABLE night (
    run_id       text PRIMARY KEY CHECK (run_id ~ '^[a-z0-9][a-z0-9._-]{0,59}$'),
    window_start timestamptz NOT NULL,
    window_end   timestamptz NOT NULL CHECK (window_end > window_start),
    parent       text NOT NULL REFERENCES model_version,  -- what was served when it began: trained on, compared with
    state        text NOT NULL CHECK (state IN ('running', 'promoted', 'rejected', 'skipped', 'failed')),
    stage        text,                -- the last one begun
    reason       text,                -- why it was skipped, rejected or failed; what a promotion gains
    figures      jsonb NOT NULL DEFAULT '{}',  -- of the stages that ended, by stage
    started_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at  timestamptz,
    CHECK ((state = 'running') = (finished_at IS NULL))
);
CREATE UNIQUE INDEX one_night_runs ON night ((true)) WHERE state = 'running';
CREATE INDEX night_started_at ON night (started_at);
