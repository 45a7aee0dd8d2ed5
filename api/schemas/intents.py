"""GET /intents: what can be asked, for front ends and their forms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from api.schemas.common import Reply
from cc_common.core.evidence import Statistic
from cc_common.planning import INTENTS, WidgetType
from cc_common.planning.intents.registry import DefaultWindow, Slot, Subject


def _known(name: str) -> str:
    if name not in INTENTS:
        raise PydanticCustomError("intent", "Input should be one of {known}", {"known": ", ".join(INTENTS)})
    return name


IntentName = Annotated[str, AfterValidator(_known), WithJsonSchema({"type": "string", "enum": list(INTENTS)})]


class IntentReply(Reply):
    """One thing that a question can ask for."""

    name: str = Field(description="As in a plan.", examples=["latest"])
    label: str = Field(description="What forms call it.", examples=["newest reading"])
    description: str
    about: Sequence[Subject] = Field(description="Single machines; a type of machine or the whole plant.")
    needs: Sequence[Slot] = Field(description="Parts of the plan it cannot do without.")
    may_have: Sequence[Slot] = Field(description="Further parts of the plan it may have.")
    statistics: Sequence[Statistic] = Field(description="Statistics its plan may have; empty: it has none.")
    widgets: Sequence[WidgetType] = Field(description="Widgets that can show it.")
    usual_widgets: Sequence[WidgetType] = Field(description="Those usually shown, the best first.")
    default_window: DefaultWindow = Field(description="The window of a question that names none.")
    offered: bool = Field(description="Whether the model can choose it.")
    examples: Sequence[str] = Field(description="Questions on the simulated plant that have this intent.")
