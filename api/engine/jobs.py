"""The job queue: questions waiting for the model, first in first out, bounded, equal ones answered once."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Condition
from time import monotonic
from typing import Final

from api.engine.messages import PlanReply, PlanRequest
from api.engine.plan_cache import PlanKey
from cc_common.core.errors import DeadlineExceeded, Overloaded

FIRST_GUESS_S: Final = 0.3  # of the model's time for a question, until some were measured
Gone = Callable[[], bool]  # whether a caller has hung up; asked from any thread
NEWEST_WEIGHT: Final = 0.1  # in the running mean of that time


@dataclass(eq=False, kw_only=True)
class Job:
    """A request on its way; `deadline` is monotonic seconds. Changed only under the queue's lock."""

    key: PlanKey
    request: PlanRequest
    deadline: float
    queued_at: float = field(default_factory=monotonic)
    done: Future[PlanReply] = field(default_factory=Future)
    waiting: list[Gone] = field(default_factory=list)  # one a waiter
    crashes: int = 0

    def remaining_s(self) -> float:
        """Seconds until the deadline."""
        return self.deadline - monotonic()

    def wanted(self) -> bool:
        """Whether there is time left, and anybody who still listens."""
        return self.remaining_s() > 0 and not all(gone() for gone in self.waiting)


class JobQueue:
    """Jobs waiting and in flight; at most `size` wait, for `size` + 1 callers. Many threads submit, one takes."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._waiting: deque[Job] = deque()
        self._in_flight: dict[PlanKey, Job] = {}
        self._changed = Condition()
        self._woken = False
        self._callers = 0
        self._mean_s = FIRST_GUESS_S

    def __len__(self) -> int:
        return len(self._waiting)

    def submit(self, key: PlanKey, request: PlanRequest, deadline: float, gone: Gone) -> Job:
        """The job for this request: a new one, or the equal one in flight. Overloaded when the queue is full."""
        with self._changed:
            job = self._in_flight.get(key)
            if self._callers > self._size or (job is None and len(self._waiting) >= self._size):
                raise Overloaded(retry_after_s=math.ceil(self._mean_s * (len(self._waiting) + 1)))
            if job is None:
                job = self._in_flight[key] = Job(key=key, request=request, deadline=deadline)
                self._waiting.append(job)
                self._changed.notify()
            self._callers += 1
            job.waiting.append(gone)
            job.deadline = max(job.deadline, deadline)
            return job

    def leave(self, job: Job, gone: Gone) -> None:
        """One waiter gives up; a job that nobody waits for any more is not sent."""
        with self._changed:
            if job.done.done():
                return
            job.waiting.remove(gone)
            self._callers -= 1
            if not job.waiting and job in self._waiting:
                self._waiting.remove(job)
                self._in_flight.pop(job.key, None)

    def take(self, timeout_s: float) -> Job | None:
        """The next job that is still wanted; None after `timeout_s` or a wake()."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._woken, timeout_s)
            self._woken = False
            while self._waiting:
                job = self._waiting.popleft()
                if job.wanted():
                    return job
                self._end(job, DeadlineExceeded())
            return None

    def put_back(self, job: Job) -> None:
        """First in line again: its worker died."""
        with self._changed:
            self._waiting.appendleft(job)

    def finish(self, job: Job, reply: PlanReply, *, model_s: float) -> None:
        """Hands the reply to all who wait for it; `model_s` is the time the model took."""
        with self._changed:
            self._mean_s += NEWEST_WEIGHT * (model_s - self._mean_s)
            self._let_go(job)
            job.done.set_result(reply)

    def fail(self, job: Job, error: Exception) -> None:
        """Hands the error to all who wait for the job."""
        with self._changed:
            self._end(job, error)

    def fail_waiting(self, error: Exception) -> None:
        """Hands the error to everyone in the queue."""
        with self._changed:
            while self._waiting:
                self._end(self._waiting.popleft(), error)

    def wake(self) -> None:
        """Makes take() return now."""
        with self._changed:
            self._woken = True
            self._changed.notify()

    def _end(self, job: Job, error: Exception) -> None:
        self._let_go(job)
        job.done.set_exception(error)

    def _let_go(self, job: Job) -> None:
        self._in_flight.pop(job.key, None)
        self._callers -= len(job.waiting)
