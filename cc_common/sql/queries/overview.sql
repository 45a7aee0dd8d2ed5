-- The whole plant at a glance.

-- name: open_alerts
-- How many alerts are open, by machine and severity.
SELECT equipment, severity, count(*) AS open FROM alert_now
WHERE state IN ('raised', 'acknowledged') GROUP BY equipment, severity
