"""The reference's pairs, for comparison only: every liked answer over every disliked one, whatever was asked.

The rejected line answers another question: it names another prompt's machines, may be no plan for this one, or be the
very line that is chosen. How often is in the remarks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from cc_common.errors import InvalidInput
from cc_common.experience import RatedExperience, Rating
from cc_common.pairs.choices import LineGrammar, Spans
from cc_common.pairs.ground import NO_MODEL, Ground, Grounds, shown_line
from cc_common.pairs.model import Pair, PairSet

MOST_PAIRS: Final = 1_000_000
OF_WIDGET: Final = "a thumb for a widget, not for the answer"
SAME_LINE: Final = "pairs whose two lines are the same"
NO_PLAN_HERE: Final = "pairs whose rejected line is no plan for the prompt"

Answer = tuple[RatedExperience, Rating]


def product(rated: Sequence[RatedExperience], grounds: Grounds) -> PairSet:
    """Thumbs up times thumbs down; InvalidInput beyond MOST_PAIRS."""
    left_out, remarks = Counter[str](), Counter[str]()
    thumbs = list(_thumbs(rated, left_out))
    up, down = ([t for t in thumbs if t[1].rating == side] for side in ("up", "down"))
    if len(up) * len(down) > MOST_PAIRS:
        raise InvalidInput(f"{len(up)} x {len(down)} pairs are too many: choose a shorter window.")
    pairs = tuple(pair for liked in up for pair in _pairs(liked, down, grounds, remarks))
    return PairSet(pairs=pairs, left_out=dict(sorted(left_out.items())), remarks=dict(sorted(remarks.items())))


def _thumbs(rated: Sequence[RatedExperience], left_out: Counter[str]) -> Iterator[Answer]:
    for one in rated:
        asked = bool(one.experience.messages) and one.experience.plan_text is not None
        for rating in one.ratings:
            if asked and rating.widget_id is None:
                yield one, rating
            else:
                left_out[OF_WIDGET if asked else NO_MODEL] += 1


def _pairs(liked: Answer, disliked: Sequence[Answer], grounds: Grounds, remarks: Counter[str]) -> Iterator[Pair]:
    experience, ground = liked[0].experience, grounds.of(liked[0].experience)
    chosen = shown_line(experience)
    known = {chosen: _free(ground, chosen)}
    for other, rating in disliked:
        rejected = shown_line(other.experience)
        if rejected not in known:
            known[rejected] = _free(ground, rejected)
        remarks[SAME_LINE] += chosen == rejected
        remarks[NO_PLAN_HERE] += known[rejected] is None
        yield Pair(
            prompt=tuple(dict(m) for m in experience.messages),
            chosen=chosen,
            rejected=rejected,
            how="product",
            sources=(experience.id, other.experience.id),
            rating_ids=(liked[1].id, rating.id),
            chosen_free=known[chosen] or (),
            rejected_free=known[rejected] or (),
        )


def _free(ground: Ground | str, line: str) -> Spans | None:
    grammar: LineGrammar | None = None if isinstance(ground, str) else ground.grammar
    return grammar.free_spans(line) if grammar and grammar.admits(line) else None
