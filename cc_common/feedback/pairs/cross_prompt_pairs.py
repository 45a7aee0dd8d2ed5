"""Pairs across prompts: a liked and a disliked order of widgets re-grounded to one prompt; and the product of all."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import product
from typing import Final

import numpy as np

from cc_common.core.errors import InvalidInput
from cc_common.feedback.experience import RatedExperience, Rating
from cc_common.feedback.pairs.opinions import Opinions
from cc_common.feedback.pairs.pair import LineGrammar, Pair, PairSet, Spans
from cc_common.feedback.pairs.replay import NO_MODEL, Replay, Replays, shown_line, with_widgets
from cc_common.planning.plan_parser import STATISTICS

Subject = tuple[str, str]  # intent and statistic ("" where the line has none)
Widgets = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class WidgetOrder:
    """An order of widgets, and the ratings that like or dislike it."""

    widgets: Widgets
    ratings: tuple[Rating, ...]


def cross_prompt_pairs(opinions: Opinions, direct: Sequence[Pair], *, cap: int, seed: int) -> Iterator[Pair]:
    """Builds up to `cap` pairs a prompt, none that repeats or contradicts ratings of the prompt itself."""
    liked, disliked = _shapes(opinions)
    said = _said(opinions, direct)
    for key, (ground, line) in sorted(_prompts(opinions).items()):
        subject = line_subject(line)
        candidates = [
            (up, down)
            for up, down in product(liked.get(subject, ()), disliked.get(subject, ()))
            if _is_news(line, up, down, said[key])
        ]
        yield from _drawn(ground, line, candidates, said[key], cap, _generator(key, seed))


@dataclass
class RatedLines:
    """The rated lines of one prompt."""

    liked: set[str]
    disliked: set[str]
    pairs: set[tuple[str, str]]


def line_subject(line: str) -> Subject:
    """The subject of a line: orders of widgets are compared within one subject only."""
    words = line.partition(":")[0].split()
    return words[0], next((word for word in words if word in STATISTICS), "")


def line_widgets(line: str) -> Widgets:
    """The widgets of a line, in its order."""
    return tuple(line.partition(":")[2].split())


def _shapes(opinions: Opinions) -> tuple[dict[Subject, list[WidgetOrder]], dict[Subject, list[WidgetOrder]]]:
    """By subject the shapes that more ratings like than dislike, and the other way round."""
    ups: defaultdict[tuple[Subject, Widgets], list[Rating]] = defaultdict(list)
    downs: defaultdict[tuple[Subject, Widgets], list[Rating]] = defaultdict(list)
    for line, up, rating in _judged(opinions):
        if widgets := line_widgets(line):
            (ups if up else downs)[line_subject(line), widgets].append(rating)
    return _net(ups, downs), _net(downs, ups)


def _net(
    these: dict[tuple[Subject, Widgets], list[Rating]], those: dict[tuple[Subject, Widgets], list[Rating]]
) -> dict[Subject, list[WidgetOrder]]:
    found: defaultdict[Subject, list[WidgetOrder]] = defaultdict(list)
    for (subject, widgets), ratings in sorted(these.items(), key=lambda item: item[0]):
        if len(ratings) > len(those.get((subject, widgets), ())):
            found[subject].append(WidgetOrder(widgets=widgets, ratings=tuple(ratings)))
    return found


def _judged(opinions: Opinions) -> Iterator[tuple[str, bool, Rating]]:
    for vote in opinions.votes:
        yield vote.line, vote.up, vote.rating
    for wish in opinions.preferences:
        yield wish.better, True, wish.ratings[0]
        if wish.disliked:
            yield wish.ground.line, False, wish.ratings[0]


def _prompts(opinions: Opinions) -> dict[str, tuple[Replay, str]]:
    """Each prompt with the best line known of it: a corrected one, else a liked one, else any."""
    lines = {g.key: (g, g.line) for g in opinions.grounds.values()}
    lines |= {v.ground.key: (v.ground, v.line) for v in opinions.votes if v.up}
    return lines | {w.ground.key: (w.ground, w.better) for w in opinions.preferences}


def _said(opinions: Opinions, direct: Sequence[Pair]) -> defaultdict[str, RatedLines]:
    found: defaultdict[str, RatedLines] = defaultdict(lambda: RatedLines(set(), set(), set()))
    for vote in opinions.votes:
        of_prompt = found[vote.ground.key]
        (of_prompt.liked if vote.up else of_prompt.disliked).add(vote.line)
    for wish in opinions.preferences:
        of_prompt = found[wish.ground.key]
        of_prompt.pairs.add((wish.better, wish.ground.line))
        of_prompt.liked.add(wish.better)
        of_prompt.disliked |= {wish.ground.line} if wish.disliked else set()
    keys = {ground.experience.id: ground.key for ground in opinions.grounds.values()}
    for pair in direct:
        found[keys[pair.sources[0]]].pairs.add((pair.chosen, pair.rejected))
    return found


def _is_news(line: str, up: WidgetOrder, down: WidgetOrder, said: RatedLines) -> bool:
    chosen, rejected = (with_widgets(line, list(shape.widgets)) for shape in (up, down))
    known = {(chosen, rejected), (rejected, chosen)} & said.pairs
    return not known and chosen not in said.disliked and rejected not in said.liked


def _drawn(
    ground: Replay,
    line: str,
    candidates: list[tuple[WidgetOrder, WidgetOrder]],
    said: RatedLines,
    cap: int,
    rng: np.random.Generator,
) -> Iterator[Pair]:
    """Candidates with a line rated at this prompt come first, then by the number of ratings behind both orders."""
    weights = np.array([len(up.ratings) * len(down.ratings) for up, down in candidates], np.float64)
    order = np.argsort(-(np.log(weights) + rng.gumbel(size=len(weights))))  # weighted, without replacement
    lines = [[with_widgets(line, list(shape.widgets)) for shape in pair] for pair in candidates]
    own = [lines[i][0] in said.liked or lines[i][1] in said.disliked for i in range(len(candidates))]
    for i in sorted(order.tolist(), key=lambda i: not own[i])[:cap]:
        ratings = [shape.ratings[rng.integers(len(shape.ratings))] for shape in candidates[i]]
        yield ground.pair(lines[i][0], lines[i][1], "transplant", ratings)


def _generator(key: str, seed: int) -> np.random.Generator:
    """A random generator of the prompt's own, so that its draws do not depend on other prompts."""
    return np.random.default_rng([seed, int.from_bytes(sha256(key.encode()).digest()[:8], "big")])


MAX_PAIRS: Final = 1_000_000
OF_WIDGET: Final = "a thumb for a widget, not for the answer"
SAME_LINE: Final = "pairs whose two lines are the same"
NO_PLAN_HERE: Final = "pairs whose rejected line is no plan for the prompt"

Answer = tuple[RatedExperience, Rating]


def product_pairs(rated: Sequence[RatedExperience], grounds: Replays) -> PairSet:
    """Every liked answer over every disliked one; InvalidInput beyond MAX_PAIRS."""
    left_out, remarks = Counter[str](), Counter[str]()
    thumbs = list(_thumbs(rated, left_out))
    up, down = ([t for t in thumbs if t[1].rating == side] for side in ("up", "down"))
    if len(up) * len(down) > MAX_PAIRS:
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


def _pairs(liked: Answer, disliked: Sequence[Answer], grounds: Replays, remarks: Counter[str]) -> Iterator[Pair]:
    experience, ground = liked[0].experience, grounds.replay(liked[0].experience)
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


def _free(ground: Replay | str, line: str) -> Spans | None:
    grammar: LineGrammar | None = None if isinstance(ground, str) else ground.grammar
    return grammar.free_spans(line) if grammar and grammar.admits(line) else None
