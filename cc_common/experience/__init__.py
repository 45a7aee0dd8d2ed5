"""Experiences and ratings: record an answer, rate it, and read back what was rated."""

from cc_common.experience.adoption import adopt, take_up
from cc_common.experience.lesson import lesson_of
from cc_common.experience.model import (
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
    plain,
)
from cc_common.experience.rating import rate
from cc_common.experience.store import counts, get, last_plan, rated_between, record

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
    "adopt",
    "counts",
    "get",
    "last_plan",
    "lesson_of",
    "new_id",
    "plain",
    "rate",
    "rated_between",
    "record",
    "take_up",
]
