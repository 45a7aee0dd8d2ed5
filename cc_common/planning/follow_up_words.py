"""Words that mark a question as a follow-up to the previous one."""

from __future__ import annotations

import re
from typing import Final

from cc_common.understanding.english_words import word_set

GREETING: Final = (
    r"^\W*(?:(?:ok(?:ay)?|so|hi|hey|hello|um|operator here|quick question|can you|right|thanks|thank you|good|great"
    r"|fine|hm+|ah|oh|please|pls|interesting|i see|roger"
    r"|copy(?: that)?|noted|alright|all right|cool|nice|yes|yeah|yep|cheers|got it)"
    r"\b\W*)*"
)
CUE: Final = re.compile(
    rf"{GREETING}(?:and|adn|n|also|same|ditto|again|now|then|but|or|instead|w(?:ha|a|ah)t about|how about|what of"
    r"|likewise|next|not (?:now|that one)|(?:no|nope|sorry|sory|oops|wrong(?: one)?)\b\W*[,.!]\W*"
    r"|(?:no\W+)+(?!\w+ (?:on|at|of|for|in)\b)"
    r"|i (?:mean|meant|asked for|said|asked)|let(?:'?s| us) see"
    r"|(?:switch|change|go|over|zoom)(?: (?:it|that|out|in|back|the (?:time|window)))? to)\b",
    re.I,
)
ADDING: Final = re.compile(
    rf"{GREETING}(?:(?:and|how(?:'s|\u2019s|s| is| does| do| was| are| were)? (?:it|that|this|they|those))\s+)*"
    r"(?:compared?|vs\.?|versus|against|next to|side by side|put|add|with|stack|match|weigh|throw in|bring in|include"
    r"|(?:do|make|run|show) (?:a|the) comparison)\b"
    r"(?:\s+(?:it|that|this|them))?(?:\s+(?:with|to|against|vs\.?|versus|next|beside))*\s",
    re.I,
)
POINTING: Final = re.compile(
    r"\b(?:it|its|it's|same|(?:that|this) (?:one|machine|unit|thing|guy|reading|value|figure)|them|they|their|those"
    r"|she|he|her|him|these ones|the one|make that|how (?:that|this)"
    r"|(?:is|was|has|did|does|will|would|should|could|can) that|which ones?)\b"
    r"|(?:plot|graph|chart|trend|draw|forecast|predict|project|see|show|check|of|than|have) (?:me )?(?:this|that)\b"
    r"|(?:in|on|with|about|for|at) (?:this|that)\W*$"
    r"|(?<!are )(?<!is )(?<!were )\bthere\b(?! (?:is|are|any|were))",
    re.I,
)
MEANT: Final = re.compile(r"\b(?:same|(?:i|we) (?:mean|meant|wanted))\b", re.I)  # beside a machine alone
ALSO: Final = re.compile(r"\b(?:as well|too|also|instead|then)\W*$", re.I)
ALERTS: Final = re.compile(r"\b(?:alert|alarm)", re.I)
# A metric without a machine refers to the previous machine, unless the question is about the whole plant.
WHOLE: Final = re.compile(
    r"\b(?:plant|site|building|facility|campus|everything|overall|whole|all|total|entire|anything)\b", re.I
)
MACHINE_ALONE: Final = re.compile(
    r"^\W*(?:what(?:'s| is|s)\s+)?[\w#.-]+(?:\s+[\w#.-]+){0,2}(?:['\u2019]s)?"
    r"(?:\s+(?:at|doing|showing|on)(?:\s+(?:right\s+)?now)?)?\W*\?\W*$",
    re.I,
)
COMPARED: Final = re.compile(r"\b(?:it|that|this|they)\b.*\b(?:than|compare[ds]?|against|versus|vs)\b", re.I)
NOW: Final = re.compile(r"\b(?:now|currently|at the moment|rn|live|present)\b", re.I)
# "Now the steam flow" is a follow-up, "now please" asks for the present.
ON_WITH_IT: Final = re.compile(rf"{GREETING}(?:and\W+)?now\W+(?!(?:please|pls|then|thanks|and|or)\b)(?=\w)", re.I)
# Numbers of machines and nothing else, in the place of those before ("what about 4 and 5") or beside them ("compare it
# with 4").
_NUMBERS: Final = r"(?:number\W+)?(?P<numbers>\d{1,3}(?:(?:\s*,\s*|\s+)(?:and\s+)?\d{1,3})*)(?:['\u2019]?s)?\b"
_AT_LAST: Final = r"(?:,? (?:as well|too|also|instead|please|pls))*\W*$"
NUMBERS_ALONE: Final = re.compile(
    rf"{GREETING}(?:(?:and|what about|how about|(?:the )?same (?:thing )?for|now|then|try|do|just|only|show(?: me)?)"
    rf"\W+)+(?:for\W+)?{_NUMBERS}{_AT_LAST}",
    re.I,
)
NUMBERS_ADDED: Final = re.compile(
    rf"{GREETING}(?:(?:and|how|does|do|did|is|was|are|were|it|that|this|they|those)\W+)*"
    r"(?:(?:compared?|put|stack|weigh|match)(?: (?:it|that|this|them))?(?: up)? (?:with|to|against|next to|beside)"
    r"|vs\.?|versus|against|next to|side by side with|add|include|throw in|bring in"
    r"|\w+(?: \w+)? than(?=\W+(?:number\b|\d+['\u2019]s)))\W+"
    rf"{_NUMBERS}{_AT_LAST}",
    re.I,
)
NUMBER_ALONE: Final = re.compile(
    r"(?:^\W*|\b(?:on|of|for|at|about|and|against|vs|the|try|do|n)\W{1,2}|,\s*)"
    r"(\d{1,3})(?:['\u2019]?s)?\b(?: as well| too| also)?\s*\W*$",
    re.I,
)
HOURS_ALONE: Final = re.compile(rf"{GREETING}(?:and\W+)?(?:just|only)?\W*between\W+\d", re.I)
NUMBERED: Final = re.compile(r"\b(?:number|no)\W{1,2}(\d{1,3})\b", re.I)
SPOKEN_ALONE: Final = re.compile(
    rf"{GREETING}(?:(?:and|what about|how about|same for|now|then|try|do)\W+(?:(?:for|at|on|of|in)\W+)?(?:number\W+)?"
    r"|number\W+)"
    rf"(?P<number>[a-z]+(?:[ -][a-z]+)?)\W*$",
    re.I,
)
PAIR_ALONE: Final = re.compile(r"\b(\d{1,3})\s+(?:against|vs\.?|versus|or|and)\s+(\d{1,3})\b", re.I)
BY_THAT: Final = re.compile(r"\b(?:on|by|in|for|at) (?:that|this|it)\b\W*$", re.I)
# Alone, these ask for another chart, time or statistic of the previous question.
BARE: Final = word_set(
    """a as an the in on of for by per and please pls show me give it that this now right just only with what was is
    how about over during to from day days hour hours hourly daily weekly week month instead average avg mean max
    maximum min minimum peak highest lowest total sum statistics stats graph chart plot trend curve table gauge dial
    ones hi hey um ok so thanks thx asap again put real quick currently today yesterday tomorrow first last top bottom
    most least used use using made have let half restrict limit keep other way round around reverse flip possible
    ta over cheers naw nah nope bit shorter longer diagram picture fewest those these there interesting any
    forecast who which are one then value reading current typical usual can you i see let us switch change go
    zoom not meant so far tell lowest highest time check only how much many want wants need needs boss client customer
    manager open any get fetch sir bhai okay yes no sorry my mean figure number exact alone worst best do
    expect rather make report
    one two three four five six seven eight nine ten twenty"""
)
BARE_LONG: Final = tuple(word for word in BARE if len(word) > 3)  # long enough to correct typing errors
# Fillers around a machine or type that is named alone.
AROUND: Final = word_set(
    """the our and or what whats s is at showing on now please pls then too ok okay roger right thanks so hm hmm number
    no nr unit sir for all just only n do try throw in limit it to give me show make let s see on of at one ones with
    rather"""
)
AROUND_TIMES: Final = AROUND | word_set("how about for over during in of same rather instead make was were did by")
MAX_RANKED: Final = 8  # words of "which has the highest bearing temperature?" after another ranking
MAX_ALONE_LENGTH: Final = 80  # characters of a question that only names a machine
MAX_BARE: Final = 3  # words of "vibration?" or "the oil temperature?"
