"""Engine: plan cache, one bounded queue, one served model at a time."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import replace
from threading import Lock
from time import monotonic

from api.engine.dispatcher import Dispatcher
from api.engine.jobs import Gone, JobQueue
from api.engine.messages import EngineHealth, PlanReply, PlanRequest, ServedModel
from api.engine.plan_cache import PlanCache, PlanKey
from api.engine.worker_process import WorkerDiedError, WorkerHungError, WorkerProcess
from cc_common.core.errors import CommandCenterError, DeadlineExceeded, ModelUnavailable
from cc_common.core.settings import Settings

logger = logging.getLogger(__name__)

LOOK_S = 0.25  # between two looks whether the caller still listens
NOT_STARTED = "No language model was started."


def _stays() -> bool:
    return False


class Engine:
    """Plans by one language model in a worker process; safe for many threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._cache = PlanCache(settings.plan_cache_size)
        self._jobs = JobQueue(settings.queue_size)
        self._dispatcher: Dispatcher | None = None
        self._changing = Lock()

    def start(self, model: ServedModel, static_messages: Sequence[Mapping[str, str]]) -> None:
        """Begins to serve `model` and returns at once; health() says when it does, or why it cannot."""
        with self._changing:
            if self._dispatcher:
                self._dispatcher.stop()
            messages = [dict(m) for m in static_messages]
            self._dispatcher = Dispatcher(self._settings, self._jobs, model, messages)
            self._dispatcher.start()

    def plan(self, request: PlanRequest, *, cache_scope: str, gone: Gone = _stays) -> PlanReply:
        """The served model's plan; ModelUnavailable, Overloaded or DeadlineExceeded. ValueError for a wrong grammar.

        `gone` tells, from any thread, that the caller has hung up: its question is then not asked any more.
        """
        dispatcher = self._accepting()
        key = PlanKey(dispatcher.model.sha256, cache_scope, request.key())
        found = self._cache.get(key)
        if found:
            return found
        reply = self._asked(key, request, gone)
        again = replace(reply, cached=True, queue_ms=0.0, prefill_ms=0.0, decode_ms=0.0)
        self._cache.put(key._replace(sha256=reply.sha256), again)
        return reply

    def swap(self, model: ServedModel, *, smoke: Sequence[PlanRequest] = ()) -> None:
        """Replaces the served model without losing a question; ModelUnavailable leaves the old one serving.

        The new one is loaded and answers every request of `smoke` beside the old one before it takes over.
        """
        with self._changing:
            if self._dispatcher is None:
                raise ModelUnavailable(NOT_STARTED)
            try:
                worker = self._dispatcher.prepare(model)
            except (WorkerDiedError, WorkerHungError) as exc:
                raise ModelUnavailable(f"{model.path} cannot be served: {exc}") from exc
            self._try_out(self._dispatcher, worker, smoke)
            self._dispatcher.follow(worker)

    def health(self) -> EngineHealth:
        """What is served now, and if nothing is, why."""
        dispatcher = self._dispatcher
        worker = dispatcher.worker if dispatcher else None
        return EngineHealth(
            ready=worker is not None and worker.alive() and not (dispatcher and dispatcher.reason),
            reason=self._reason(),
            model=dispatcher.model if dispatcher else None,
            queue=len(self._jobs),
            worker_pid=worker.pid if worker else None,
            restarts=dispatcher.restarts if dispatcher else 0,
            resident_bytes=worker.resident_bytes() if worker else 0,
        )

    def stop(self) -> None:
        """Ends the worker; questions that wait meet ModelUnavailable."""
        if self._dispatcher:
            self._dispatcher.stop()

    def _accepting(self) -> Dispatcher:
        if self._dispatcher is None or self._dispatcher.reason:
            raise ModelUnavailable(self._reason())
        return self._dispatcher

    def _reason(self) -> str:
        if self._dispatcher is None:
            return NOT_STARTED
        if self._dispatcher.reason or self._dispatcher.worker:
            return self._dispatcher.reason
        return "The model's process is being restarted."

    def _asked(self, key: PlanKey, request: PlanRequest, gone: Gone) -> PlanReply:
        deadline = monotonic() + self._settings.plan_deadline_s
        job = self._jobs.submit(key, request, deadline, gone)
        while True:
            try:
                return job.done.result(min(LOOK_S, deadline - monotonic()))
            except FutureTimeout as exc:
                if monotonic() >= deadline or gone():
                    self._jobs.leave(job, gone)
                    raise DeadlineExceeded from exc

    def _try_out(self, dispatcher: Dispatcher, worker: WorkerProcess, smoke: Sequence[PlanRequest]) -> None:
        try:
            for request in smoke:
                worker.plan(request, budget_s=self._settings.plan_deadline_s, queue_ms=0.0)
        except (WorkerDiedError, WorkerHungError, CommandCenterError, ValueError) as exc:
            dispatcher.discard(worker)
            raise ModelUnavailable(f"{worker.model.path} failed a smoke question: {exc}") from exc
