"""One step of the set-up: checks the machine, runs a command with its log, and names the cause of a failure."""

from __future__ import annotations

import os
import re
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, cast

from cc_common.core.errors import SetupError

Note = Callable[[str], "str | None"]  # maps a line of output to a note beside the elapsed time; None: keep the last one

TTY_EVERY_S, PLAIN_EVERY_S = 0.5, 15.0
WIDTH = 100
TAIL = 15
CAUSES = (
    (r"No space left on device", "The disk is full: free some space and try again."),
    (
        r"name resolution|Name or service not known|NewConnectionError|ConnectTimeout|ReadTimeout|Max retries exceeded"
        r"|Network is unreachable|ProxyError|Connection (refused|reset|aborted)",
        "pip cannot reach its package index: check the network and pip's proxy and index settings, and try again.",
    ),
    (
        r"[Ff]ailed to fetch|error sending request|dns error",
        "uv cannot reach its package index: check the network and uv's proxy and index settings.",
    ),
    (
        r"No matching distribution found",
        "pip's index has no such version for this Python and processor, or cannot be reached.",
    ),
    (r"Killed signal|[Cc]annot allocate memory", "The memory ran out: close other programs and try again."),
    (r"Permission denied", "A file or folder may not be written; the log names it."),
)


class Line:
    """The output line of one step: rewritten in a terminal, repeated at intervals elsewhere."""

    def __init__(self, title: str) -> None:
        self.title, self.note = title, ""
        self.began = self.due = time.monotonic()
        self.tty = sys.stdout.isatty()

    def tick(self, note: str | None = None) -> None:
        """Sets the note, and shows it with the elapsed seconds at intervals."""
        self.note = note or self.note
        if time.monotonic() >= self.due:
            self.due = time.monotonic() + (TTY_EVERY_S if self.tty else PLAIN_EVERY_S)
            self._show(end="" if self.tty else "\n")

    def end(self, how: str) -> None:
        """Prints the result of the step."""
        self.note = how
        self._show(end="\n")

    def _show(self, *, end: str) -> None:
        text = f"  {self.title:<42} {time.monotonic() - self.began:4.0f} s  {self.note}"
        sys.stdout.write(("\r\x1b[K" if self.tty else "") + text[:WIDTH] + end)
        sys.stdout.flush()


def run(
    title: str,
    command: Sequence[str],
    *,
    log: Path,
    note: Note = lambda line: None,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Runs the command to its end, its output in `log`; SetupError with the likely cause when it fails."""
    line = Line(title)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as kept, _start(command, environment) as process:
        try:
            for text in _lines(cast(IO[bytes], process.stdout)):
                kept.write(text)
                line.tick(note(text))
        except BaseException:
            line.end("stopped")
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # Ctrl-C: also ends the compilers that pip started
            raise
    line.end("failed" if process.returncode else "done")
    if process.returncode:
        raise SetupError(explain(title, process.returncode, log))


def explain(title: str, status: int, log: Path) -> str:
    """The cause of a failure in a sentence, if it is a known one, and the end of the log."""
    text = log.read_text(errors="replace")
    how = f"ended by {signal.Signals(-status).name}" if status < 0 else f"status {status}"
    cause = next((sentence for pattern, sentence in CAUSES if re.search(pattern, text)), "")
    tail = "\n".join(f"  | {line[:160]}" for line in text.splitlines()[-TAIL:])
    return f"Failed ({how}): {title}. {cause}\n{tail}\nThe whole log: {log}"


def _start(command: Sequence[str], environment: Mapping[str, str] | None) -> subprocess.Popen[bytes]:
    # In a session of its own: only this process receives the terminal's Ctrl-C, and it ends the others.
    return subprocess.Popen(
        command,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        close_fds=False,  # the command inherits the lock of the set-up
    )


def _lines(output: IO[bytes]) -> Iterator[str]:
    """Yields lines as they arrive, and "" twice a second without one."""
    rest = b""
    with selectors.DefaultSelector() as waiting:
        descriptor = waiting.register(output, selectors.EVENT_READ).fd
        while True:
            if not waiting.select(TTY_EVERY_S):
                yield ""
                continue
            if not (read := os.read(descriptor, 65536)):
                yield rest.decode(errors="replace")
                return
            *lines, rest = (rest + read).split(b"\n")
            yield from (f"{line.decode(errors='replace')}\n" for line in lines)
