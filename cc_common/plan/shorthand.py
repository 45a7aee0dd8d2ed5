"""How people write on a phone or in a hurry, spelled out: "tmrw", "hw mny", "b4", "the 5 last days"."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

# Each is short for one word only; "min" and "sec" are not. What is short for a machine or a metric is in the catalogue.
_WORDS: Final = {
    "hr": "hour", "hrs": "hours", "wk": "week", "wks": "weeks", "mth": "month", "mths": "months", "mnth": "month",
    "tmrw": "tomorrow", "tmw": "tomorrow", "tmrrw": "tomorrow", "tmr": "tomorrow", "tomo": "tomorrow",
    "2mrw": "tomorrow", "2moro": "tomorrow", "yday": "yesterday", "yest": "yesterday", "ystdy": "yesterday",
    "2day": "today", "tdy": "today", "2nite": "tonight", "nxt": "next", "lst": "last", "prev": "previous",
    "mny": "many", "mch": "much", "hw": "how", "wht": "what", "wats": "what is", "wots": "what is", "whats": "what is",
    "whatll": "what will", "wen": "when", "whn": "when", "whr": "where", "wich": "which", "whch": "which",
    "abt": "about", "btwn": "between", "b4": "before", "til": "until", "thru": "through", "w/o": "without",
    "w/": "with", "opn": "open", "cls": "close", "shw": "show", "gimme": "give me", "lemme": "let me", "gv": "give",
    "gotta": "have to", "wanna": "want to", "gonna": "going to", "ppl": "people", "cud": "could", "shud": "should",
    "insted": "instead", "intead": "instead", "pls": "please", "plz": "please", "plse": "please", "thx": "thanks",
    "tks": "thanks", "curr": "current", "avrg": "average", "rtn": "return", "wek": "week",
    "sply": "supply", "evry": "every", "rdg": "reading", "rdgs": "readings",
}  # fmt: skip
_SHORT: Final = re.compile(
    rf"(?<![\w/#-])(?:{'|'.join(re.escape(word) for word in sorted(_WORDS, key=len, reverse=True))})"
    r"(?![\w-])(?=(?P<tag>[ #]\d)?)",
    re.I,
)
_TURNED: Final = re.compile(
    r"\bthe (\d{1,4}|[a-z]+) (last|past|previous|next|coming) (minutes|mins|hours|days|weeks|months)\b", re.I
)
_COUNTED: Final = re.compile(r"\d+|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty", re.I)
_BESIDES: Final = re.compile(r"\bas well as\b|\b(?:with|to|against|and|than) that of(?= (?:number )?\d)", re.I)
_HESITATING: Final = re.compile(
    r"(?<![\w-])(?:[Ee]h+|[Uu]h+|[Uu]m+|[Ee]r+m?|[Ee]hm|[Hh]mm+)\b(?![-#\s]*\d)[\s,.\u2026]*"
)


def spelled_out(question: str, is_name: Callable[[str], bool]) -> str:
    """The question in whole words; most stay as they are, and so do words of the plant's own and tags ("HR 3")."""

    def whole(found: re.Match[str]) -> str:
        short = found.group()
        return short if is_name(short) or (short.isupper() and found["tag"] is not None) else _WORDS[short.lower()]

    question = _SHORT.sub(whole, question)
    question = _HESITATING.sub("", question).strip() or question
    return _TURNED.sub(_in_order, _BESIDES.sub("and", question))


def _in_order(found: re.Match[str]) -> str:
    """ "The 5 last days" are the last 5 days."""
    count, which, unit = found.groups()
    return f"the {which} {count} {unit}" if _COUNTED.fullmatch(count) else found.group()
