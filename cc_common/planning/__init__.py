"""Builds the Plan of a resolved question: intents, grammar, prompt, parser. Imports understanding and below."""

from cc_common.planning.follow_ups import understand
from cc_common.planning.intents import INTENTS, Intent
from cc_common.planning.plan import WIDGETS, Plan, WidgetType, plan_of, refuse_unknown_names
from cc_common.planning.plan_parser import parse_plan, render_plan
from cc_common.planning.prompt import STATIC_MESSAGES, build_grammar, build_messages

__all__ = [
    "INTENTS",
    "STATIC_MESSAGES",
    "WIDGETS",
    "Intent",
    "Plan",
    "WidgetType",
    "build_grammar",
    "build_messages",
    "parse_plan",
    "plan_of",
    "refuse_unknown_names",
    "render_plan",
    "understand",
]
