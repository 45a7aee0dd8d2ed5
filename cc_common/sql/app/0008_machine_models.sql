-- Models of single machines, version by version; see cc_common/machines. The machines are in the time-series database.
CREATE TABLE machine_model (
    equipment     text NOT NULL CHECK (equipment <> ''),
    version       int NOT NULL CHECK (version > 0),
    state         text NOT NULL CHECK (state IN ('served', 'retired', 'rejected')),
    type          text NOT NULL,
    format        int NOT NULL,           -- of `data`: another one is as good as none
    trained_from  timestamptz NOT NULL,
    trained_until timestamptz NOT NULL CHECK (trained_until > trained_from),
    judged_until  timestamptz NOT NULL,   -- the held-out stretch ends here: one try a machine and night
    hours         int NOT NULL,           -- learned from
    gate          jsonb NOT NULL,
    data          bytea NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    served_at     timestamptz,            -- when it was adopted; a roll-back leaves it
    PRIMARY KEY (equipment, version)
);
CREATE UNIQUE INDEX one_served_model_a_machine ON machine_model (equipment) WHERE state = 'served';
CREATE INDEX served_machine_models ON machine_model (type) WHERE state = 'served';

-- Nightly adoptions are in the table itself; what a person turned back is in the audit log.
CREATE FUNCTION audit_machine_model() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM note_act('rolled back', NULL, NEW.equipment || ' model ' || NEW.version, jsonb_build_object(
        'equipment', NEW.equipment, 'version', NEW.version, 'trained_until', NEW.trained_until));
    RETURN NULL;
END $$;
CREATE TRIGGER machine_model_audited AFTER UPDATE OF state ON machine_model FOR EACH ROW
    WHEN (OLD.state = 'retired' AND NEW.state = 'served') EXECUTE FUNCTION audit_machine_model();
