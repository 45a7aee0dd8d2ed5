"""python -m cc_common.operations.checks timeseries|rag|rl|all [--json]: one line a check; exit code 0 only when all pass."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import asdict
from typing import Final

from cc_common.core.errors import CommandCenterError
from cc_common.core.settings import load_settings
from cc_common.db import open_databases
from cc_common.operations.checks import provider_checks, timeseries_checks
from cc_common.operations.checks.subject import Check, Outcome, Subject, run

SUITES: Final[dict[str, tuple[Check, ...]]] = {
    "timeseries": timeseries_checks.SUITE,
    "rag": provider_checks.RAG_SUITE,
    "rl": provider_checks.RL_SUITE,
}


def main(words: list[str] | None = None) -> int:
    """The exit status: 0 when all pass, 1 when any fails, 2 for wrong usage."""
    asked = _parser().parse_args(words)
    found: list[Outcome] = []
    try:
        for outcome in _outcomes(asked):
            found.append(outcome)
            if not asked.json:
                print(outcome.line, flush=True)
    except KeyboardInterrupt:
        return 130
    passed = sum(outcome.passed for outcome in found)
    if asked.json:
        print(json.dumps({"passed": passed == len(found), "checks": [asdict(outcome) for outcome in found]}, indent=1))
    else:
        print(f"{passed} of {len(found)} checks passed")
    return 0 if passed == len(found) else 1


def _outcomes(asked: Namespace) -> Iterator[Outcome]:
    checks = [check for name, suite in SUITES.items() if asked.suite in (name, "all") for check in suite]
    try:
        with open_databases(load_settings()) as databases:
            yield from run(checks, Subject(databases=databases, seed=asked.seed))
    except CommandCenterError as exc:
        yield Outcome(name="databases", passed=False, ms=0.0, detail=" ".join(str(exc).split()))


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m cc_common.operations.checks", description=__doc__)
    parser.add_argument("suite", choices=(*SUITES, "all"), help="what to check")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")
    parser.add_argument("--seed", type=int, default=1, help="another one looks at other machines (default %(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
