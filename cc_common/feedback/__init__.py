"""Experiences and ratings: record an answer, rate it, and read back what was rated."""

from cc_common.feedback.experience import (
    BufferCounts,
    Experience,
    Judgement,
    NewRating,
    RatedExperience,
    Rating,
    RatingReceipt,
    ShownWidget,
    Thumb,
    new_id,
    to_json_value,
)
from cc_common.feedback.experience_store import (
    buffer_counts,
    get_experience,
    last_plan,
    rated_between,
    record_experience,
)
from cc_common.feedback.ratings import lesson_of, promote_ranker, record_rating, replay_ratings

__all__ = [
    "BufferCounts",
    "Experience",
    "Judgement",
    "NewRating",
    "RatedExperience",
    "Rating",
    "RatingReceipt",
    "ShownWidget",
    "Thumb",
    "buffer_counts",
    "get_experience",
    "last_plan",
    "lesson_of",
    "new_id",
    "promote_ranker",
    "rated_between",
    "record_experience",
    "record_rating",
    "replay_ratings",
    "to_json_value",
]
