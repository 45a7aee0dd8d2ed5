"""What ratings say of lines: votes for what was shown, and preferences of another line over it.

* A thumb for the answer is a vote for, or against, the line as shown.
* Thumbs for widgets of it: those disliked leave the line, those liked move to its front; that line is preferred.
* A correction is preferred to what was shown, whichever thumb came with it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from cc_common.catalog.store import Catalog
from cc_common.experience import RatedExperience, Rating
from cc_common.pairs.correction import corrected_line
from cc_common.pairs.ground import Ground, Grounds, with_widgets

NOT_SAID: Final = "the correction asks for what this prompt does not let the model say"
NO_CHANGE: Final = "the correction or the widgets' thumbs change nothing in the line"
NO_WIDGET_LEFT: Final = "every widget was disliked"
SAID_AGAIN: Final = "the same rater later rated the same line again"
DISAGREE: Final = "raters disagree, as many up as down"
OUTVOTED: Final = "outvoted by other raters"


@dataclass(frozen=True, kw_only=True)
class Vote:
    """One rater's thumb for a line of a prompt."""

    ground: Ground
    line: str
    up: bool
    rating: Rating


@dataclass(frozen=True, kw_only=True)
class Preference:
    """One rater would rather have seen `better` than the line that was shown."""

    ground: Ground
    better: str
    ratings: tuple[Rating, ...]

    @property
    def disliked(self) -> bool:
        """Whether something about the line shown was disliked, or it was only good and could be better."""
        return any(rating.rating == "down" for rating in self.ratings)


class Opinions:
    """All opinions of a window's ratings; `left_out` counts the ratings that hold none, by reason."""

    def __init__(self, rated: Sequence[RatedExperience], grounds: Grounds, catalog: Catalog) -> None:
        self.left_out: Counter[str] = Counter()
        self.grounds: dict[str, Ground] = {}
        self.preferences: list[Preference] = []
        self._catalog, votes = catalog, list[Vote]()
        for one in rated:
            ground = grounds.of(one.experience)
            if isinstance(ground, str):
                self.left_out[ground] += len(one.ratings)
                continue
            self.grounds[one.experience.id] = ground
            for of_rater in _by_rater(one.ratings):
                votes += self._read(ground, of_rater)
        self.votes = list(self._settled(votes))

    def _read(self, ground: Ground, ratings: Sequence[Rating]) -> Iterator[Vote]:
        """One rater's opinions of one answer."""
        thumbs = []
        for rating in ratings:
            if rating.correction:
                self._prefer(ground, corrected_line(ground, rating.correction, self._catalog), (rating,))
            elif rating.widget_id is None:
                yield Vote(ground=ground, line=ground.line, up=rating.rating == "up", rating=rating)
            else:
                thumbs.append(rating)
        if thumbs:
            self._prefer(ground, self._moved(ground, thumbs), tuple(thumbs))

    def _prefer(self, ground: Ground, better: str | None, ratings: tuple[Rating, ...]) -> None:
        if better is None:
            self.left_out[NOT_SAID if ratings[0].correction else NO_WIDGET_LEFT] += len(ratings)
        elif better == ground.line:
            self.left_out[NO_CHANGE] += len(ratings)
        else:
            self.preferences.append(Preference(ground=ground, better=better, ratings=ratings))

    def _moved(self, ground: Ground, thumbs: Sequence[Rating]) -> str | None:
        said = {t.widget_id: t.rating for t in thumbs}
        kept = [w for w in ground.experience.widgets if said.get(w.widget_id) != "down"]
        kept.sort(key=lambda w: said.get(w.widget_id) != "up")  # stable: otherwise as shown
        return with_widgets(ground.line, [w.type for w in kept]) if kept else None

    def _settled(self, votes: Iterable[Vote]) -> Iterator[Vote]:
        """The votes that stand: of each rater the newest on a line of a prompt, and of the raters the majority."""
        by_line: defaultdict[tuple[str, str], dict[str, Vote]] = defaultdict(dict)
        for vote in sorted(votes, key=lambda v: v.rating.id):
            by_rater = by_line[vote.ground.key, vote.line]
            self.left_out[SAID_AGAIN] += vote.rating.rater in by_rater
            by_rater[vote.rating.rater] = vote
        for by_rater in by_line.values():
            yield from self._majority(list(by_rater.values()))

    def _majority(self, votes: list[Vote]) -> list[Vote]:
        up, down = ([v for v in votes if v.up is side] for side in (True, False))
        if len(up) == len(down):
            self.left_out[DISAGREE] += len(votes)
            return []
        self.left_out[OUTVOTED] += min(len(up), len(down))
        return max(up, down, key=len)


def _by_rater(ratings: Iterable[Rating]) -> Iterable[list[Rating]]:
    by_rater: defaultdict[str, list[Rating]] = defaultdict(list)
    for rating in ratings:
        by_rater[rating.rater].append(rating)
    return by_rater.values()
