"""The engine: the language model's plan for a question, from a worker process that may crash, hang or be swapped."""

from api.engine.model import EngineHealth, PlanReply, PlanRequest, ServedModel
from api.engine.serving import Engine

__all__ = ["Engine", "EngineHealth", "PlanReply", "PlanRequest", "ServedModel"]
