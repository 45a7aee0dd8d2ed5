"""The engine: the language model's plan for a question, from a worker process that may crash, hang or be swapped."""

from api.engine.engine import Engine
from api.engine.messages import EngineHealth, PlanReply, PlanRequest, ServedModel

__all__ = ["Engine", "EngineHealth", "PlanReply", "PlanRequest", "ServedModel"]
