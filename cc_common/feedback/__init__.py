"""Experiences and ratings: record an answer, rate it, and read back what was rated."""

from cc_common.feedback.experience import BufferCounts, Experience, Judgement, NewRating, RatedExperience, Rating, RatingReceipt, ShownWidget, Thumb, new_id, plain
from cc_common.feedback.experience_store import counts, get, last_plan, rated_between, record
from cc_common.feedback.ratings import lesson_of, promote_ranker, record_rating, replay_ratings

__all__ = ["BufferCounts", "Experience", "Judgement", "NewRating", "RatedExperience", "Rating", "RatingReceipt", "ShownWidget", "Thumb", "counts", "get", "last_plan", "lesson_of", "new_id", "plain", "promote_ranker", "rated_between", "record", "record_rating", "replay_ratings"]
