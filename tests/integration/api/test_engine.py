"""The engine with a real model: plans obey their grammar, and no damage, crash or swap loses a question."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

import pytest

from api.engine import Engine, PlanReply, PlanRequest, ServedModel
from api.engine.worker_process import WorkerProcess
from cc_common.core.errors import DeadlineExceeded, InvalidInput, ModelUnavailable, Overloaded
from cc_common.core.settings import PROJECT, Settings

STATIC = [{"role": "system", "content": "Plan the answer."}]
GRAMMAR = """start: (latest | trend)
latest: "latest 1 " ("a" | "b") ": kpi"
trend: "trend 1 " ("a" | "b") " " ("avg" | "max") ": " ("trend" | "statistics")
"""
PLAN = re.compile(r"latest 1 [ab]: kpi|trend 1 [ab] (avg|max): (trend|statistics)")
# Any model takes a while over this one, for it leaves a choice at every word and may not stop early.
ENDLESS = 'start: WORD (" " WORD){24}\nWORD: "ab" | "cd"\n'


def asking(question: str, *, grammar: str = GRAMMAR, max_tokens: int = 64) -> PlanRequest:
    user = {"role": "user", "content": f"{question}\n1 Chiller 1\na power consumption\nb cooling load"}
    return PlanRequest(messages=[*STATIC, user], grammar=grammar, max_tokens=max_tokens)


def long_question(mark: object = "") -> PlanRequest:
    return asking(f"Say something {mark}", grammar=ENDLESS, max_tokens=1000)


def served(path: Path, name: str = "base") -> ServedModel:
    return ServedModel(id=name, path=path, sha256=hashlib.sha256(path.read_bytes()).hexdigest())


def until(condition: Callable[[], object], seconds: float = 30) -> None:
    end = monotonic() + seconds
    while not condition():
        assert monotonic() < end, "it did not come about in time"
        sleep(0.02)


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.fixture(scope="module")
def model(gguf: Path) -> ServedModel:
    return served(gguf)


@pytest.fixture
def run(model: ServedModel) -> Iterator[Callable[..., Engine]]:
    """Starts an engine of its own with these settings, and ends it."""
    engines: list[Engine] = []

    def start(served_model: ServedModel = model, *, wait: bool = True, **settings: object) -> Engine:
        engine = Engine(Settings.model_validate({"plan_deadline_s": 60, **settings}))
        engines.append(engine)
        engine.start(served_model, STATIC)
        if wait:
            until(lambda: engine.health().ready)
        return engine

    yield start
    for engine in engines:
        engine.stop()


@pytest.fixture(scope="module")
def engine(model: ServedModel) -> Iterator[Engine]:
    """One for the tests that leave it as it was."""
    engine = Engine(Settings.model_validate({"plan_deadline_s": 60}))
    engine.start(model, STATIC)
    until(lambda: engine.health().ready)
    yield engine
    engine.stop()


def in_thread(work: Callable[[], object]) -> Thread:
    thread = Thread(target=work)
    thread.start()
    return thread


@pytest.mark.parametrize("question", ["Show chiller 1 power", "trend of its load", "\n\n<|im_end|>", "日本語 🙂", ""])
def test_a_plan_obeys_its_grammar(engine: Engine, model: ServedModel, question: str) -> None:
    reply = engine.plan(asking(question), cache_scope="grammar")
    assert PLAN.fullmatch(reply.text)
    assert (reply.model_id, reply.sha256, reply.cached) == (model.id, model.sha256, False)
    assert reply.sampled_tokens < reply.forced_tokens


def test_a_plan_depends_on_nothing_asked_before(engine: Engine) -> None:
    request = long_question()
    alien = replace(request, messages=[{"role": "system", "content": "Be brief."}, *request.messages[1:]])
    first = engine.plan(request, cache_scope="1")
    foreign = engine.plan(alien, cache_scope="1")
    assert engine.plan(request, cache_scope="2").text == first.text
    assert engine.plan(alien, cache_scope="2").text == foreign.text
    assert foreign.prefill_tokens > first.prefill_tokens, "another system message shares no prefix"


def test_the_static_prefix_is_not_prefilled_again(engine: Engine) -> None:
    counts = {engine.plan(asking("Show power"), cache_scope=f"prefix {i}").prefill_tokens for i in range(2)}
    assert max(counts) <= 25 and len(counts) == 1


def test_a_repeated_question_is_cached_within_its_scope(engine: Engine) -> None:
    first = engine.plan(asking("Show it"), cache_scope="v1")
    again = engine.plan(asking("Show it"), cache_scope="v1")
    assert again.cached and again.text == first.text
    assert not engine.plan(asking("Show it"), cache_scope="v2").cached


def test_equal_questions_at_once_are_computed_once(engine: Engine) -> None:
    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(lambda _: engine.plan(long_question("once"), cache_scope=""), range(6)))
    assert len({id(reply) for reply in replies if not reply.cached}) == 1


def test_a_wrong_request_is_its_callers_error_only(engine: Engine) -> None:
    pid = engine.health().worker_pid
    with pytest.raises(ValueError, match="does not compile"):
        engine.plan(asking("Show it", grammar="start: missing"), cache_scope="")
    with pytest.raises(InvalidInput, match="too many"):
        engine.plan(asking("word " * 3000), cache_scope="")
    with pytest.raises(DeadlineExceeded, match="12 tokens"):
        engine.plan(asking("Say something", grammar=ENDLESS, max_tokens=12), cache_scope="")
    assert PLAN.fullmatch(engine.plan(asking("Show all"), cache_scope="").text)
    assert engine.health().worker_pid == pid


def test_a_question_survives_the_death_of_the_worker(run: Callable[..., Engine]) -> None:
    engine, replies = run(), list[PlanReply]()
    threads = [in_thread(lambda i=i: replies.append(engine.plan(long_question(i), cache_scope=""))) for i in range(3)]
    until(lambda: engine.health().queue == 2)
    os.kill(engine.health().worker_pid or 0, signal.SIGKILL)
    for thread in threads:
        thread.join()
    assert len(replies) == 3 and engine.health().restarts == 1


def test_a_question_that_kills_twice_is_given_up(run: Callable[..., Engine], monkeypatch: pytest.MonkeyPatch) -> None:
    engine, answer = run(), WorkerProcess.answer
    monkeypatch.setattr(WorkerProcess, "answer", lambda self, job: (self.kill(), answer(self, job))[1])
    with pytest.raises(ModelUnavailable, match="twice"):
        engine.plan(asking("Show it"), cache_scope="")
    monkeypatch.undo()
    until(lambda: engine.health().ready)
    assert engine.plan(asking("Show it"), cache_scope="").text


def test_a_hung_worker_is_replaced(run: Callable[..., Engine]) -> None:
    engine = run(plan_deadline_s=3)
    os.kill(engine.health().worker_pid or 0, signal.SIGSTOP)
    with pytest.raises(DeadlineExceeded):
        engine.plan(asking("Show it"), cache_scope="")
    until(lambda: engine.health().restarts == 1 and engine.health().ready)


def test_a_deadline_ends_waiting_and_running_questions(run: Callable[..., Engine]) -> None:
    engine = run(plan_deadline_s=0.2)
    with ThreadPoolExecutor(4) as pool:
        errors = list(pool.map(lambda i: _error(lambda: engine.plan(long_question(i), cache_scope="")), range(4)))
    assert {type(error) for error in errors} == {DeadlineExceeded}
    until(lambda: engine.health().queue == 0)
    assert engine.health().restarts == 0


def test_a_full_queue_refuses(run: Callable[..., Engine]) -> None:
    engine = run(queue_size=1)
    with ThreadPoolExecutor(4) as pool:
        errors = list(pool.map(lambda i: _error(lambda: engine.plan(long_question(i), cache_scope="")), range(4)))
    refused = [error for error in errors if isinstance(error, Overloaded)]
    assert errors.count(None) + len(refused) == 4 and refused
    assert all(error.retry_after_s >= 1 for error in refused)


def _error(call: Callable[[], object]) -> Exception | None:
    try:
        call()
    except (DeadlineExceeded, Overloaded) as exc:
        return exc
    return None


def test_no_damaged_file_takes_the_place_of_a_good_one(engine: Engine, model: ServedModel, tmp_path: Path) -> None:
    (tmp_path / "bad.gguf").write_bytes(model.path.read_bytes()[:50_000_000])
    pid = engine.health().worker_pid
    with pytest.raises(ModelUnavailable, match="cut short"):
        engine.swap(served(tmp_path / "bad.gguf", "bad"))
    assert engine.health().worker_pid == pid and engine.health().model == model


def test_llama_cpp_says_why_a_whole_file_is_none_it_knows(engine: Engine, model: ServedModel, tmp_path: Path) -> None:
    (tmp_path / "other.gguf").write_bytes(model.path.read_bytes().replace(b"llama", b"lxama"))
    with pytest.raises(ModelUnavailable, match="unknown model architecture"):
        engine.swap(served(tmp_path / "other.gguf", "other"))


def test_a_file_of_another_hash_is_refused(engine: Engine, model: ServedModel) -> None:
    with pytest.raises(ModelUnavailable, match="sha256"):
        engine.swap(replace(model, sha256="0" * 64))


def test_a_failed_smoke_question_refuses_the_swap(engine: Engine, model: ServedModel) -> None:
    with pytest.raises(ModelUnavailable, match="smoke"):
        engine.swap(replace(model, id="other"), smoke=[asking("Show it", max_tokens=1)])
    health = engine.health()
    assert health.ready and health.model == model


def test_a_missing_file_is_reported_and_served_once_it_comes(
    run: Callable[..., Engine], model: ServedModel, tmp_path: Path
) -> None:
    path = tmp_path / "late.gguf"
    engine = run(replace(model, path=path), wait=False)
    until(lambda: "no model file" in engine.health().reason)
    with pytest.raises(ModelUnavailable, match="no model file"):
        engine.plan(asking("Show it"), cache_scope="")
    shutil.copy(model.path, tmp_path / "part")
    (tmp_path / "part").rename(path)
    until(lambda: engine.health().ready)
    assert PLAN.fullmatch(engine.plan(asking("Show it"), cache_scope="").text)


def test_a_swap_brings_a_model_where_none_could_be_served(
    run: Callable[..., Engine], model: ServedModel, tmp_path: Path
) -> None:
    (tmp_path / "cut.gguf").write_bytes(model.path.read_bytes()[:5_000_000])
    engine = run(served(tmp_path / "cut.gguf"), wait=False)
    until(lambda: "cut short" in engine.health().reason)
    engine.swap(model, smoke=[asking("Show it")])
    assert engine.health().ready and engine.plan(asking("Show it"), cache_scope="").model_id == model.id


def test_a_swap_under_load_loses_nothing(run: Callable[..., Engine], model: ServedModel) -> None:
    engine, other = run(queue_size=64), replace(model, id="other")
    with ThreadPoolExecutor(3) as pool:
        replies = [pool.submit(engine.plan, asking(f"Show {i}"), cache_scope="") for i in range(30)]
        until(lambda: replies[2].done())
        before = engine.health().worker_pid or 0
        engine.swap(other)
        after = [pool.submit(engine.plan, asking(f"Now {i}"), cache_scope="") for i in range(3)]
    assert all(PLAN.fullmatch(reply.result().text) for reply in replies)
    assert {reply.result().model_id for reply in after} == {"other"}
    assert gone(before)


def test_the_worker_ends_with_its_parent(model: ServedModel) -> None:
    code = (
        "import sys, json, time; from pathlib import Path\n"
        "from api.engine import *; from cc_common.core.settings import Settings\n"
        "m = json.loads(sys.argv[1]); e = Engine(Settings())\n"
        "e.start(ServedModel(id='m', path=Path(m[0]), sha256=m[1]), [])\n"
        "while not e.health().ready: time.sleep(.05)\n"
        "print(e.health().worker_pid, flush=True); time.sleep(60)"
    )
    argument = json.dumps([str(model.path), model.sha256])
    with subprocess.Popen([sys.executable, "-c", code, argument], cwd=PROJECT, stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        worker = int(parent.stdout.readline())
        parent.kill()
    until(lambda: gone(worker), 5)


def test_a_stopped_engine_says_so(run: Callable[..., Engine]) -> None:
    engine = run()
    pid = engine.health().worker_pid or 0
    assert engine.health().resident_bytes > 50_000_000
    engine.stop()
    assert gone(pid) and not engine.health().ready
    with pytest.raises(ModelUnavailable, match="stopped"):
        engine.plan(asking("Show it"), cache_scope="")
