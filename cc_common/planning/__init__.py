"""Builds the Plan of a resolved question: intents, grammar, prompt, parser. Imports understanding and below."""

from cc_common.planning.follow_ups import understand
from cc_common.planning.intents import INTENTS, Intent
from cc_common.planning.plan import WIDGETS, Plan, WidgetType, plan_of, refusal
from cc_common.planning.plan_parser import parse, render
from cc_common.planning.prompt import STATIC_MESSAGES, build_messages, grammar

__all__ = [
    "INTENTS",
    "STATIC_MESSAGES",
    "WIDGETS",
    "Intent",
    "Plan",
    "WidgetType",
    "build_messages",
    "grammar",
    "parse",
    "plan_of",
    "refusal",
    "render",
    "understand",
]
