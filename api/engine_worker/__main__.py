"""Answers the engine over an inherited connection (python -m api.engine_worker FD): framed JSON, one at a time."""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread, get_native_id
from typing import Any, Final

# Threads of llama.cpp meet at some hundred barriers a token. OpenMP's default there is to spin for milliseconds,
# ruinous when another process wants the core; sleeping at once costs more than the work. On 2 cores with Q8_0, ms a
# token, quiet median / worst of 5 beside a busy process: default 12 / 188, passive 36 / 41, this 13 / 48.
os.environ.setdefault("GOMP_SPINCOUNT", "2000")

from api.engine_worker.plan_decoder import PlanDecoder
from api.gguf_header import check_file
from cc_common.core.errors import DeadlineExceeded, InvalidInput, ModelUnavailable

GENTLE: Final = 15  # niceness while loading beside a worker that serves
ANSWERED: Final = (ModelUnavailable, DeadlineExceeded, InvalidInput, ValueError)

Message = Mapping[str, Any]


class Worker:
    """One model, once it is loaded."""

    def __init__(self) -> None:
        self.planner: PlanDecoder | None = None

    def load(self, message: Message) -> dict[str, Any]:
        """Checks the file, loads it, primes the static prefix."""
        path = Path(message["path"])
        check_file(path, message["sha256"])
        self.planner = PlanDecoder(path, threads=message["threads"])
        self.planner.prime(message["static_messages"])
        return {}

    def plan(self, message: Message) -> dict[str, Any]:
        """One plan, with what it took."""
        if self.planner is None:
            raise ModelUnavailable
        return {
            "plan": self.planner.plan(
                message["messages"], message["grammar"], message["max_tokens"], budget_s=message["budget_s"]
            )
        }

    def answer(self, message: Message) -> dict[str, Any]:
        """The answer to any message; an error of the request is an answer, anything else ends the process."""
        try:
            if message["do"] == "load":
                return _gently(lambda: self.load(message)) if message["gently"] else self.load(message)
            return self.plan(message)
        except ANSWERED as exc:
            kind = next(k.__name__ for k in ANSWERED if isinstance(exc, k))
            return {"error": kind, "message": str(exc)}


def main() -> None:
    """Answers until the engine hangs up."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    Thread(target=_end_with_parent, daemon=True).start()
    connection, worker = Connection(int(sys.argv[1])), Worker()
    while True:
        try:
            message = json.loads(connection.recv_bytes())
        except EOFError:
            break
        connection.send_bytes(json.dumps(worker.answer(message)).encode())
    os._exit(0)  # the operating system frees a model faster than its destructors


def _end_with_parent() -> None:
    """Standard input is a pipe that nobody writes to: it ends with the process that holds its other side."""
    os.read(0, 1)
    os._exit(0)


def _gently(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Runs `work` in a thread of its own: on Linux a priority is a thread's, and once lowered it stays so."""
    done: list[dict[str, Any] | Exception] = []

    def run() -> None:
        os.setpriority(os.PRIO_PROCESS, get_native_id(), GENTLE)
        try:
            done.append(work())
        except (ModelUnavailable, ValueError) as exc:
            done.append(exc)

    thread = Thread(target=run)
    thread.start()
    thread.join()
    if isinstance(done[0], Exception):
        raise done[0]
    return done[0]


if __name__ == "__main__":
    main()
