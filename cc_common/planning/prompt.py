"""Builds the model's prompt, the grammar of its line, and the logit bias against unlikely choices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from llguidance import LLMatcher, LLTokenizer
from llguidance.numpy import allocate_token_bitmask, fill_next_token_bitmask

from cc_common.catalog.store import Catalog
from cc_common.planning.grammar_parts import LETTERS, Candidates, any_of
from cc_common.planning.intents import INTENTS, Intent
from cc_common.planning.possible_intents import possible_intents, unlikely_intents
from cc_common.understanding import Resolution

_LIKELY: Final = "// likely "
MAX_WIDGETS: Final = 4


def build_grammar(resolution: Resolution, catalog: Catalog) -> str:
    """Lark text for llguidance that admits exactly the lines that the question's candidates allow."""
    intents, hardly = possible_intents(resolution), unlikely_intents(resolution)
    likely = [intent for intent in intents if intent not in hardly]
    wide = _lark(intents, Candidates(resolution, catalog))
    narrow = _lark(likely, Candidates(resolution, catalog, leaning=True))
    return wide if narrow == wide else wide + "".join(f"{_LIKELY}{line}\n" for line in narrow.splitlines())


def likely_of(lark: str) -> str:
    """The narrower grammar of likely lines, stored in the comments of `lark`; "" where there is none."""
    lines = (line.removeprefix(_LIKELY) for line in lark.splitlines() if line.startswith(_LIKELY))
    return "".join(f"{line}\n" for line in lines)


def _lark(intents: Sequence[str], candidates: Candidates) -> str:
    bodies = {name: line_grammar(INTENTS[name], candidates) for name in intents}
    if not any(bodies.values()):
        bodies = {name: line_grammar(INTENTS[name], candidates) for name in INTENTS.offered()}
    lines = [f"start: {' | '.join(name for name, body in bodies.items() if body)}"]
    lines += [f"{name}: {body}" for name, body in bodies.items() if body]
    return "\n".join(lines) + "\n"


def line_grammar(intent: Intent, candidates: Candidates) -> str:
    """One intent's line as a Lark expression; "" where the candidates do not allow the intent."""
    subject = intent.subject(candidates)
    if not subject:
        return ""
    head = f'"{intent.name} " {subject}{_window(intent, candidates)}'
    return f'{head} ":" {_widgets(intent)}' if intent.widgets else head


def _window(intent: Intent, candidates: Candidates) -> str:
    """The windows of an intent where the question names past and future ones: a forecast has the future ones."""
    asked = candidates.resolution
    if len(asked.windows) < 2 or "window" not in intent.slots:
        return ""
    fitting = [i for i, window in enumerate(asked.windows, 1) if asked.lies_ahead(window) == intent.is_ahead]
    return f' " w" {any_of(str(i) for i in fitting or range(1, len(asked.windows) + 1))}'


def _widgets(intent: Intent) -> str:
    one = f'" " {any_of(intent.widgets)}'
    return f"{one} ({one}){{0,{MAX_WIDGETS - 1}}}"


Message = dict[str, str]
MAX_BYTES: Final = 600  # of the question: a byte is at most one token, and no operator's question is longer
STATIC_MESSAGES: Final[tuple[Message, ...]] = ({"role": "system", "content": "Plan the answer."},)


def build_messages(resolution: Resolution) -> list[Message]:
    """The messages for one question exactly as the model sees them: the static ones and the user's turn."""
    return [*STATIC_MESSAGES, {"role": "user", "content": "\n".join(_lines(resolution))}]


def _lines(resolution: Resolution) -> list[str]:
    machines = [f"{i} {e.name}" for i, e in enumerate(resolution.equipment, start=1)]
    types = [] if machines else list(resolution.equipment_types)
    metrics = [f"{letter} {m.label}" for letter, m in zip(LETTERS, resolution.metrics, strict=False)]
    several = resolution.windows if len(resolution.windows) > 1 else ()
    windows = [f"w{i} {w.label or 'dates'}" for i, w in enumerate(several, start=1)]
    numbers = [f"top {' '.join(map(str, resolution.numbers))}"] if len(resolution.numbers) > 1 else []
    before = [f"was {resolution.before}"] if resolution.before else []
    return [_plain(resolution.question), *before, *machines, *types, *metrics, *windows, *numbers]


def _plain(question: str) -> str:
    """The question as one line without markers of the chat template, which would let it act as another role."""
    line = " ".join(question.replace("<|", "< ").replace("|>", " >").split())
    return line.encode()[:MAX_BYTES].decode(errors="ignore")


RELUCTANCE: Final = 8.0  # nats; a night's training shifts a taught line by more

Tokens = npt.NDArray[np.intp]


class LogitBias:
    """Applies a bias to the tokens of one plan during decoding."""

    def __init__(self, tokenizer: LLTokenizer, grammar: str, size: int) -> None:
        likely = likely_of(grammar)
        self._matcher = LLMatcher(tokenizer, LLMatcher.grammar_from_lark(likely), log_level=0) if likely else None
        self._mask: Any = allocate_token_bitmask(1, size) if likely else None

    def best(self, allowed: Tokens, logits: npt.NDArray[np.float32]) -> int:
        """The best of the tokens that the wide grammar allows; `logits` are of the whole vocabulary."""
        weighed = logits[allowed]
        if self._matcher is not None:
            fill_next_token_bitmask(self._matcher, self._mask)
            inside = np.unpackbits(self._mask.view(np.uint8), bitorder="little")[allowed]
            weighed = weighed - RELUCTANCE * (1 - inside.astype(np.float32))
        return int(allowed[weighed.argmax()])

    def follow(self, tokens: list[int]) -> None:
        """Advances by decoded tokens; the first one outside the narrower grammar ends the bias."""
        if self._matcher is not None and self._matcher.try_consume_tokens(tokens) != len(tokens):
            self._matcher = None
