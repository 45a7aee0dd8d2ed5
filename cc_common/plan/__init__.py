"""The plan: what a question asks for, as the model says it (a short line) and as code carries it out (a Plan)."""

from cc_common.plan.follow_up import understand
from cc_common.plan.language import grammar
from cc_common.plan.model import INTENTS, OFFERED, WIDGETS, WIDGETS_OF, Intent, Plan, WidgetType, plan_of, refusal
from cc_common.plan.prompt import STATIC_MESSAGES, build_messages
from cc_common.plan.reading import parse, render

__all__ = [
    "INTENTS",
    "OFFERED",
    "STATIC_MESSAGES",
    "WIDGETS",
    "WIDGETS_OF",
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
