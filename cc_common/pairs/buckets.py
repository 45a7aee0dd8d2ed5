"""Which questions are held out from training: their words decide, so that one held out once is so in every night."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

BUCKETS: Final = 10


def bucket(prompt: Sequence[Mapping[str, str]]) -> int:
    """0 to BUCKETS - 1 by the question, the first line of the user's turn; case and blanks do not matter."""
    question = prompt[-1]["content"].partition("\n")[0]
    digest = hashlib.sha256(" ".join(question.casefold().split()).encode()).digest()
    return int.from_bytes(digest[:8], "big") % BUCKETS
