"""The plan cache and the queue before the model: what is kept, what is joined, what is refused."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic

import pytest

from api.engine.cache import PlanCache, PlanKey
from api.engine.jobs import Job, JobQueue
from api.engine.model import PlanReply, PlanRequest
from cc_common.errors import DeadlineExceeded, ModelUnavailable, Overloaded

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
    return PlanKey("0", "v1", name)


def submit(queue: JobQueue, name: str, *, seconds: float = 60) -> Job:
    return queue.submit(key(name), REQUEST, monotonic() + seconds)


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


def test_equal_questions_are_one_job_with_one_reply() -> None:
    queue = JobQueue(1)
    first, second = submit(queue, "a"), submit(queue, "a")
    assert first is second and queue.take(0) is first
    queue.finish(first, REPLY, model_s=0.1)
    assert first.done.result(0) is REPLY
    assert submit(queue, "a") is not first


def test_a_full_queue_says_how_long_it_will_take() -> None:
    queue = JobQueue(2)
    jobs = [submit(queue, "a"), submit(queue, "b")]
    queue.finish(jobs[0], REPLY, model_s=20.0)  # the mean moves towards what was measured
    with pytest.raises(Overloaded) as refusal:
        submit(queue, "c")
    assert refusal.value.retry_after_s >= 6
    assert submit(queue, "b") is jobs[1], "an equal question needs no place of its own"


def test_a_job_that_nobody_waits_for_is_not_sent() -> None:
    queue = JobQueue(4)
    job = submit(queue, "a")
    submit(queue, "a")
    queue.leave(job)
    assert len(queue) == 1
    queue.leave(job)
    assert len(queue) == 0 and queue.take(0) is None


def test_a_job_past_its_deadline_is_not_sent() -> None:
    queue = JobQueue(4)
    late, timely = submit(queue, "a", seconds=-1), submit(queue, "b")
    assert queue.take(0) is timely
    assert isinstance(late.done.exception(0), DeadlineExceeded)


def test_everyone_in_the_queue_learns_why_it_ended() -> None:
    queue = JobQueue(4)
    jobs = [submit(queue, "a"), submit(queue, "b")]
    queue.fail_waiting(ModelUnavailable("gone"))
    assert [str(job.done.exception(0)) for job in jobs] == ["gone", "gone"]
