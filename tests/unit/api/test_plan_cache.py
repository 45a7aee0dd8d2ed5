"""The plan cache: what is kept, and what gives way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from api.engine.messages import PlanReply, PlanRequest
from api.engine.plan_cache import PlanCache, PlanKey

REQUEST = PlanRequest(
    messages=[{"role": "user", "content": "Show chiller 1 power"}], grammar='start: "a"', max_tokens=8
)
REPLY = PlanReply(
    text="latest 1 a",
    model_id="m",
    sha256="0",
    cached=False,
    prefill_tokens=1,
    forced_tokens=1,
    sampled_tokens=1,
    prefill_ms=1.0,
    decode_ms=1.0,
    queue_ms=0.0,
)


def key(name: str) -> PlanKey:
    return PlanKey("0", "v1", name.encode())


def test_the_plan_unused_for_longest_gives_way() -> None:
    cache = PlanCache(2)
    cache.put(key("a"), REPLY)
    cache.put(key("b"), REPLY)
    assert cache.get(key("a")) is REPLY
    cache.put(key("c"), REPLY)
    assert cache.get(key("b")) is None
    assert cache.get(key("a")) is REPLY and len(cache) == 2


def test_a_cache_of_size_0_keeps_nothing() -> None:
    cache = PlanCache(0)
    cache.put(key("a"), REPLY)
    assert cache.get(key("a")) is None


@pytest.mark.parametrize(
    "other",
    [
        replace(REQUEST, max_tokens=9),
        replace(REQUEST, grammar='start: "b"'),
        replace(REQUEST, messages=[{"role": "system", "content": "Show chiller 1 power"}]),
    ],
)
def test_a_request_differs_by_every_field(other: PlanRequest) -> None:
    assert other.key() != REQUEST.key()
