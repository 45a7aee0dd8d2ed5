"""One question while it is being read: its tokens, and which of them a name, a time or a metric has claimed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cc_common.catalog.resolution.tokens import Token
from cc_common.catalog.resolution.vocabulary import Vocabulary


@dataclass(kw_only=True)
class Question:
    """`words` are the tokens' words with typos corrected. `lengths` are the tokens of bare lengths ("5 min")."""

    text: str
    tokens: Sequence[Token]
    words: Sequence[str]
    vocabulary: Vocabulary
    taken: set[int] = field(default_factory=set)
    lengths: Mapping[int, int] = field(default_factory=dict)  # token -> position of its bare length among the windows
    names: set[int] = field(default_factory=set)  # tokens of machines and types
    refuted: set[int] = field(default_factory=set)  # bare lengths that turned out to be part of a name

    def free(self, at: int) -> bool:
        """Whether there is such a token and nothing has claimed it."""
        return 0 <= at < len(self.tokens) and at not in self.taken and at not in self.lengths

    def word(self, at: int) -> str:
        """The word there, or "" outside."""
        return self.words[at] if 0 <= at < len(self.words) else ""

    def gap(self, at: int) -> str:
        """What stands before the token, or "" outside."""
        return self.tokens[at].gap if 0 <= at < len(self.tokens) else ""

    def slice(self, start: int, end: int) -> str:
        """The text of tokens [start, end)."""
        return self.text[self.tokens[start].start : self.tokens[end - 1].end]

    def claim_name(self, start: int, end: int) -> None:
        """Tokens [start, end) name a machine or a type."""
        self.names.update(range(start, end))
        self.taken.update(range(start, end))

    def release_name(self, start: int, end: int) -> None:
        """Tokens [start, end) turned out to name no machine of their own."""
        self.names.difference_update(range(start, end))
        self.taken.difference_update(range(start, end))

    def settle_lengths(self) -> None:
        """After all names are read: claims the bare lengths, but for those that gave their number to a name."""
        self.taken |= {at for at, window in self.lengths.items() if window not in self.refuted}
        self.lengths = {}
