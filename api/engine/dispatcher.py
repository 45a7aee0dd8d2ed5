"""The dispatcher thread: keeps a worker running, sends it one question at a time, and is the only one to replace it."""

from __future__ import annotations

import logging
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from threading import Event, Thread
from time import monotonic
from typing import Any, Final

from api.engine.jobs import Job, JobQueue
from api.engine.messages import PlanReply, ServedModel
from api.engine.worker_process import WorkerDiedError, WorkerHungError, WorkerProcess
from cc_common.core.errors import CommandCenterError, DeadlineExceeded, ModelUnavailable
from cc_common.core.settings import Settings

logger = logging.getLogger(__name__)

IDLE_S: Final = 1.0  # between two looks at an idle worker
POLL_S: Final = 1.0  # between two looks at a file that could not be loaded
FIRST_BACKOFF_S: Final = 0.2
LAST_BACKOFF_S: Final = 30.0
MAX_CRASHES: Final = 2  # of the worker, with one question or while it loads, before that is given up
LOADING: Final = "The language model is being loaded."
STOPPED: Final = "The engine has stopped."


@dataclass(frozen=True)
class WorkerHandover:
    """A worker that is ready to take over, and the promise that it did."""

    worker: WorkerProcess
    done: Future[None] = field(default_factory=Future)


class Dispatcher(Thread):
    """Serves `jobs` with `model`. `reason` is "" while questions are accepted, else why not."""

    def __init__(self, settings: Settings, jobs: JobQueue, model: ServedModel, static_messages: list[Any]) -> None:
        super().__init__(name="engine", daemon=True)
        self.model = model
        self.reason = LOADING
        self.restarts = 0
        self.worker: WorkerProcess | None = None
        self._settings = settings
        self._jobs = jobs
        self._static_messages = static_messages
        self._failures = 0
        self._alive: set[WorkerProcess] = set()
        self._successor: WorkerHandover | None = None
        self._stopping = Event()

    def run(self) -> None:
        """Until stop(): serve, restart, follow the successor."""
        while not self._stopping.is_set():
            if self._successor:
                self._take_over(self._successor)
            elif self.worker is None:
                self._restart()
            else:
                self._serve(self.worker)
        self._retire()
        self._end_succession(ModelUnavailable(STOPPED))

    def prepare(self, model: ServedModel) -> WorkerProcess:
        """A second worker with `model` loaded and primed, from any thread; ModelUnavailable with the reason."""
        return self._load(model, gently=True)

    def follow(self, worker: WorkerProcess) -> None:
        """Makes `worker` the one that serves, between two questions; returns when it is."""
        succession = self._successor = WorkerHandover(worker)
        self._jobs.wake()
        while not wait([succession.done], IDLE_S).done:
            if not self.is_alive():
                self._end_succession(ModelUnavailable(STOPPED))
        succession.done.result()

    def discard(self, worker: WorkerProcess) -> None:
        """Ends a worker, from any thread."""
        worker.close()
        self._alive.discard(worker)

    def stop(self) -> None:
        """Ends the worker and this thread; waiting questions meet ModelUnavailable."""
        self.reason = STOPPED
        self._stopping.set()
        for worker in tuple(self._alive):
            worker.kill()
        self._jobs.wake()
        self.join()
        self._jobs.fail_waiting(ModelUnavailable(STOPPED))

    def _serve(self, worker: WorkerProcess) -> None:
        job = self._jobs.take(IDLE_S)
        if job:
            self._answer(worker, job)
        elif not worker.alive():
            self._lost("It died while idle.")

    def _answer(self, worker: WorkerProcess, job: Job) -> None:
        sent_at = monotonic()
        try:
            reply: PlanReply = worker.answer(job)
        except WorkerDiedError as exc:
            self._lost(str(exc))
            self._try_again(job)
        except WorkerHungError as exc:
            self._lost(str(exc))
            self._jobs.fail(job, DeadlineExceeded())
        except (CommandCenterError, ValueError) as exc:
            self._jobs.fail(job, exc)
        else:
            self._jobs.finish(job, reply, model_s=monotonic() - sent_at)

    def _try_again(self, job: Job) -> None:
        """Once: a question that takes the worker down twice is not asked a third time."""
        job.crashes += 1
        if job.crashes < MAX_CRASHES and not self._stopping.is_set():
            self._jobs.put_back(job)
        else:
            self._jobs.fail(job, ModelUnavailable(self.reason or "The model's process died over this question, twice."))

    def _lost(self, cause: str) -> None:
        self._retire()
        if not self._stopping.is_set():
            self.restarts += 1
            logger.error("The model's worker is restarted. %s", cause)

    def _restart(self) -> None:
        try:
            self.worker = self._load(self.model, gently=False)
        except WorkerDiedError as exc:
            self._failures += 1
            if self._failures >= MAX_CRASHES:
                self._refuse(f"{self.model.path} cannot be served: {exc}")
            self._wait_for_change()
        except ModelUnavailable as exc:
            self._failures += 1
            self._refuse(str(exc))
            self._wait_for_change()
        else:
            self._failures, self.reason = 0, ""
            logger.info("Model %s is served by worker %d.", self.model.id, self.worker.pid)

    def _load(self, model: ServedModel, *, gently: bool) -> WorkerProcess:
        if not model.path.is_file():
            raise ModelUnavailable(f"There is no model file {model.path}.")
        worker = WorkerProcess(model)
        self._alive.add(worker)
        try:
            worker.load(self._static_messages, threads=self._settings.model_threads, gently=gently)
        except WorkerHungError as exc:
            self.discard(worker)
            raise ModelUnavailable(f"{model.path} took too long to load.") from exc
        except (WorkerDiedError, ModelUnavailable):
            self.discard(worker)
            raise
        return worker

    def _refuse(self, reason: str) -> None:
        if self._stopping.is_set():
            return
        if reason != self.reason:
            logger.error("No model is served. %s", reason)
        self.reason = reason
        self._jobs.fail_waiting(ModelUnavailable(reason))

    def _wait_for_change(self) -> None:
        """Until the file changes, a successor comes, or the back-off is over: whatever failed may have been passing."""
        tried = self._file_state()
        until = monotonic() + min(FIRST_BACKOFF_S * 2**self._failures, LAST_BACKOFF_S)
        while not (self._stopping.is_set() or self._successor) and monotonic() < until:
            self._stopping.wait(min(POLL_S, until - monotonic()))
            if self.reason:  # someone may have queued just before it was set
                self._jobs.fail_waiting(ModelUnavailable(self.reason))
            if self._file_state() != tried:
                return

    def _file_state(self) -> tuple[int, int, int] | None:
        try:
            status = self.model.path.stat()
        except OSError:
            return None
        return status.st_ino, status.st_size, status.st_mtime_ns

    def _take_over(self, succession: WorkerHandover) -> None:
        self._retire()
        self.worker, self.model = succession.worker, succession.worker.model
        self._failures, self.reason, self._successor = 0, "", None
        logger.info("Model %s is served by worker %d from now on.", self.model.id, self.worker.pid)
        succession.done.set_result(None)

    def _end_succession(self, error: ModelUnavailable) -> None:
        if self._successor:
            self.discard(self._successor.worker)
            self._successor.done.set_exception(error)
            self._successor = None

    def _retire(self) -> None:
        worker, self.worker = self.worker, None
        if worker:
            self.discard(worker)
