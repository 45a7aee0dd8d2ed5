"""A night's pairs and unpaired ratings in trl's format, split by prompt; and the replayed questions."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any, Final

from cc_common.catalog.store import Catalog
from cc_common.core.errors import InvalidInput
from cc_common.feedback.pairs import Pair, PairSet, Unpaired, bucket
from training.corpus import NOW, examples
from training.tier2.packing import Row

HELD_OUT, ASIDE = 0, 1  # buckets: the gate's, never trained on; and the validation set for checkpoints
MIN_ASIDE: Final = 4
MAX_ASIDE: Final = 32
REPLAYED: Final = 512
REPLAY_SEED: Final = 20_260_301  # differs from the starter's and the gate's
Example = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class NightExamples:
    """Training, validation and gate examples; pairs and unpaired ones apart."""

    pairs: list[Example]
    pairs_aside: list[Example]
    thumbs: list[Example]
    thumbs_aside: list[Example]


def split(found: PairSet, *, forced: bool) -> NightExamples:
    """Splits the night's rows; InvalidInput when there is nothing to learn. `forced`: also score forced tokens."""
    if why := nothing_to_learn(found):
        raise InvalidInput(why)
    pairs, pairs_aside = _sides([_pair(p, forced) for p in found.pairs if p.chosen != p.rejected])
    thumbs, thumbs_aside = _sides([_thumb(u, forced) for u in found.unpaired])
    return NightExamples(pairs=pairs, pairs_aside=pairs_aside, thumbs=thumbs, thumbs_aside=thumbs_aside)


def _sides(rows: list[Example]) -> tuple[list[Example], list[Example]]:
    """Training and validation rows; no validation where it would be too small."""
    learned = [row for row in rows if bucket(row["prompt"]) > HELD_OUT]
    aside = [row for row in learned if bucket(row["prompt"]) == ASIDE]
    if len(aside) < MIN_ASIDE:
        return learned, []
    return [row for row in learned if bucket(row["prompt"]) != ASIDE], aside[:MAX_ASIDE]


def nothing_to_learn(found: PairSet) -> str:
    """Why these ratings contain nothing to learn; "" when they do."""
    if any(bucket(p.prompt) > HELD_OUT for p in found.pairs):
        return ""
    thumbs = {u.up for u in found.unpaired if bucket(u.prompt) > HELD_OUT}
    if not thumbs:
        return "The ratings of this window make no pairs and no examples to learn from."
    if len(thumbs) == 1:
        return (
            f"Every rating of this window says {'up' if thumbs == {True} else 'down'}: there is no preference in that."
        )
    return ""


def _pair(pair: Pair, forced: bool) -> Example:
    row = {"prompt": _messages(pair), "chosen": _said(pair.chosen), "rejected": _said(pair.rejected)}
    return row if forced else row | {"chosen_free": pair.chosen_free, "rejected_free": pair.rejected_free}


def _thumb(unpaired: Unpaired, forced: bool) -> Example:
    row = {"prompt": _messages(unpaired), "completion": _said(unpaired.completion), "label": unpaired.up}
    return row if forced else row | {"free": unpaired.free}


def _messages(row: Pair | Unpaired) -> list[dict[str, str]]:
    return [dict(message) for message in row.prompt]


def _said(line: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": line}]


def replay_rows(catalog: Catalog, tokenizer: Any, count: int = REPLAYED) -> list[Row]:
    """Questions of the corpus with the heads of their lines, replayed against forgetting.

    Widgets after the colon are left out: they are operators' preferences, which the corpus must not influence.
    """
    drawn = itertools.islice(examples(catalog, REPLAY_SEED, NOW), count)
    return [_replay_row(messages, line, tokenizer) for messages, line in drawn]


def _replay_row(messages: list[dict[str, str]], line: str, tokenizer: Any) -> Row:
    prompt = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=False)
    whole = tokenizer.apply_chat_template([*messages, *_said(line)], return_dict=False)
    said = whole[len(prompt) :]
    said = said[: said.index(tokenizer.eos_token_id) + 1]
    texts = tokenizer.batch_decode([[t] for t in said])
    colon = next((i for i, text in enumerate(texts) if ":" in text), len(said) - 1)
    return Row(prompt, (said[: colon + 1],), ([True] * (colon + 1),))
