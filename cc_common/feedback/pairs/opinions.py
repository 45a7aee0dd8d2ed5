"""What ratings say of lines: votes for what was shown, and preferences of a corrected line over it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cc_common.catalog.equipment import EquipmentType
from cc_common.catalog.store import Catalog
from cc_common.core.errors import InvalidInput, NotFound
from cc_common.core.evidence import Statistic
from cc_common.core.windows import Window
from cc_common.feedback.experience import RatedExperience, Rating
from cc_common.feedback.pairs.replay import Replay, Replays, with_widgets
from cc_common.planning import INTENTS, Plan, WidgetType, render_plan
from cc_common.planning.intents import REASONS
from cc_common.planning.plan import STATISTICS_OF_KIND


def corrected_line(ground: Replay, correction: Mapping[str, Any], catalog: Catalog) -> str | None:
    """The line of the corrected plan; None where the prompt's grammar does not admit it.

    What the correction leaves out stays as it was, or, where another intent needs more, is what the question names.
    """
    wanted = {part: value for part, value in correction.items() if value is not None}
    try:
        line = render_plan(_plan(ground, wanted, catalog), ground.resolution)
    except (InvalidInput, NotFound, LookupError):
        return None
    return line if ground.grammar.admits(line) else None


def _plan(ground: Replay, wanted: Mapping[str, Any], catalog: Catalog) -> Plan:
    plan, resolution = ground.plan, ground.resolution
    intent = wanted.get("intent", plan.intent)
    if intent == "out_of_scope":
        return Plan(intent=intent, reason=plan.reason if plan.intent == intent else REASONS["topic"])
    equipment = _equipment(ground, wanted, intent)
    kind = None if equipment else _type(ground, wanted, intent)
    metrics = _metrics(ground, wanted, intent)
    shown = kind or (catalog.get(equipment[0]).type if equipment else "")
    return Plan(
        intent=intent,
        equipment=equipment,
        equipment_type=kind,
        metrics=metrics,
        aggregation=_aggregation(ground, wanted, intent, catalog.type(shown), metrics)
        if "aggregation" in INTENTS[intent].needs
        else None,
        order=wanted.get("order") or plan.order or "desc" if "order" in INTENTS[intent].slots else None,
        top_n=wanted.get("top_n") or plan.top_n or next(iter(resolution.numbers), None),
        window=_window(ground, wanted.get("window"), intent),
        widgets=_widgets(ground, wanted, intent),
    )


def _equipment(ground: Replay, wanted: Mapping[str, Any], intent: str) -> tuple[str, ...]:
    asked = INTENTS[intent]
    if "types" in asked.about and ("equipment_type" in wanted or "equipment_type" in asked.needs):
        return ()
    named = tuple(e.id for e in ground.resolution.equipment) if "equipment" in asked.needs else ()
    return tuple(wanted.get("equipment") or ground.plan.equipment or named)


def _type(ground: Replay, wanted: Mapping[str, Any], intent: str) -> str | None:
    """The type asked about; None for the whole plant."""
    found = wanted.get("equipment_type") or ground.plan.equipment_type
    return found or (ground.resolution.equipment_types[0] if "equipment_type" in INTENTS[intent].needs else None)


def _metrics(ground: Replay, wanted: Mapping[str, Any], intent: str) -> tuple[str, ...]:
    if "metrics" in INTENTS[intent].needs:
        return tuple(wanted.get("metrics") or ground.plan.metrics or [m.name for m in ground.resolution.metrics[:1]])
    kept = ground.plan.metrics if ground.plan.intent == intent else ()
    return tuple(wanted.get("metrics", kept)) if "metrics" in INTENTS[intent].slots else ()


def _aggregation(
    ground: Replay, wanted: Mapping[str, Any], intent: str, shown: EquipmentType, metrics: tuple[str, ...]
) -> Statistic | None:
    if "aggregation" in wanted:
        return wanted["aggregation"]  # type: ignore[no-any-return]
    metric = shown.metric(metrics[0]) if metrics else None
    allowed = STATISTICS_OF_KIND[metric.kind] if metric else ()
    kept = ground.plan.aggregation if ground.plan.intent == intent or ground.plan.aggregation in allowed else None
    return kept or allowed[0]


def _window(ground: Replay, wanted: Mapping[str, Any] | None, intent: str) -> Window | None:
    """The one of the question's windows that is meant; code chooses where it has one or none."""
    windows = ground.resolution.windows
    if wanted:
        offered = windows or ((ground.plan.window,) if ground.plan.window else ())
        meant = [w for w in offered if _is_meant(w, wanted)]
        return meant[0]
    if "window" not in INTENTS[intent].slots or len(windows) < 2:
        return None
    return ground.plan.window if ground.plan.window in windows else windows[0]


def _is_meant(window: Window, wanted: Mapping[str, Any]) -> bool:
    ends = {side: datetime.fromisoformat(wanted[side]) for side in ("start", "end") if wanted.get(side)}
    label = wanted.get("label")
    return (not label or label == window.label) and all(getattr(window, side) == at for side, at in ends.items())


def _widgets(ground: Replay, wanted: Mapping[str, Any], intent: Any) -> tuple[WidgetType, ...]:
    possible = INTENTS[intent].widgets
    shown = dict.fromkeys(w.type for w in ground.experience.widgets)
    kept = tuple(w for w in shown if w in possible)
    return tuple(wanted.get("widgets", ())) or kept or possible[:1]


NOT_SAID: Final = "the correction asks for what this prompt does not let the model say"
NO_CHANGE: Final = "the correction or the widgets' thumbs change nothing in the line"
NO_WIDGET_LEFT: Final = "every widget was disliked"
SAID_AGAIN: Final = "the same rater later rated the same line again"
DISAGREE: Final = "raters disagree, as many up as down"
OUTVOTED: Final = "outvoted by other raters"


@dataclass(frozen=True, kw_only=True)
class Vote:
    """One rater's thumb for a line of a prompt."""

    ground: Replay
    line: str
    up: bool
    rating: Rating


@dataclass(frozen=True, kw_only=True)
class Preference:
    """One rater prefers the line `better` to the line shown."""

    ground: Replay
    better: str
    ratings: tuple[Rating, ...]

    @property
    def disliked(self) -> bool:
        """Whether something about the line shown was disliked, or it was only good and could be better."""
        return any(rating.rating == "down" for rating in self.ratings)


class Opinions:
    """Votes and preferences of a window's ratings; `left_out` counts ratings that express none, by reason."""

    def __init__(self, rated: Sequence[RatedExperience], grounds: Replays, catalog: Catalog) -> None:
        self.left_out: Counter[str] = Counter()
        self.grounds: dict[str, Replay] = {}
        self.preferences: list[Preference] = []
        self._catalog, votes = catalog, list[Vote]()
        for one in rated:
            ground = grounds.replay(one.experience)
            if isinstance(ground, str):
                self.left_out[ground] += len(one.ratings)
                continue
            self.grounds[one.experience.id] = ground
            for of_rater in _by_rater(one.ratings):
                votes += self._read(ground, of_rater)
        self.votes = list(self._settled(votes))

    def _read(self, ground: Replay, ratings: Sequence[Rating]) -> Iterator[Vote]:
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

    def _prefer(self, ground: Replay, better: str | None, ratings: tuple[Rating, ...]) -> None:
        if better is None:
            self.left_out[NOT_SAID if ratings[0].correction else NO_WIDGET_LEFT] += len(ratings)
        elif better == ground.line:
            self.left_out[NO_CHANGE] += len(ratings)
        else:
            self.preferences.append(Preference(ground=ground, better=better, ratings=ratings))

    def _moved(self, ground: Replay, thumbs: Sequence[Rating]) -> str | None:
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
