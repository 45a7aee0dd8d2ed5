"""The intent by a linear classifier on hashed n-grams, compared with keyword rules: what the model must improve on.

    .venv/bin/python -m benchmarks.intent_classifier [--examples 15000] [--questions FILE ...]

The classifier is trained on the generated corpus and has the model's input: question, machines, metrics. It needs
scikit-learn, which is not pinned. The model's own figures: make eval.
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks import keyword_rules
from cc_common.core.errors import InvalidInput
from cc_common.core.settings import PROJECT
from cc_common.planning import build_messages, parse_plan, refuse_unknown_names, understand
from cc_common.planning.possible_intents import possible_intents
from cc_common.simulator import PLANT
from cc_common.understanding import Resolution, Resolver
from training.corpus import NOW, examples
from training.evaluate import read_questions, wilson

SETS: Final = ("facility", "handwritten", "month", "radio", "week")
SEED: Final = 3
HASHES: Final = 2**18  # hash buckets per kind of n-grams

Classify = Callable[[Resolution], str]


def main() -> None:
    """Prints one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    files = [PROJECT / "tests" / "questions" / f"{name}.jsonl" for name in SETS]
    parser.add_argument("--examples", type=int, default=15_000, help="of the corpus (default 15000)")
    parser.add_argument("--questions", type=Path, nargs="+", default=files, help="JSON lines, no follow-ups")
    given = parser.parse_args()
    methods = {"keyword rules (floor)": _rules, **_learned(given.examples)}
    questions = [question for path in given.questions for question in read_questions(path)]
    print(f"{len(questions)} questions, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"{'':34}{'intent':>8}  {'95 %':>16}{'p50, ms':>9}")
    for name, classify in methods.items():
        _row(name, classify, questions)


def _row(name: str, classify: Classify, questions: Sequence[dict[str, Any]]) -> None:
    resolver, took, right = Resolver(PLANT), list[float](), 0
    for question in questions:
        resolution = understand(question["question"], resolver, PLANT, now=NOW, before=None)
        if refused := refuse_unknown_names(resolution):
            right += refused.intent == question["intent"]
            continue
        started = time.perf_counter()
        intent = classify(resolution)
        took.append(1000 * (time.perf_counter() - started))
        right += intent == question["intent"]
    low, high = wilson(right, len(questions))
    share, p50 = right / len(questions), statistics.median(took)
    print(f"{name:34}{share:8.1%}  [{low:6.1%},{high:7.1%}]{p50:9.2f}", flush=True)


def _rules(resolution: Resolution) -> str:
    try:
        return parse_plan(keyword_rules.plan(resolution, PLANT), resolution, PLANT, now=NOW).intent
    except InvalidInput:
        return ""


def _learned(count: int) -> dict[str, Classify]:
    """One classifier, unconstrained and restricted to the intents that the grammar admits."""
    vectorizer, classifier = _models()
    corpus = list(itertools.islice(examples(PLANT, SEED, NOW), count))
    started = time.process_time()
    intents = [line.split()[0].rstrip(":") for _, line in corpus]
    classifier.fit(vectorizer.transform([messages[-1]["content"] for messages, _ in corpus]), intents)
    print(f"{count:,} examples learned in {time.process_time() - started:.1f} s of CPU")

    def ranked(resolution: Resolution) -> list[str]:
        text = build_messages(resolution)[-1]["content"]
        scores = classifier.decision_function(vectorizer.transform([text]))[0]
        return [str(classifier.classes_[place]) for place in scores.argsort()[::-1]]

    def bound(resolution: Resolution) -> str:
        possible = possible_intents(resolution)
        return next((intent for intent in ranked(resolution) if intent in possible), "")

    return {"hashed n-grams": lambda resolution: ranked(resolution)[0], "hashed n-grams, possible intents": bound}


def _models() -> tuple[Any, Any]:
    """Words up to three, characters up to five, hashed; a linear classifier with logistic loss."""
    try:
        from sklearn.feature_extraction.text import HashingVectorizer  # type: ignore[import-not-found]
        from sklearn.linear_model import SGDClassifier  # type: ignore[import-not-found]
        from sklearn.pipeline import make_union  # type: ignore[import-not-found]
    except ImportError as exc:
        raise SystemExit(
            f"This benchmark needs scikit-learn ({exc}), which is not pinned. In an environment beside the pins:\n"
            "  python3 -m venv /tmp/peers && /tmp/peers/bin/python -m pip install scikit-learn==1.9.1\n"
            "  echo $PWD/.venv/lib/python3.*/site-packages > $(echo /tmp/peers/lib/python3.*/site-packages)/pins.pth\n"
            "  /tmp/peers/bin/python -m benchmarks.intent_classifier"
        ) from exc
    options = {"n_features": HASHES, "alternate_sign": False}
    words = HashingVectorizer(analyzer="word", ngram_range=(1, 3), tokenizer=str.split, token_pattern=None, **options)
    characters = HashingVectorizer(analyzer="char_wb", ngram_range=(2, 5), **options)
    return make_union(words, characters), SGDClassifier(loss="log_loss", alpha=1e-6, max_iter=20, random_state=0)


if __name__ == "__main__":
    main()
