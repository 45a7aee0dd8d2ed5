"""From a Plan to an answer: values with evidence, widgets, a sentence, and the check that no figure stands alone."""

from cc_common.answer.check import check
from cc_common.answer.compose import compose
from cc_common.answer.model import Answer, Widget
from cc_common.answer.sources import Facts, Sources

__all__ = ["Answer", "Facts", "Sources", "Widget", "check", "compose"]
