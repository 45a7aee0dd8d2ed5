"""Replays a rated answer: what its prompt offered the model, and the line that says what was shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cc_common.catalog.store import Catalog
from cc_common.core.errors import InvalidInput
from cc_common.db import Database, queries
from cc_common.feedback.experience import Experience, Rating, to_json_value
from cc_common.feedback.pairs.pair import How, LineGrammar, Pair, Prompt
from cc_common.planning import STATIC_MESSAGES, Plan, build_grammar, build_messages, parse_plan, plan_of, understand
from cc_common.understanding import Resolution, Resolver


def plans_before(app: Database, experience_ids: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    """By experience id, the plan of the same session's answered question before it, where there is one."""
    asked = {"ids": list(experience_ids)}
    with app.connection() as connection:
        return {row.id: row.plan for row in connection.execute(queries("pairs")["plans_before"], asked)}


NO_MODEL: Final = "the model was not asked"
OTHER_FORM: Final = "the prompt has another form today"
OTHER_PROMPT: Final = "the question's names and times are read otherwise today"
OTHER_PLAN: Final = "the line means another plan today"
NO_PLAN: Final = "the line is no plan any more"
NOT_SHOWN: Final = "nothing was shown"


@dataclass(frozen=True, kw_only=True)
class Replay:
    """One answer's prompt, its candidates and grammar, and the line as shown."""

    experience: Experience
    prompt: Prompt
    resolution: Resolution
    grammar: LineGrammar
    plan: Plan  # as the model said it; its widgets may have been shown in another order
    line: str

    @property
    def key(self) -> str:
        """A digest of the messages: equal messages have equal keys."""
        return prompt_key(self.experience)

    def pair(self, chosen: str, rejected: str, how: How, ratings: Iterable[Rating]) -> Pair:
        """A pair for this prompt, whose grammar admits both lines."""
        ratings = sorted(ratings, key=lambda rating: rating.id)
        return Pair(
            prompt=self.prompt,
            chosen=chosen,
            rejected=rejected,
            how=how,
            sources=tuple(dict.fromkeys(rating.experience_id for rating in ratings)),
            rating_ids=tuple(rating.id for rating in ratings),
            chosen_free=self.grammar.free_spans(chosen),
            rejected_free=self.grammar.free_spans(rejected),
        )


class Replays:
    """Replays rated answers of one plant. `before`: by experience id, the session's previous plan."""

    def __init__(self, catalog: Catalog, before: Mapping[str, Mapping[str, Any]]) -> None:
        self._catalog, self._before, self._resolver = catalog, before, Resolver(catalog)
        self._grammars: dict[str, LineGrammar] = {}

    def replay(self, experience: Experience) -> Replay | str:
        """The replay of an experience, or the reason why there is none."""
        if not experience.messages or experience.plan_text is None:
            return NO_MODEL
        if tuple(experience.messages[:-1]) != STATIC_MESSAGES:
            return OTHER_FORM
        resolution = self._resolution(experience)
        return OTHER_PROMPT if resolution is None else self._ground(experience, resolution)

    def _resolution(self, experience: Experience) -> Resolution | None:
        """The resolution that reproduces the messages that the model saw."""
        kept = self._before.get(experience.id)
        for before in (None, plan_of(kept)) if kept else (None,):
            now = experience.asked_at.replace(second=0, microsecond=0)  # as the API reads it
            found = understand(experience.question, self._resolver, self._catalog, now=now, before=before)
            if build_messages(found) == list(experience.messages):
                return found
        return None

    def _ground(self, experience: Experience, resolution: Resolution) -> Replay | str:
        now = experience.asked_at.replace(second=0, microsecond=0)
        try:
            plan = parse_plan(experience.plan_text or "", resolution, self._catalog, now=now)
        except InvalidInput:
            return NO_PLAN
        meant = to_json_value(plan)
        if any(meant.get(part) != value for part, value in to_json_value(experience.plan).items()):
            return OTHER_PLAN
        if plan.widgets and not experience.widgets:
            return NOT_SHOWN
        ground = Replay(
            experience=experience,
            prompt=tuple(dict(m) for m in experience.messages),
            resolution=resolution,
            grammar=self._grammar(resolution),
            plan=plan,
            line=shown_line(experience),
        )
        return ground if ground.grammar.admits(ground.line) else NO_PLAN

    def _grammar(self, resolution: Resolution) -> LineGrammar:
        lark = build_grammar(resolution, self._catalog)
        if lark not in self._grammars:
            self._grammars[lark] = LineGrammar(lark)
        return self._grammars[lark]


def prompt_key(experience: Experience) -> str:
    """A digest of the messages: equal messages have equal keys."""
    return "\x00".join(f"{m['role']}\x00{m['content']}" for m in experience.messages)


def shown_line(experience: Experience) -> str:
    """The model's plan with the widgets in the order shown."""
    return with_widgets(experience.plan_text or "", [w.type for w in experience.widgets])


def with_widgets(line: str, widgets: list[str]) -> str:
    """The line with these widgets instead of its own; several machines' forecasts are one word of it."""
    head = " ".join(line.partition(":")[0].split())
    return f"{head}: {' '.join(dict.fromkeys(widgets))}" if widgets else head
