-- Who changed what: every rating, acknowledgement, clearing, and change of what is served. Triggers write it in the
-- transaction of the act itself, so neither can be there without the other; and they refuse changes.
CREATE TABLE audit (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    action     text NOT NULL CHECK (action IN ('rated', 'acknowledged', 'cleared', 'activated', 'rolled back', 'withdrawn')),
    role       text NOT NULL,            -- of the caller's token; system: no request, but a process of ours
    who        text,                     -- the name given with a rating or an alert
    client     text,                     -- address
    request_id text,
    subject    text NOT NULL,            -- the answer, the alert, the model version
    what       jsonb NOT NULL
);
CREATE INDEX audit_action ON audit (action, id);
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The caller is what the transaction says in cc.actor; nothing there: a process of the system itself.
CREATE FUNCTION note_act(action text, who text, subject text, what jsonb) RETURNS void LANGUAGE sql AS $$
    INSERT INTO audit (action, role, who, client, request_id, subject, what)
    SELECT $1, coalesce(a.actor ->> 'role', 'system'), $2, a.actor ->> 'client', a.actor ->> 'request_id', $3, $4
    FROM (SELECT nullif(current_setting('cc.actor', true), '')::jsonb AS actor) a
$$;

CREATE FUNCTION audit_rating() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM note_act('rated', NEW.rater, NEW.experience_id::text, jsonb_build_object(
        'rating_id', NEW.id, 'rating', NEW.rating, 'widget_id', NEW.widget_id, 'corrected', NEW.correction IS NOT NULL));
    RETURN NULL;
END $$;
CREATE TRIGGER rating_audited AFTER INSERT ON rating FOR EACH ROW EXECUTE FUNCTION audit_rating();

CREATE FUNCTION audit_alert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM note_act(NEW.action, NEW.who, NEW.alert_id::text, jsonb_build_object('comment', NEW.comment));
    RETURN NULL;
END $$;
CREATE TRIGGER alert_event_audited AFTER INSERT ON alert_event FOR EACH ROW EXECUTE FUNCTION audit_alert();

-- A roll-back keeps the version's place in the order of promotions: served_at stays.
CREATE FUNCTION audit_model() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM note_act(
        CASE WHEN NEW.state = 'rejected' THEN 'withdrawn'
             WHEN NEW.served_at IS NOT DISTINCT FROM OLD.served_at THEN 'rolled back'
             ELSE 'activated' END,
        NULL, NEW.id, jsonb_build_object('tier', NEW.tier, 'sha256', NEW.sha256, 'before', OLD.state));
    RETURN NULL;
END $$;
CREATE TRIGGER model_audited AFTER UPDATE OF state ON model_version FOR EACH ROW
    WHEN (OLD.state <> NEW.state AND NEW.state IN ('served', 'rejected')) EXECUTE FUNCTION audit_model();
