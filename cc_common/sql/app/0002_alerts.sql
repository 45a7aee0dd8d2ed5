-- Alerts. That one was raised, acknowledged and cleared are three separate facts, each written once: triggers refuse changes.
CREATE TABLE alert (
    id          uuid PRIMARY KEY,        -- version 7: ids sort by the time of raising
    equipment   text NOT NULL CHECK (equipment <> ''),
    metric      text CHECK (metric <> ''),  -- null: the machine as a whole
    kind        text NOT NULL CHECK (kind <> ''),
    severity    text NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),
    message     text NOT NULL,
    value       double precision,
    limit_value double precision,        -- that the value went past
    unit        text NOT NULL,
    evidence    jsonb,                   -- the rows behind the value
    raised_at   timestamptz NOT NULL,
    raised_by   text NOT NULL
);
CREATE TABLE alert_event (
    alert_id uuid NOT NULL REFERENCES alert,
    action   text NOT NULL CHECK (action IN ('acknowledged', 'cleared')),
    who      text NOT NULL CHECK (who <> ''),
    comment  text,
    at       timestamptz NOT NULL,
    PRIMARY KEY (alert_id, action)       -- each once
);
CREATE INDEX alert_event_at ON alert_event (at);

-- Where each alert stands. It follows from the two tables above and is kept by their triggers alone, in the transaction of
-- the fact: an index can then hold every writer to one open alert a cause, and lists need not read what was cleared.
CREATE TABLE alert_now (
    alert_id  uuid PRIMARY KEY REFERENCES alert,
    equipment text NOT NULL,
    metric    text,
    kind      text NOT NULL,
    severity  text NOT NULL,
    raised_at timestamptz NOT NULL,
    state     text NOT NULL CHECK (state IN ('raised', 'acknowledged', 'cleared'))
) WITH (fillfactor = 90);
CREATE UNIQUE INDEX one_open_alert_a_cause ON alert_now (equipment, metric, kind) NULLS NOT DISTINCT
    WHERE state <> 'cleared';
CREATE INDEX alert_now_newest ON alert_now (raised_at, alert_id);
CREATE INDEX alert_now_state ON alert_now (state, raised_at, alert_id);
CREATE INDEX alert_now_equipment ON alert_now (equipment, raised_at, alert_id);

CREATE FUNCTION open_alert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO alert_now (alert_id, equipment, metric, kind, severity, raised_at, state)
    VALUES (NEW.id, NEW.equipment, NEW.metric, NEW.kind, NEW.severity, NEW.raised_at, 'raised');
    RETURN NULL;
END $$;
CREATE TRIGGER alert_opened AFTER INSERT ON alert FOR EACH ROW EXECUTE FUNCTION open_alert();

CREATE FUNCTION move_alert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE alert_now SET state = NEW.action WHERE alert_id = NEW.alert_id AND state <> 'cleared';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'alert % is cleared already', NEW.alert_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER alert_moved AFTER INSERT ON alert_event FOR EACH ROW EXECUTE FUNCTION move_alert();

CREATE FUNCTION refuse_by_hand() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% follows from other tables', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER alert_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON alert
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER alert_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON alert_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER alert_now_follows BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON alert_now
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION refuse_by_hand();

-- An alert with all that is known of it.
CREATE VIEW alert_known AS
SELECT a.id, a.equipment, a.metric, a.kind, a.severity, a.message, a.value, a.limit_value, a.unit, a.evidence,
       a.raised_at, a.raised_by,
       acknowledged.at AS acknowledged_at, acknowledged.who AS acknowledged_by, acknowledged.comment AS acknowledged_comment,
       cleared.at AS cleared_at, cleared.who AS cleared_by, cleared.comment AS cleared_comment
FROM alert a
LEFT JOIN alert_event acknowledged ON acknowledged.alert_id = a.id AND acknowledged.action = 'acknowledged'
LEFT JOIN alert_event cleared ON cleared.alert_id = a.id AND cleared.action = 'cleared';
