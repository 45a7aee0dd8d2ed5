-- A follow-up is understood by the newest question of its session.
CREATE INDEX experience_session ON experience (session_id, asked_at) WHERE session_id IS NOT NULL;
