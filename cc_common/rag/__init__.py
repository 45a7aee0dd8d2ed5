"""Contexts for a model or a person: six builders of plain markdown; every number in it is a figure with its rows."""

from cc_common.rag.assembly import TokenCounter, byte_count
from cc_common.rag.check import check
from cc_common.rag.contexts import Contexts
from cc_common.rag.model import Context, ContextKind, Fact, Part, Relevance

__all__ = ["Context", "ContextKind", "Contexts", "Fact", "Part", "Relevance", "TokenCounter", "byte_count", "check"]
