-- Experiences and their ratings.

-- name: record
-- One experience, once.
INSERT INTO experience (
    id, asked_at, session_id, question, messages, plan_text, plan, widgets, figures, evidence, model_id,
    catalog_version, tier1_version, tier1_layout, context
) VALUES (
    %(id)s, %(asked_at)s, %(session_id)s, %(question)s, %(messages)s, %(plan_text)s, %(plan)s, %(widgets)s,
    %(figures)s, %(evidence)s, %(model_id)s, %(catalog_version)s, %(tier1_version)s, %(tier1_layout)s, %(context)s
)

-- name: get
-- One experience.
SELECT id::text, asked_at, session_id, question, messages, plan_text, plan, widgets, figures, evidence, model_id,
       catalog_version, tier1_version, tier1_layout, context
FROM experience WHERE id = %(id)s

-- name: last_plan
-- What a session's newest answered question was understood as.
SELECT plan FROM experience
WHERE session_id = %(session_id)s AND asked_at >= %(since)s AND plan ->> 'intent' <> 'out_of_scope'
ORDER BY asked_at DESC LIMIT 1

-- name: rating_by_key
-- What an idempotency key was used for, with its receipt.
SELECT r.id, r.rated_at, r.tier1_version, s.loss, r.request_sha256
FROM rating r LEFT JOIN tier1_step s ON s.rating_id = r.id
WHERE r.idempotency_key = %(key)s

-- name: last_verdict
-- What this rater said last about this answer or widget.
SELECT rating, correction FROM rating
WHERE experience_id = %(experience_id)s AND rater = %(rater)s AND widget_id IS NOT DISTINCT FROM %(widget_id)s::text
ORDER BY id DESC LIMIT 1

-- name: rate
-- One rating, once.
INSERT INTO rating (
    experience_id, widget_id, rating, comment, correction, rater, tier1_version, idempotency_key, request_sha256
) VALUES (
    %(experience_id)s, %(widget_id)s, %(rating)s, %(comment)s, %(correction)s, %(rater)s, %(tier1_version)s,
    %(idempotency_key)s, %(request_sha256)s
) RETURNING id, rated_at

-- name: rated_between
-- The newest rating of a window by each rater on each answer or widget.
SELECT DISTINCT ON (experience_id, rater, widget_id)
       id, experience_id::text, widget_id, rating, comment, correction, rater, rated_at
FROM rating WHERE rated_at >= %(start)s AND rated_at < %(end)s
ORDER BY experience_id, rater, widget_id, id DESC

-- name: many
-- Experiences by id, oldest first.
SELECT id::text, asked_at, session_id, question, messages, plan_text, plan, widgets, figures, evidence, model_id,
       catalog_version, tier1_version, tier1_layout, context
FROM experience WHERE id = ANY (%(ids)s::uuid[]) ORDER BY asked_at, id

-- name: counts
-- How much there is.
SELECT sum(experiences)::bigint AS experiences, sum(rated)::bigint AS rated, sum(up + down)::bigint AS ratings,
       sum(up)::bigint AS up, sum(down)::bigint AS down, sum(corrections)::bigint AS corrections,
       (SELECT max(rated_at) FROM rating) AS last_rated_at
FROM buffer_count
