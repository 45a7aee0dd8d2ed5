"""The engine: plans by the language model in a worker process that may crash, hang or be swapped."""

from api.engine.engine import Engine
from api.engine.messages import EngineHealth, PlanReply, PlanRequest, ServedModel

__all__ = ["Engine", "EngineHealth", "PlanReply", "PlanRequest", "ServedModel"]
