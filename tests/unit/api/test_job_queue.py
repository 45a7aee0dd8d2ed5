"""The queue before the model: bounded in questions and in callers, truthful about the wait, rid of callers who left."""

from __future__ import annotations

import socket
from time import monotonic

import pytest
from flask import Flask

from api.client_connection import disconnection_check
from api.engine.jobs import Job, JobQueue
from api.engine.messages import PlanReply, PlanRequest
from api.engine.plan_cache import PlanKey
from cc_common.core.errors import DeadlineExceeded, ModelUnavailable, Overloaded

REQUEST = PlanRequest(messages=[], grammar="", max_tokens=1)
REPLY = PlanReply(
    text="", model_id="", sha256="", cached=False, prefill_tokens=0, forced_tokens=0, sampled_tokens=0,
    prefill_ms=0, decode_ms=0, queue_ms=0,
)  # fmt: skip


def submit(queue: JobQueue, name: object, *, gone: bool = False, within_s: float = 60) -> Job:
    return queue.submit(PlanKey("", "", str(name).encode()), REQUEST, monotonic() + within_s, lambda: gone)


def test_equal_questions_are_one_job_with_one_reply() -> None:
    queue = JobQueue(1)
    first, second = submit(queue, "a"), submit(queue, "a")
    assert first is second and queue.take(0) is first
    queue.finish(first, REPLY, model_s=0.1)
    assert first.done.result(0) is REPLY
    assert submit(queue, "a") is not first


def test_an_equal_question_needs_no_place_of_its_own() -> None:
    queue = JobQueue(2)
    jobs = [submit(queue, "a"), submit(queue, "b")]
    with pytest.raises(Overloaded):
        submit(queue, "c")
    assert submit(queue, "b") is jobs[1]


def test_a_job_past_its_deadline_is_not_sent() -> None:
    queue = JobQueue(4)
    late, timely = submit(queue, "a", within_s=-1), submit(queue, "b")
    assert queue.take(0) is timely
    assert isinstance(late.done.exception(0), DeadlineExceeded)


def test_everyone_in_the_queue_learns_why_it_ended() -> None:
    queue = JobQueue(4)
    jobs = [submit(queue, "a"), submit(queue, "b")]
    queue.fail_waiting(ModelUnavailable("gone"))
    assert [str(job.done.exception(0)) for job in jobs] == ["gone", "gone"]


def test_the_wait_that_is_reported_follows_the_time_that_was_measured() -> None:
    queue = JobQueue(3)
    for n in range(200):
        submit(queue, n)
        taken = queue.take(0)
        assert taken
        queue.finish(taken, REPLY, model_s=5.0)
    for n in range(3):
        submit(queue, n)
    with pytest.raises(Overloaded) as refused:
        submit(queue, "one more")
    assert refused.value.retry_after_s == pytest.approx(20, abs=1)


def test_callers_of_one_question_are_bounded_too() -> None:
    queue = JobQueue(3)
    jobs = [submit(queue, "same") for _ in range(4)]
    assert len({id(job) for job in jobs}) == 1
    with pytest.raises(Overloaded):
        submit(queue, "same")
    taken = queue.take(0)
    assert taken
    queue.finish(taken, REPLY, model_s=0.1)
    assert submit(queue, "same") is not taken, "there is room again"


def test_a_question_nobody_waits_for_is_not_asked() -> None:
    queue = JobQueue(3)
    left, kept = submit(queue, 1, gone=True), submit(queue, 2)
    assert queue.take(0) is kept
    assert isinstance(left.done.exception(0), DeadlineExceeded)


def test_one_of_two_callers_may_leave() -> None:
    queue = JobQueue(3)
    job, other = submit(queue, 1, gone=True), submit(queue, 1)
    assert job is other
    assert queue.take(0) is job


def test_a_caller_who_leaves_frees_exactly_one_place() -> None:
    queue = JobQueue(1)
    for _ in range(5):
        job = submit(queue, 1)
        queue.leave(job, job.waiting[0])
    assert len(queue) == 0
    assert submit(queue, 2)


def test_a_client_that_closed_its_connection_is_gone() -> None:
    ours, theirs = socket.socketpair()
    with Flask("test").test_request_context("/", environ_overrides={"gunicorn.socket": ours}):
        gone = disconnection_check()
    theirs.send(b"the next request, early")
    assert not gone()
    theirs.close()
    assert gone()
    ours.close()
    assert gone()


def test_where_no_socket_is_shown_nobody_is_gone() -> None:
    with Flask("test").test_request_context("/"):
        assert not disconnection_check()()
