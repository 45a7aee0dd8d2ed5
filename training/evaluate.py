"""Evaluates how well a GGUF understands questions: by slot and as a whole, by intent, with 95 % Wilson intervals.

    python -m training evaluate --questions tests/questions/handwritten.jsonl

A question is a JSON line: {"question", "intent", "equipment"?, "metrics"?, "window"?, "aggregation"?,
"equipment_type"?, "order"?, "top_n"?, "widgets"?, "before"?}. `before` is the question that it follows up. Slots left
out are not scored. The gate uses the same code.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from cc_common.catalog.store import Catalog
from cc_common.core.errors import InvalidInput
from cc_common.planning import Plan, build_grammar, build_messages, parse_plan, refuse_unknown_names, understand
from cc_common.understanding import Resolution, Resolver

SLOTS: Final = (
    "intent",
    "equipment",
    "metrics",
    "window",
    "aggregation",
    "equipment_type",
    "order",
    "top_n",
    "widgets",
)
Prompt = tuple[list[dict[str, str]], str]  # messages, grammar
Ask = Callable[[Sequence[Prompt]], list[str]]  # prompts -> the model's lines, in the same order


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One question, its plan, and the correctness of each judged slot."""

    question: str
    expected: dict[str, Any]
    plan: Plan
    line: str  # "" where the code refused without the model
    right: dict[str, bool]

    @property
    def exact(self) -> bool:
        """Whether every judged slot is right."""
        return all(self.right.values())


def read_questions(path: Path) -> list[dict[str, Any]]:
    """Reads the questions of a JSON-lines file; InvalidInput names the first invalid line."""
    questions = []
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        if line.strip():
            questions.append(_question(line, f"{path.name}:{number}"))
    return questions


def _question(line: str, place: str) -> dict[str, Any]:
    try:
        question = json.loads(line)
    except json.JSONDecodeError as exc:
        raise InvalidInput(f"{place} is not JSON: {exc}") from exc
    if not isinstance(question, dict) or not {"question", "intent"} <= question.keys():
        raise InvalidInput(f"{place} needs at least question and intent.")
    unknown = question.keys() - {"question", "before", *SLOTS}
    if unknown:
        raise InvalidInput(f"{place} has unknown fields: {', '.join(sorted(unknown))}.")
    return question


def evaluate(questions: Iterable[dict[str, Any]], ask: Ask, catalog: Catalog, now: datetime) -> list[Judged]:
    """Asks the questions as the API would and judges the plans; first asks what a question follows up."""
    reader, rows = _Reader(resolver=Resolver(catalog), catalog=catalog, ask=ask, now=now), list(questions)
    befores = iter(reader.read([(row["before"], None) for row in rows if "before" in row]))
    answers = reader.read([(row["question"], next(befores)[0] if "before" in row else None) for row in rows])
    return [_judged(row, plan, line) for row, (plan, line) in zip(rows, answers, strict=True)]


def one_by_one(ask: Callable[[list[dict[str, str]], str], str]) -> Ask:
    """Adapts a planner of single prompts to batches."""
    return lambda prompts: [ask(messages, grammar) for messages, grammar in prompts]


@dataclass(frozen=True, kw_only=True)
class _Reader:
    """Understands questions as the API does."""

    resolver: Resolver
    catalog: Catalog
    ask: Ask
    now: datetime

    def read(self, asked: Sequence[tuple[str, Plan | None]]) -> list[tuple[Plan, str]]:
        """The plan of each question after its previous one, and the model's line ("" where the code refused)."""
        found = [understand(text, self.resolver, self.catalog, now=self.now, before=before) for text, before in asked]
        refused = [refuse_unknown_names(each) for each in found]
        prompts = [
            (build_messages(r), build_grammar(r, self.catalog)) for r, no in zip(found, refused, strict=True) if not no
        ]
        lines = iter(self.ask(prompts))
        return [(no, "") if no else self._parsed(each, next(lines)) for each, no in zip(found, refused, strict=True)]

    def _parsed(self, resolution: Resolution, line: str) -> tuple[Plan, str]:
        return parse_plan(line, resolution, self.catalog, now=self.now), line


def _judged(expected: dict[str, Any], plan: Plan, line: str) -> Judged:
    right: dict[str, bool] = {slot: _same(slot, expected[slot], plan) for slot in SLOTS if slot in expected}
    return Judged(question=expected["question"], expected=expected, plan=plan, line=line, right=right)


def _same(slot: str, expected: Any, plan: Plan) -> bool:
    if slot == "window":
        return bool(expected == (plan.window.label if plan.window else None))
    actual = getattr(plan, slot)
    return set(expected) == set(actual) if isinstance(expected, list) else bool(expected == actual)


def wilson(right: int, total: int) -> tuple[float, float]:
    """The 95 % Wilson interval of a share (Wilson 1927)."""
    if total == 0:
        return 0.0, 1.0
    z, share = 1.959964, right / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    return middle - half, middle + half


def report(judged: list[Judged]) -> str:
    """The report: whole questions, by intent, by slot, refusals; then every wrong question."""
    lines = [_share("whole question", [j.exact for j in judged])]
    for intent in dict.fromkeys(j.expected["intent"] for j in judged):
        lines.append(_share(f"  {intent}", [j.exact for j in judged if j.expected["intent"] == intent]))
    lines += [_share(f"slot {slot}", [j.right[slot] for j in judged if slot in j.right]) for slot in SLOTS]
    refused = [j for j in judged if j.plan.intent == "out_of_scope"]
    lines.append(_share("refusal precision", [j.expected["intent"] == "out_of_scope" for j in refused]))
    lines += [f"WRONG {_wrong(j)}" for j in judged if not j.exact]
    return "\n".join(lines)


def _share(name: str, right: list[bool]) -> str:
    low, high = wilson(sum(right), len(right))
    share = sum(right) / len(right) if right else 0.0
    return f"{name:24} {share:7.1%}  [{low:.1%}, {high:.1%}]  {sum(right)}/{len(right)}"


def _wrong(judged: Judged) -> str:
    slots = [s for s, right in judged.right.items() if not right]
    wanted = {s: judged.expected[s] for s in slots}
    return f"{judged.question!r} -> {judged.line or judged.plan.reason!r}; wanted {wanted}"
