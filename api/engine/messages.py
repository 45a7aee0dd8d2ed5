"""Requests to the engine and its replies."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class PlanRequest:
    """Messages for the chat template, Lark text of the grammar, and the most tokens the plan may have."""

    messages: Sequence[Mapping[str, str]]
    grammar: str
    max_tokens: int

    def key(self) -> bytes:
        """Equal for requests that must get the same plan from the same model: a digest, as thousands are kept."""
        whole = json.dumps([list(map(dict, self.messages)), self.grammar, self.max_tokens], sort_keys=True)
        return blake2b(whole.encode(), digest_size=16).digest()


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanReply:
    """The plan verbatim, the model that made it, and what it took. A cached reply keeps the counts of its making."""

    text: str
    model_id: str
    sha256: str
    cached: bool
    prefill_tokens: int
    forced_tokens: int
    sampled_tokens: int
    prefill_ms: float
    decode_ms: float
    queue_ms: float


@dataclass(frozen=True, kw_only=True)
class ServedModel:
    """A GGUF file to serve, by the registry's id and its sha256 in hex."""

    id: str
    path: Path
    sha256: str


@dataclass(frozen=True, kw_only=True)
class EngineHealth:
    """Whether plans are being made; if not, `reason` says why. `resident_bytes` is the worker's memory."""

    ready: bool
    reason: str
    model: ServedModel | None
    queue: int
    worker_pid: int | None
    restarts: int
    resident_bytes: int
