"""How an answer is said: numbers with their units, times in the plant's zone, one sentence an intent."""

from cc_common.answer.wording.describe import describe, phrases
from cc_common.answer.wording.quantities import moment, number, period, quantity
from cc_common.answer.wording.unexplained import clause

__all__ = ["clause", "describe", "moment", "number", "period", "phrases", "quantity"]
