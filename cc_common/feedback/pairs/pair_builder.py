"""Builds pairs from opinions: within a prompt first, then across prompts; the rest stays unpaired."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from cc_common.catalog.store import Catalog
from cc_common.core.errors import InvalidInput
from cc_common.core.windows import Window
from cc_common.feedback.experience import RatedExperience
from cc_common.feedback.pairs.cross_prompt_pairs import cross_prompt_pairs, product_pairs
from cc_common.feedback.pairs.opinions import Opinions, Vote
from cc_common.feedback.pairs.pair import How, Pair, PairSet, Strategy, Unpaired
from cc_common.feedback.pairs.replay import Replays

OTHER_CATALOG: Final = "of another version of the catalogue, read the same"
CONTRADICTED: Final = "as many or more ratings prefer the opposite"
_MOMENT: Final = timedelta(microseconds=1)


def build_pairs(
    rated: Sequence[RatedExperience],
    catalog: Catalog,
    *,
    strategy: Strategy = "default",
    cap: int,
    seed: int,
    before: Mapping[str, Mapping[str, Any]] | None = None,
) -> PairSet:
    """The pairs of these ratings: pure, and the same for the same arguments in any order of `rated`.

    `cap`: most transplants a prompt. `before` (plans_before): what follow-ups followed; without it they are left out.
    """
    if cap < 0 or strategy not in ("default", "product"):
        raise InvalidInput(f"A strategy is default or product and a cap at least 0; not {strategy!r} and {cap}.")
    rated = sorted(rated, key=lambda one: one.experience.id)
    grounds = Replays(catalog, before or {})
    made = product_pairs(rated, grounds) if strategy == "product" else _default(rated, grounds, catalog, cap, seed)
    return replace(made, window=_window(rated))


def _default(rated: Sequence[RatedExperience], grounds: Replays, catalog: Catalog, cap: int, seed: int) -> PairSet:
    opinions = Opinions(rated, grounds, catalog)
    direct = _settled([*_same_prompt(opinions), *_corrections(opinions)])
    pairs = (*direct, *cross_prompt_pairs(opinions, direct, cap=cap, seed=seed))
    used = {rating for pair in pairs for rating in pair.rating_ids}
    wishes = {rating.id for wish in opinions.preferences for rating in wish.ratings}
    opinions.left_out[CONTRADICTED] += len(wishes - used)
    return PairSet(
        pairs=pairs,
        unpaired=tuple(_unpaired(opinions, used)),
        left_out={reason: count for reason, count in sorted(opinions.left_out.items()) if count},
        remarks=_remarks(opinions, catalog),
    )


def _same_prompt(opinions: Opinions) -> Iterator[Pair]:
    """Pairs every liked line with every disliked line of the same prompt."""
    lines: defaultdict[str, defaultdict[str, list[Vote]]] = defaultdict(lambda: defaultdict(list))
    for vote in opinions.votes:
        lines[vote.ground.key][vote.line].append(vote)
    for of_prompt in lines.values():
        liked = [votes for votes in of_prompt.values() if votes[0].up]
        disliked = [votes for votes in of_prompt.values() if not votes[0].up]
        for up in liked:
            for down in disliked:
                ratings = [v.rating for v in (*up, *down)]
                yield up[0].ground.pair(up[0].line, down[0].line, "same_prompt", ratings)


def _corrections(opinions: Opinions) -> Iterator[Pair]:
    for wish in opinions.preferences:
        yield wish.ground.pair(wish.better, wish.ground.line, "correction", wish.ratings)


def _settled(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    """Each pair once, with all that speaks for it; of a pair and its opposite the one that more ratings speak for."""
    merged: dict[tuple[str, str, str], Pair] = {}
    for pair in pairs:
        key = (_key(pair), pair.chosen, pair.rejected)
        merged[key] = _joined(merged[key], pair) if key in merged else pair
    return tuple(pair for key, pair in merged.items() if _prevails(pair, merged.get((key[0], key[2], key[1]))))


def _prevails(pair: Pair, opposite: Pair | None) -> bool:
    return opposite is None or len(pair.rating_ids) > len(opposite.rating_ids)


def _joined(one: Pair, other: Pair) -> Pair:
    how: How = "correction" if "correction" in (one.how, other.how) else one.how
    sources = tuple(dict.fromkeys((*one.sources, *other.sources)))
    return replace(one, how=how, sources=sources, rating_ids=tuple(sorted({*one.rating_ids, *other.rating_ids})))


def _key(pair: Pair) -> str:
    return "\x00".join(message["content"] for message in pair.prompt)


def _unpaired(opinions: Opinions, used: set[int]) -> Iterator[Unpaired]:
    for vote in opinions.votes:
        if vote.rating.id not in used:
            yield Unpaired(
                prompt=vote.ground.prompt,
                completion=vote.line,
                up=vote.up,
                source=vote.rating.experience_id,
                rating_id=vote.rating.id,
                free=vote.ground.grammar.free_spans(vote.line),
            )


def _remarks(opinions: Opinions, catalog: Catalog) -> dict[str, int]:
    """Answers used, by model; and those of another catalogue that read the same today."""
    answers = [ground.experience for ground in opinions.grounds.values()]
    found = Counter(f"answers of {answer.model_id}" for answer in answers)
    found[OTHER_CATALOG] = sum(answer.catalog_version != catalog.version for answer in answers)
    return {remark: count for remark, count in sorted(found.items()) if count}


def _window(rated: Sequence[RatedExperience]) -> Window | None:
    times = [rating.rated_at for one in rated for rating in one.ratings]
    return Window(start=min(times), end=max(times) + _MOMENT) if times else None
