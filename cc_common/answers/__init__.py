"""Answers a Plan: values with evidence, widgets, a sentence, and the check that every number has evidence."""

from cc_common.answers.answer import Answer, Facts, Sources, Widget
from cc_common.answers.composition import compose_answer
from cc_common.answers.number_check import check_answer

__all__ = ["Answer", "Facts", "Sources", "Widget", "check_answer", "compose_answer"]
