"""What is likely outweighs a small preference of the model's, not a strong one; and a night may teach otherwise."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from llguidance import LLMatcher

from cc_common.planning import build_grammar
from cc_common.planning.prompt import RELUCTANCE, LogitBias, likely_of
from cc_common.simulator import PLANT
from cc_common.understanding import Resolver

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
RESOLVER = Resolver(PLANT)
BARE = "vibration of pump 3 last 6 hours"


def lark(question: str) -> str:
    return build_grammar(RESOLVER.resolve(question, now=NOW), PLANT)


def started(text: str) -> set[str]:
    return set(text.partition("\n")[0].removeprefix("start: ").split(" | "))


def first_token(tokenizer: Any, word: str) -> int:
    return int(tokenizer.tokenize_str(word)[0])


@pytest.mark.parametrize(
    ("question", "unlikely"),
    [
        (BARE, "statistics"),
        ("kwh meter 41 yesterday", "trend"),
        ("power of chillers 1 and 2 yesterday", "trend"),
        ("power of chiller 1", "trend"),
        ("average vibration of pump 3", "anomalies"),
    ],
)
def test_what_is_unlikely_is_allowed_all_the_same(question: str, unlikely: str) -> None:
    both = lark(question)
    assert unlikely in started(both) and unlikely not in started(likely_of(both))


@pytest.mark.parametrize("question", ["power of chillers 1 and 2"])
def test_where_words_say_enough_nothing_leans(question: str) -> None:
    assert likely_of(lark(question)) == ""


def test_a_ranking_without_a_time_is_of_the_newest_readings() -> None:
    line = next(row for row in likely_of(lark("chillers by power, weakest first")).splitlines() if row[:5] == "rank:")
    assert '"last"' in line and '"avg"' not in line


@pytest.mark.parametrize(("lead", "said"), [(RELUCTANCE - 1, "trend"), (RELUCTANCE + 1, "statistics")])
def test_the_model_needs_better_reasons_for_what_is_unlikely(tokenizer: Any, lead: float, said: str) -> None:
    text = lark(BARE)
    matcher = LLMatcher(tokenizer, LLMatcher.grammar_from_lark(text))
    assert not matcher.is_error(), matcher.get_error()
    logits = np.zeros(tokenizer.vocab_size, dtype=np.float32)
    trend, statistics = (first_token(tokenizer, word) for word in ("trend", "statistics"))
    logits[statistics], logits[trend] = 10 + lead, 10
    leaning = LogitBias(tokenizer, text, tokenizer.vocab_size)
    assert leaning.best(np.array([trend, statistics]), logits) == first_token(tokenizer, said)


def test_once_something_unlikely_was_said_nothing_leans_any_more(tokenizer: Any) -> None:
    leaning = LogitBias(tokenizer, lark(BARE), tokenizer.vocab_size)
    leaning.follow(tokenizer.tokenize_str("statistics"))
    logits = np.zeros(tokenizer.vocab_size, dtype=np.float32)
    logits[7] = 0.1
    assert leaning.best(np.array([3, 7]), logits) == 7
