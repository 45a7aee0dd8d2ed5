"""The engine's side of one worker process: starts it, asks it, detects that it died or hangs, ends it."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from multiprocessing import Pipe
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import IO, Any, Final

from api.engine.jobs import Job
from api.engine.messages import PlanReply, PlanRequest, ServedModel
from cc_common.core.errors import DeadlineExceeded, InvalidInput, ModelUnavailable
from cc_common.core.settings import PROJECT

logger = logging.getLogger(__name__)

LOAD_TIMEOUT_S: Final = 120.0
GRACE_S: Final = 2.0  # past the deadline, which the worker watches itself; then it counts as hung
END_TIMEOUT_S: Final = 5.0
ERRORS: Final[Mapping[str, type[Exception]]] = {
    "ModelUnavailable": ModelUnavailable,
    "DeadlineExceeded": DeadlineExceeded,
    "InvalidInput": InvalidInput,
    "ValueError": ValueError,
}


class WorkerDiedError(Exception):
    """The worker process ended without an answer."""


class WorkerHungError(Exception):
    """The worker process did not answer in time."""


class WorkerProcess:
    """One process of `python -m api.engine_worker`, to be asked by one thread at a time."""

    def __init__(self, model: ServedModel) -> None:
        self.model = model
        self._connection, theirs = Pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "api.engine_worker", str(theirs.fileno())],
            cwd=PROJECT,
            # Never written to: its end tells the worker that this process is gone, kill -9 included.
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=[theirs.fileno()],
            # The terminal's Ctrl-C goes to the API, which then ends its worker in order.
            start_new_session=True,
        )
        theirs.close()
        assert self._process.stderr is not None  # noqa: S101  # for mypy: it is a pipe
        Thread(target=_log, args=(self._process.stderr, self.pid), daemon=True).start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def resident_bytes(self) -> int:
        """Memory it holds now; 0 when it is gone."""
        try:
            pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        except (OSError, IndexError):
            return 0
        return pages * os.sysconf("SC_PAGE_SIZE")

    def load(self, static_messages: Sequence[Mapping[str, str]], *, threads: int, gently: bool) -> None:
        """Loads its model and primes the static prefix; `gently` beside a worker that is serving."""
        message = {
            "do": "load",
            "path": str(self.model.path.absolute()),
            "sha256": self.model.sha256,
            "static_messages": [dict(m) for m in static_messages],
            "threads": threads,
            "gently": gently,
        }
        self._ask(message, LOAD_TIMEOUT_S)

    def plan(self, request: PlanRequest, *, budget_s: float, queue_ms: float) -> PlanReply:
        """The model's plan, within `budget_s`."""
        message = {
            "do": "plan",
            "messages": [dict(m) for m in request.messages],
            "grammar": request.grammar,
            "max_tokens": request.max_tokens,
            "budget_s": budget_s,
        }
        answer = self._ask(message, budget_s + GRACE_S)
        return PlanReply(
            model_id=self.model.id, sha256=self.model.sha256, cached=False, queue_ms=queue_ms, **answer["plan"]
        )

    def answer(self, job: Job) -> PlanReply:
        """The reply to a job that is sent now."""
        return self.plan(job.request, budget_s=job.remaining_s(), queue_ms=(monotonic() - job.queued_at) * 1e3)

    def kill(self) -> None:
        """Ends it at once; whoever waits for its answer meets WorkerDiedError."""
        self._process.kill()

    def close(self) -> None:
        """Ends it and lets go of everything it held here."""
        self.kill()
        self._process.wait(END_TIMEOUT_S)
        self._connection.close()
        if self._process.stdin:
            self._process.stdin.close()

    def _ask(self, message: Mapping[str, Any], timeout_s: float) -> dict[str, Any]:
        try:
            self._connection.send_bytes(json.dumps(message).encode())
            if not self._connection.poll(timeout_s):
                raise WorkerHungError(f"Worker {self.pid} did not answer within {timeout_s:.0f} s.")
            answer: dict[str, Any] = json.loads(self._connection.recv_bytes())
        except (OSError, EOFError) as exc:
            raise WorkerDiedError(f"The model's process {self.pid} died{self._cause()}.") from exc
        if "error" in answer:
            raise ERRORS[answer["error"]](answer["message"])
        return answer

    def _cause(self) -> str:
        try:
            status = self._process.wait(END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            return ""
        return f" of signal {-status}" if status < 0 else f" with exit status {status}"


def _log(lines: IO[bytes], pid: int) -> None:
    """Every line the worker writes to stderr goes to our log."""
    with lines:
        for line in lines:
            logger.warning("worker %d: %s", pid, line.decode(errors="replace").rstrip())
