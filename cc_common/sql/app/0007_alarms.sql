-- Alarms an operator can live with. Alerts of one cause make a group, told by its first; a group may be shelved for a while;
-- what nobody saw in time, or what grew worse, is escalated. Each is a fact of its own, written once and never changed.
ALTER TABLE alert ADD COLUMN leader uuid REFERENCES alert;  -- the first of the group it joined; null: it is a group's first

CREATE TABLE alert_shelving (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alert_id uuid NOT NULL REFERENCES alert,   -- a group's first: its group is shelved
    until    timestamptz,                      -- null: taken back before its time; the newest row counts
    who      text NOT NULL CHECK (who <> ''),
    comment  text,
    at       timestamptz NOT NULL,
    CHECK (until IS NULL OR until > at)
);
CREATE INDEX alert_shelving_newest ON alert_shelving (alert_id, id);

CREATE TABLE alert_escalation (
    alert_id uuid NOT NULL REFERENCES alert,
    reason   text NOT NULL CHECK (reason IN ('unseen', 'worse')),
    severity text NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),  -- from then on
    at       timestamptz NOT NULL,
    PRIMARY KEY (alert_id, reason)             -- each once
);

ALTER TABLE alert_now ADD COLUMN leader uuid, ADD COLUMN shelved_until timestamptz, ADD COLUMN escalated_at timestamptz,
    ADD COLUMN cleared_at timestamptz;
ALTER TABLE alert_now DISABLE TRIGGER alert_now_follows;
UPDATE alert_now n SET cleared_at = e.at FROM alert_event e WHERE e.alert_id = n.alert_id AND e.action = 'cleared';
ALTER TABLE alert_now ENABLE TRIGGER alert_now_follows;
CREATE INDEX alert_now_leader ON alert_now (leader) WHERE leader IS NOT NULL;

CREATE OR REPLACE FUNCTION open_alert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO alert_now (alert_id, equipment, metric, kind, severity, raised_at, state, leader)
    VALUES (NEW.id, NEW.equipment, NEW.metric, NEW.kind, NEW.severity, NEW.raised_at, 'raised', NEW.leader);
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION move_alert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE alert_now SET state = NEW.action, cleared_at = CASE WHEN NEW.action = 'cleared' THEN NEW.at END
    WHERE alert_id = NEW.alert_id AND state <> 'cleared';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'alert % is cleared already', NEW.alert_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION shelve_alert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE alert_now SET shelved_until = NEW.until WHERE alert_id = NEW.alert_id AND leader IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'alert % leads no group', NEW.alert_id USING ERRCODE = 'restrict_violation';
    END IF;
    PERFORM note_act(CASE WHEN NEW.until IS NULL THEN 'unshelved' ELSE 'shelved' END, NEW.who, NEW.alert_id::text,
        jsonb_build_object('until', NEW.until, 'comment', NEW.comment));
    RETURN NULL;
END $$;

CREATE FUNCTION escalate_alert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE alert_now SET severity = NEW.severity, escalated_at = NEW.at WHERE alert_id = NEW.alert_id AND state <> 'cleared';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'alert % is cleared already', NEW.alert_id USING ERRCODE = 'restrict_violation';
    END IF;
    PERFORM note_act('escalated', 'system', NEW.alert_id::text,
        jsonb_build_object('reason', NEW.reason, 'severity', NEW.severity));
    RETURN NULL;
END $$;

-- Which acts there are is the program's to say (cc_common/operations/status.py): each part of it that adds one need not know the others.
ALTER TABLE audit DROP CONSTRAINT IF EXISTS audit_action_check;
ALTER TABLE audit ADD CONSTRAINT audit_action_check CHECK (action ~ '^[a-z]+( [a-z]+)*$');

CREATE TRIGGER alert_shelved AFTER INSERT ON alert_shelving FOR EACH ROW EXECUTE FUNCTION shelve_alert();
CREATE TRIGGER alert_escalated AFTER INSERT ON alert_escalation FOR EACH ROW EXECUTE FUNCTION escalate_alert();
CREATE TRIGGER alert_shelving_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON alert_shelving
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER alert_escalation_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON alert_escalation
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

DROP VIEW alert_known;
CREATE VIEW alert_known AS
SELECT a.id, a.equipment, a.metric, a.kind, n.severity, a.message, a.value, a.limit_value, a.unit, a.evidence,
       a.raised_at, a.raised_by,
       acknowledged.at AS acknowledged_at, acknowledged.who AS acknowledged_by, acknowledged.comment AS acknowledged_comment,
       cleared.at AS cleared_at, cleared.who AS cleared_by, cleared.comment AS cleared_comment,
       coalesce(a.leader, a.id) AS group_id, n.escalated_at,
       shelf.until AS shelved_until, shelf.who AS shelved_by, shelf.comment AS shelved_comment
FROM alert a
JOIN alert_now n ON n.alert_id = a.id
LEFT JOIN alert_event acknowledged ON acknowledged.alert_id = a.id AND acknowledged.action = 'acknowledged'
LEFT JOIN alert_event cleared ON cleared.alert_id = a.id AND cleared.action = 'cleared'
LEFT JOIN LATERAL (
    SELECT until, who, comment FROM alert_shelving s WHERE s.alert_id = coalesce(a.leader, a.id) ORDER BY s.id DESC LIMIT 1
) shelf ON shelf.until IS NOT NULL;
