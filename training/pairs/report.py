"""The report of a night's pairs in markdown: counts by kind, and excluded ratings by reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

KINDS: Final = {
    "same_prompt": "same prompt, one liked and one disliked",
    "correction": "correction over what was shown",
    "transplant": "transplanted shapes",
    "product": "product over different questions",
    "unpaired_up": "unpaired, liked",
    "unpaired_down": "unpaired, disliked",
}


def report(figures: Mapping[str, Any]) -> str:
    """Formats the figures of a pairs manifest as markdown."""
    window = figures["window"]
    title = f"## Pairs of {window[0]} to {window[1]}" if window else "## Pairs"
    kinds = {KINDS[kind]: figures["counts"].get(kind, 0) for kind in KINDS}
    parts = [title, *_table("kind", kinds), *_table("left out: ratings", figures["left_out"])]
    parts += [*_table("used, worth knowing", figures["remarks"]), *_table("held out for the gate", figures["split"])]
    return "\n".join(parts) + "\n"


def _table(head: str, counts: Mapping[str, int]) -> Iterator[str]:
    yield ""
    if not counts:
        yield f"{head}: none"
        return
    yield from (f"| {head} | count |", "|---|---|")
    yield from (f"| {name} | {count:,} |" for name, count in counts.items())
