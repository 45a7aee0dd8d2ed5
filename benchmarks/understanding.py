"""Accuracy and latency of understanding questions: the starter, keyword rules, the untrained base, and JSON schema.

    .venv/bin/python -m benchmarks.understanding [--questions FILE ...] [--json 40]

All have the same questions, names and candidates. The peer is llama.cpp's own JSON-schema sampling through
llama-cpp-python, on the same two models, for a plan of the same slots. Whole questions exact, 95 % Wilson interval.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import keyword_rules
from cc_common.core.errors import InvalidInput
from cc_common.core.settings import PROJECT, load_settings
from cc_common.model_registry.versions import base_gguf
from cc_common.planning import (
    INTENTS,
    WIDGETS,
    Plan,
    build_grammar,
    build_messages,
    parse_plan,
    refuse_unknown_names,
    understand,
)
from cc_common.planning.grammar_parts import LETTERS
from cc_common.planning.intents import REASONS
from cc_common.simulator import PLANT
from cc_common.understanding import Resolution, Resolver
from training.corpus import NOW
from training.evaluate import SLOTS, read_questions, wilson
from training.gguf_planner import GgufPlanner
from training.starter import build_starter

Say = Callable[[Resolution], str]
EXAMPLES = """Plan the answer as JSON. machines are the numbered ones, metrics the lettered ones.
Q: Show chiller 1 power | 1 Chiller 1 | a power consumption
A: {"intent": "latest", "machines": [1], "metrics": ["a"], "statistic": "last", "widgets": ["kpi"]}
Q: average load of UPS 2 and UPS 3 yesterday, compared | 1 UPS 2 | 2 UPS 3 | a load
A: {"intent": "compare", "machines": [1, 2], "metrics": ["a"], "statistic": "avg", "widgets": ["comparison"]}
Q: which pump has the lowest flow | pump | a flow
A: {"intent": "rank", "type": "pump", "metrics": ["a"], "statistic": "last", "order": "asc", "widgets": ["ranking"]}
"""


def main() -> None:
    """Prints one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    folder = PROJECT / "tests" / "questions"
    files = sorted(path for path in folder.glob("*.jsonl") if path.stem != "injection")
    parser.add_argument("--questions", type=Path, nargs="+", default=files, help="JSON lines")
    parser.add_argument("--json", type=int, default=40, help="questions for the JSON-schema peers (default 40)")
    arguments = parser.parse_args()
    settings = load_settings()
    asked = [q for path in arguments.questions for q in read_questions(path)]
    few = asked[:: max(1, len(asked) // arguments.json)]
    starter, base = build_starter(settings), base_gguf(settings)
    print(f"{len(asked)} questions, {len(few)} of them for JSON schema; milliseconds of planning, one at a time")
    print(f"{'':44}{'exact':>8}  {'95 %':>16}{'p50':>9}{'p95':>9}")
    for name, say, questions in (
        ("rules alone", lambda r: keyword_rules.plan(r, PLANT), asked),
        ("starter, plan line (ours)", _line(starter), asked),
        ("base untaught, plan line", _line(base), asked),
        ("starter, llama.cpp JSON schema", _json(starter), few),
        ("base untaught, llama.cpp JSON schema", _json(base), few),
    ):
        _row(name, say, questions)


def _row(name: str, say: Say, questions: list[dict[str, Any]]) -> None:
    took: list[float] = []
    right = sum(_right(question, say, took) for question in questions)
    low, high = wilson(right, len(questions))
    ordered = sorted(took)
    p95 = ordered[int(0.95 * len(ordered))]
    print(
        f"{name:44}{right / len(questions):8.1%}  [{low:6.1%},{high:7.1%}]{statistics.median(ordered):9.1f}{p95:9.1f}",
        flush=True,
    )


def _right(expected: dict[str, Any], say: Say, took: list[float]) -> bool:
    resolver, plan = Resolver(PLANT), None
    for question in (expected.get("before"), expected["question"]):
        if question:
            plan = _planned(understand(question, resolver, PLANT, now=NOW, before=plan), say, took)
    return plan is not None and all(_same(plan, slot, expected[slot]) for slot in SLOTS if slot in expected)


def _planned(resolution: Resolution, say: Say, took: list[float]) -> Plan | None:
    """The plan; None where the line is invalid. The code's own refusals are common to all."""
    if refused := refuse_unknown_names(resolution):
        return refused
    started = time.perf_counter()
    line = say(resolution)
    took.append((time.perf_counter() - started) * 1e3)
    try:
        return parse_plan(line, resolution, PLANT, now=NOW)
    except InvalidInput:
        return None


def _same(plan: Plan, slot: str, expected: Any) -> bool:
    if slot == "window":
        return bool(expected == (plan.window.label if plan.window else None))
    actual = getattr(plan, slot)
    return set(expected) == set(actual) if isinstance(expected, list) else bool(expected == actual)


def _line(gguf: Path) -> Say:
    planner = GgufPlanner(gguf)
    return lambda resolution: planner.plan(build_messages(resolution), build_grammar(resolution, PLANT))


def _json(gguf: Path) -> Say:
    import llama_cpp
    from llama_cpp.llama_grammar import LlamaGrammar

    llama = llama_cpp.Llama(str(gguf), n_ctx=2048, n_threads=2, verbose=False)

    def say(resolution: Resolution) -> str:
        content = build_messages(resolution)[1]["content"].replace("\n", " | ")
        allowed = LlamaGrammar.from_json_schema(json.dumps(_schema(resolution)), verbose=False)
        prompt = f"{EXAMPLES}Q: {content}\nA: "
        reply: Any = llama.create_completion(prompt, grammar=allowed, max_tokens=160, temperature=0)
        return _as_line(reply["choices"][0]["text"], resolution)

    return say


def _schema(resolution: Resolution) -> dict[str, Any]:
    """A JSON schema with the slots and candidates of the plan line."""
    types = list(resolution.equipment_types or (t.name for t in PLANT.types))
    slots: dict[str, Any] = {
        "intent": {"enum": list(INTENTS.offered())},
        "machines": {"type": "array", "items": {"enum": list(range(1, len(resolution.equipment) + 1))}, "maxItems": 5},
        "type": {"enum": types},
        "metrics": {"type": "array", "items": {"enum": list(LETTERS[: len(resolution.metrics)])}, "maxItems": 3},
        "statistic": {"enum": ["last", "avg", "min", "max", "sum", "delta"]},
        "order": {"enum": ["desc", "asc"]},
        "reason": {"enum": list(REASONS)},
        "widgets": {"type": "array", "items": {"enum": list(WIDGETS)}, "minItems": 1, "maxItems": 2},
    }
    if not resolution.equipment:
        del slots["machines"]
    return {"type": "object", "properties": slots, "required": ["intent", "metrics", "statistic", "widgets"]}


def _as_line(text: str, resolution: Resolution) -> str:
    """Converts the JSON plan to a line, so that both are judged alike; its widgets are not judged."""
    try:
        plan = json.loads(text)
    except json.JSONDecodeError:
        return ""
    intent, statistic = plan["intent"], plan.get("statistic", "")
    if intent == "out_of_scope":
        return f"out_of_scope {plan.get('reason', 'topic')}"
    machines = " ".join(str(n) for n in sorted(set(plan.get("machines", []))))
    of_type = plan.get("type", "plant")
    subject = of_type if intent in ("rank", "list") else machines or of_type
    metrics = "" if intent in ("summary", "list", "alerts", "anomalies") else " ".join(sorted(set(plan["metrics"])))
    said = statistic if intent in ("trend", "statistics", "compare", "rank") else ""
    order = plan.get("order", "desc") if intent == "rank" else ""
    window = "w1" if len(resolution.windows) > 1 and intent not in ("latest", "list") else ""
    words = " ".join(word for word in (intent, subject, metrics, said, order, window) if word)
    return f"{words}: {keyword_rules.WIDGET.get(intent, intent)}"


if __name__ == "__main__":
    main()
