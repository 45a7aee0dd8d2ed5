-- Alerts: raised, acknowledged, cleared; and what the watcher reads of the plant.

-- name: lock_machine
-- Raisers of one machine's alerts take turns, to the end of the transaction: the second joins what the first began.
SELECT pg_advisory_xact_lock(hashtextextended(%(equipment)s, 2))

-- name: open_of_cause
-- The open alert of a cause.
SELECT alert_id::text AS id FROM alert_now
WHERE equipment = %(equipment)s AND metric IS NOT DISTINCT FROM %(metric)s::text AND kind = %(kind)s AND state <> 'cleared'

-- name: kin
-- The machine's alerts that a new one may belong to: open, over since a moment, or of a group that is shelved.
SELECT n.alert_id::text AS id, coalesce(n.leader, n.alert_id)::text AS leader, n.metric, n.severity, n.raised_at
FROM alert_now n JOIN alert_now first ON first.alert_id = coalesce(n.leader, n.alert_id)
WHERE n.equipment = %(equipment)s
    AND (n.state <> 'cleared' OR n.cleared_at > %(since)s OR first.shelved_until > %(now)s)
ORDER BY n.raised_at, n.alert_id

-- name: raise
-- One alert; its trigger refuses a second open one of the same cause.
INSERT INTO alert (
    id, equipment, metric, kind, severity, message, value, limit_value, unit, evidence, raised_at, raised_by, leader
) VALUES (
    %(id)s, %(equipment)s, %(metric)s, %(kind)s, %(severity)s, %(message)s, %(value)s, %(limit)s, %(unit)s, %(evidence)s,
    %(raised_at)s, %(raised_by)s, %(leader)s
)

-- name: lock
-- Where an alert stands, held to the end of the transaction: of two who act on it, one waits.
SELECT state FROM alert_now WHERE alert_id = %(id)s FOR UPDATE

-- name: act
-- That it was acknowledged, or cleared, the first time.
INSERT INTO alert_event (alert_id, action, who, comment, at)
VALUES (%(id)s, %(action)s, %(who)s, %(comment)s, %(at)s)
ON CONFLICT (alert_id, action) DO NOTHING

-- name: known
-- Alerts by id, newest first.
SELECT id::text AS id, equipment, metric, kind, severity, message, value, limit_value AS "limit", unit, evidence,
       raised_at, raised_by, acknowledged_at, acknowledged_by, acknowledged_comment, cleared_at, cleared_by, cleared_comment,
       group_id::text AS "group", escalated_at, shelved_until, shelved_by, shelved_comment
FROM alert_known WHERE id = ANY (%(ids)s::uuid[]) ORDER BY raised_at DESC, id DESC

-- name: page
-- Ids of a page, newest first; the mark "filters" takes any of the conditions below.
SELECT alert_id::text AS id FROM alert_now WHERE true /* filters */ ORDER BY raised_at DESC, alert_id DESC LIMIT %(limit)s

-- name: total
-- How many there are under the same filters.
SELECT count(*) AS total FROM alert_now WHERE true /* filters */

-- name: of_states
-- A condition.
AND state = ANY (%(states)s)

-- name: of_equipment
-- A condition.
AND equipment = ANY (%(equipment)s)

-- name: of_severity
-- A condition.
AND severity = %(severity)s

-- name: of_window
-- A condition.
AND raised_at >= %(start)s AND raised_at < %(end)s

-- name: of_leaders
-- A condition: the first of each group.
AND leader IS NULL

-- name: of_group
-- A condition.
AND (alert_id = %(group)s::uuid OR leader = %(group)s::uuid)

-- name: of_shelved
-- A condition: open and of groups that are on the shelf at a moment; or not so.
AND %(shelved)s = (state <> 'cleared' AND EXISTS (
    SELECT FROM alert_now first WHERE first.alert_id = coalesce(alert_now.leader, alert_now.alert_id) AND first.shelved_until > %(now)s
))

-- name: after_cursor
-- A condition: what comes after the last alert of the page before.
AND (raised_at, alert_id) < (%(after_at)s, %(after_id)s::uuid)

-- name: counts
-- How many alerts stand how, and what happened since a moment.
SELECT count(*) FILTER (WHERE n.state = 'raised') AS raised, count(*) FILTER (WHERE n.state = 'acknowledged') AS acknowledged,
       count(*) FILTER (WHERE n.severity = 'critical') AS critical, count(*) FILTER (WHERE n.severity = 'warning') AS warning,
       count(*) FILTER (WHERE n.severity = 'info') AS info,
       count(DISTINCT coalesce(n.leader, n.alert_id)) AS groups,
       count(*) FILTER (WHERE first.shelved_until > %(now)s) AS shelved,
       count(*) FILTER (WHERE n.escalated_at IS NOT NULL) AS escalated,
       (SELECT count(*) FROM alert_now WHERE raised_at >= %(since)s) AS raised_lately,
       (SELECT count(*) FROM alert_event WHERE action = 'cleared' AND at >= %(since)s) AS cleared_lately,
       (SELECT count(*) FROM alert_now WHERE raised_at >= %(block)s AND leader IS NULL) AS alarms_lately
FROM alert_now n JOIN alert_now first ON first.alert_id = coalesce(n.leader, n.alert_id)
WHERE n.state IN ('raised', 'acknowledged')

-- name: standing
-- The open alerts.
SELECT n.alert_id::text AS id, a.raised_by, n.equipment, n.metric, n.kind, a.value, n.severity, n.state, n.raised_at,
       coalesce(n.leader, n.alert_id)::text AS leader, first.shelved_until
FROM alert_now n JOIN alert a ON a.id = n.alert_id JOIN alert_now first ON first.alert_id = coalesce(n.leader, n.alert_id)
WHERE n.state IN ('raised', 'acknowledged')

-- name: shelve
-- A group goes on the shelf, or with no `until` comes back.
INSERT INTO alert_shelving (alert_id, until, who, comment, at) VALUES (%(id)s, %(until)s, %(who)s, %(comment)s, %(at)s)

-- name: group_is_open
-- Whether any alert of a group is.
SELECT EXISTS (SELECT FROM alert_now WHERE (alert_id = %(id)s OR leader = %(id)s) AND state <> 'cleared') AS open

-- name: escalate
-- That nobody saw it in time, or that it grew worse; the first time.
INSERT INTO alert_escalation (alert_id, reason, severity, at) VALUES (%(id)s, %(reason)s, %(severity)s, %(at)s)
ON CONFLICT (alert_id, reason) DO NOTHING

-- name: escalated_for
-- Whether it was, for that reason.
SELECT FROM alert_escalation WHERE alert_id = %(id)s AND reason = %(reason)s

-- name: cleared_by_hand
-- Causes that a person cleared since a moment.
SELECT DISTINCT n.equipment, n.metric, n.kind
FROM alert_event e JOIN alert_now n ON n.alert_id = e.alert_id
WHERE e.action = 'cleared' AND e.at >= %(since)s AND e.who <> %(who)s

-- name: recent
-- The newest minutes of one machine, oldest first.
SELECT ts, {columns} FROM {table} WHERE ts >= %(start)s AND ts < %(end)s ORDER BY ts
