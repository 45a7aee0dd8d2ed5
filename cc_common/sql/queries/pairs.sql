-- What pairs are made of, beside experiences and ratings themselves.

-- name: plans_before
-- What each question's session had been answered before it: a follow-up is understood by that.
SELECT asked.id::text, before.plan
FROM experience asked
CROSS JOIN LATERAL (
    SELECT plan FROM experience e
    WHERE e.session_id = asked.session_id AND e.asked_at < asked.asked_at AND e.plan ->> 'intent' <> 'out_of_scope'
    ORDER BY e.asked_at DESC LIMIT 1
) before
WHERE asked.id = ANY (%(ids)s::uuid[]) AND asked.session_id IS NOT NULL

-- name: extent
-- How many ratings a window holds, and the newest of them: the same as long as nothing was added.
SELECT count(*) AS ratings, max(id) AS newest FROM rating WHERE rated_at >= %(start)s AND rated_at < %(end)s
