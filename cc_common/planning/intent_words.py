"""Word lists and patterns of the intent rules."""

from __future__ import annotations

import re
from typing import Final

from cc_common.understanding import question

BEST: Final = re.compile(r"\b(?:best|healthiest|finest|most efficient|cleanest|fittest)\b", re.I)
WORST: Final = re.compile(
    r"\b(?:worst|poorest|least efficient|most inefficient|dirtiest|filthiest|unhealthiest|sickest|"
    r"most (?:worn|clogged|choked))\b",
    re.I,
)
HIGH: Final = re.compile(
    r"\b(?:highest|biggest|largest|greatest|hottest|warmest|strongest|fastest|longest|heaviest|top|"
    r"maximum|max|peak|descending|more\b(?=.*\bof all))\b",
    re.I,
)
LOW: Final = re.compile(
    r"\b(?:lowest|smallest|coldest|coolest|driest|slowest|shortest|bottom|minimum|min|fewest|weakest|least(?!\s+efficient)|ascending|"
    r"less\b(?=.*\bof all)|the less|most (?:small|low|down|little|empty))\b",
    re.I,
)
FIRST: Final = r"(?:high|hot|warm|big|large|most|great|top|strong|fast|full)\w*"
LAST: Final = r"(?:low|cold|cool|small|least|few|bottom|weak|slow|empt)\w*"
DOWN: Final = re.compile(rf"\b{FIRST} (?:\w+ )?(?:to|->|down to) (?:the )?{LAST}\b", re.I)
UP: Final = re.compile(rf"\b{LAST} (?:\w+ )?(?:to|->|up to) (?:the )?{FIRST}\b", re.I)
ON_TOP: Final = re.compile(
    r"\b(?:(?:at|on|to) (?:the )?top|first|up top)\b(?=\W*$|\W+(?:please|pls|of (?:the|my) list|then|now|and)\b)", re.I
)
ANY_ORDER: Final = re.compile(r"\b(?:\w+est|most|least|other|end|reverse\w*|opposite|last|first|down|up)\b", re.I)

DOING: Final = re.compile(
    r"\b(?:switch|turn|start|stop|re-?start|re-?set|trip|shut|kill|disable|enable|isolate|set|chang|rais|lower|"
    r"increas|reduc|decreas|adjust|open|clos|put|mak|let|run|slow|ramp|unload|"
    r"fir(?!e?\s*(?:pump|water|hydrant|main|tank|fighting))|bring|tak|delet|eras|"
    r"remov|drop|wip|clear|overwrit|edit|updat|ackn\w*|ack|silenc|cancel|dismiss|bypass|overrid|mut|inhibit|swap|send|"
    r"dispatch|fix|repair|boost|push|crank|throttl|transfer|purg|drain|test|modify|activat|deactivat|engag|releas|begin|"
    r"cut|crack|bump|dial|move|swing|schedul|tun|insert|truncat|writ|remot|forc|lock|unlock|exercis|call|"
    r"keep|hold|maintain|get .* (?:go|runn))(?:e|es|ed|ing|s|en|n)?\b",
    re.I,
)
# These also name metrics: they are commands only at the start of a clause.
DOING_FIRST: Final = re.compile(
    r"(?:^|[,.;:!?-]|\b(?:please|pls|to|and|then|you|must|now|go|just|let's))\s*"
    r"(?:power|speed|load|order|buy|book)\b(?!\s*[,?%]|\s+(?:of|on|at|in|percent|pct|level|kva|kw)\b)",
    re.I,
)
FUTURE: Final = re.compile(
    r"\b(?:will|won't|'ll|in wh\w+ time|forecast\w*|predict\w*|project\w*|expect\w*|outlook|tomorrow|coming|ahead|"
    r"upcoming|until|next(?!\W*$| in number| one| to)|till|before|how long|when|runs? (?:out|dry)|heading|headed|"
    r"estimat\w*|extrapolat\w*|future|anticipat\w*|prognos\w*|going to (?:be|reach|hit)|days? left|hours? left|"
    r"last(?:s)?(?: us)? (?:for )?at)\b",
    re.I,
)
FORESEEN: Final = re.compile(r"\b(?:forecast|predict(?:ed|ion)?|expected|projected|projection)\b", re.I)
AHEAD: Final = re.compile(r"\b(?:next|coming|tomorrow|ahead)\b", re.I)
WHEN_REACHED: Final = re.compile(
    r"^(?!.*\b(?:tell|alert|notify|warn|call|message|text|ping|inform|remind) (?:me|us)\b).*"
    r"\b(?:when\b(?!.*\b(?:did|was|were|had|has)\b)|how long (?:until|till|before)|in (?:which|what) time|"
    r"after how (?:much|long|many))\b",
    re.I,
)
LASTING: Final = re.compile(question.LASTING, re.I)
# Possible prompt injection: the model must read these questions, and refuse.
MEDDLING: Final = re.compile(
    r"[^\w\s.,;:!?'\u2019()\u2013\u2014-]|\b(?:ignor\w+|rules?|system|prompts?|instruct\w+|answer\w*|repl(?:y|ies)|say\w*|"
    r"translat\w+|pretend\w*|assistant|user|admin\w*|password|tokens?|obey|numbers?|model|you|your|"
    r"act as|jailbreak\w*|sudo|root|select|secrets?|developer|hidden|leak\w*|repeat|forget|disregard|overrid\w+|"
    r"talk like|mode|config\w*|above|text|sing|rm|drop)\b",
    re.I,
)
# Topics that readings do not answer, even beside a machine and a metric.
ANOTHER_TOPIC: Final = re.compile(
    r"\b(?:how (?:do|can|should|would) (?:i|we|you)|who|whom|recommend\w*|explain\w*|good|why|cost\w*|price\w*|pay|"
    r"buy\w*|calibrat\w+|servic\w+|replac\w+|advi[cs]e\w*|should|manual|guide|grid code|standards?|means?|meaning|"
    r"definition|define|difference between)\b",
    re.I,
)
ORDERING: Final = re.compile(
    r"^\W*(?:please\W+|pls\W+)?(?:order|buy|purchase|book)\b(?!.*\b(?:by|after|from|first|last)\b)", re.I
)
# "What needs maintenance", "which pumps are due for service soon": the summary lists due maintenance.
UPKEEP: Final = re.compile(
    r"\b(?:needs?|needing|requires?|requiring|(?:over)?due for|anything due for) (?:any |some |a |an )?"
    r"(?:maintenance|servic(?:e|ing)|upkeep|overhaul(?:ing)?)(?: (?:soon|next|first|now|most|done|work))*\W*$|"
    r"\b(?:what|which|any) (?:\w+ )?maintenance (?:is )?(?:due|needed)(?: (?:soon|next|first|now))*\W*$",
    re.I,
)
NOT_UPKEEP: Final = re.compile(
    r"\b(?:how|who|whom|whose|why|when|where|costs?|prices?|should|says?|means?|not|never|if|please (?:do|book)|"
    r"book|order|plan|schedule)\b|n['\u2019]?t\b",
    re.I,
)
LIMITS: Final = re.compile(r"\b(?:limits?|set ?points?|thresholds?|settings?|mean|means|meaning)\b", re.I)
AMOUNT: Final = re.compile(
    r"\b(?:used|usage|consumed|consumption|burn(?:ed|t)|how (?:much|many|often)|total|number of|counted|count|"
    r"altogether)\b",
    re.I,
)
FIGURE: Final = re.compile(
    r"\b(?:used?|usage|using|uses|consum\w+|burn(?:ed|t|s)?|total\w*|sum|number of|count\w*|altogether|overall|did|has|"
    r"have|had|was|were|got|been|average\w*|avg|mean|median|typical\w*|usual\w*|normal\w*|max\w*|min(?!utes?\b)\w*|"
    r"how (?:much|many|often|few|little|far|high|low|hot|cold|warm|cool|long)|peak\w*|high\w*|low\w*|top|bottom|"
    r"larg\w+|small\w+|bigg?\w*|great\w+|short\w+|long\w+|weak\w+|strong\w+|hott\w+|"
    r"cold\w+|warm\w+|cool(?!ing)\w+|most|least|few\w+|worst|best|record|extreme\w*|"
    r"range|spread|statistic\w*|stats?|deviation|variance)\b",
    re.I,
)
CURVE: Final = re.compile(
    r"\b(?:trend\w*|plot\w*|graph\w*|chart\w*|diagram|curve|profile|histor\w+|over time|develop\w*|evol\w*|chang\w*|"
    r"progress\w*|hourly|daily|per (?:hour|day)|by (?:the )?(?:hour|day)|each (?:hour|day)|every|draw|course|"
    r"moved?|line|time series|pattern|behav\w+|stable|steady|rising|falling|dropp\w+|fallen|risen|worse|going|"
    r"creeping|climb\w*|drift\w*|"
    r"minute by|hour by|day by|looke?d? like)\b",
    re.I,
)
PLOT: Final = re.compile(
    r"\b(?:plot(?:s|ted)?|graph(?:s|ed)?|chart(?:s|ed)?|curves?|trend(?:s|line)?|diagrams?|"
    r"draw (?:that|it|this|them|me))\b",
    re.I,
)
JOINED: Final = re.compile(r"\b(?:and|n|both|plus|with|also|as well|together|or|along)\b|[&+,/;]", re.I)
ORDERED: Final = re.compile(
    r"\b(?!(?:test|rest|request|latest|interest|west)\b)\w+est\b|\b(?:most|least|top|bottom|rank\w*|order\w*|sort\w*|"
    r"leagues?|lead\w*|max\w*|min(?!utes?\b)\w*|who|which|what|where|compar\w+|worst|poor\w*|weak\w*|strong\w*|by|first|"
    r"high|low|more|less|list|all|table)\b",
    re.I,
)
ALERT: Final = re.compile(
    r"\bal[ae]\w?r|\b(?:alms?\b|alr?ms?\b|alr?ts?\b|alram|warn|fault|trip|trouble|wrong|flash|horn|siren|beep)", re.I
)
ALARMS: Final = re.compile(r"\b(?:alerts?|alarms?|alarmed|warnings?|alms?|alr?ms|alr?ts)\b", re.I)
ODD: Final = re.compile(
    r"\b(?:anomal\w*|abnorm\w*|odd\w*|strange\w*|unusual\w*|weird\w*|normal\w*|deviat\w*|outlier\w*|irregular\w*|suspicious|"
    r"funny|behav\w+|off|wrong)\b",
    re.I,
)
MAYBE_ODD: Final = re.compile(
    r"\b(?:anom\w+|ordinary|suspicious\w*|freak\w*|unexpected\w*|jump\w*|spik\w+|erratic\w*|glitch\w*|act(?:ing|ed)|"
    r"misbehav\w*|pattern|fishy|peculiar\w*|problem\w*|issues?|amiss|surpris\w+|hiccups?)\b",
    re.I,
)
ALERT_LONG: Final = ("alarm", "alarms", "alert", "alerts", "warning", "warnings")
SAME: Final = re.compile(
    r"^\W*(?:\w+\W+){0,5}(?:same|ditto|likewise)\b"
    r"(?! (?:as|period|time|window|week|day|days|month|shift|hours?|date|span)\b)",
    re.I,
)
PEAKS: Final = re.compile(
    r"\b(?:hit|reach\w*|saw|seen|got(?! (?:the\b|least|most|\w+est\b))|"
    r"went|gone|peak\w*|spik\w*|record\w*|average\w*|avg|mean|typical\w*|usual\w*|"
    r"max\w*|min(?!utes?\b)\w*|ever|extreme\w*|topped)\b",
    re.I,
)
NOW: Final = re.compile(
    r"\b(?:now|currently|at (?:the|this) moment|at present|presently|this minute|rn|live|most recent(?:ly)?|newest|"
    r"latest|last (?:known|recorded|reading|value))\b",
    re.I,
)
# With or without a time these ask for a statistic of a period.
SURELY_FIGURE: Final = re.compile(
    r"\b(?:total\w*|sum|altogether|overall|extreme\w*|range|spread|statistic\w*|stats?|deviation|variance|ever|top|"
    r"peak\w*|record(?!ed)|typical\w*|usual\w*|normal\w*|mean|worst|best|least|"
    r"most(?! recent)|bottom)\b|\b(?!(?:latest|newest|test|rest|request|nearest)\b)\w{3,}est\b",
    re.I,
)
REPORT: Final = re.compile(
    r"\b(?:summ?[ae]r\w+|overview|report\w*|status|health\w*|condition|doing|going|run\w*|state of|rundown|brief\w*|"
    r"perform\w*|behav\w+|ok(?:ay)?|fine|happy|well)\b",
    re.I,
)

# "Peaks rather than averages": the statistic that the question excludes.
UNWANTED: Final = re.compile(r"\b(?:rather than|instead of|and not|not) (?:the |an? )?\w+", re.I)
TURNED: Final = re.compile(r"\b(?:other way|reverse\w*|opposite|flip\w*|upside)\b", re.I)
STATISTICS: Final[dict[str, re.Pattern[str]]] = {
    "max": re.compile(r"\b(?:max|maximum|maxima|peaked|peaks?)\b(?! (?:hours?|time|tariff|load))", re.I),
    "min": re.compile(r"\b(?:minimum|minima)\b", re.I),
    "avg": re.compile(r"\b(?:average[ds]?|avg|averaging)\b", re.I),
}
PEAKS_LONG: Final = ("average", "averaged", "maximum", "minimum")
FIGURE_LONG: Final = (
    *PEAKS_LONG, "highest", "lowest", "greatest", "largest", "smallest", "biggest", "total", "weakest", "worst",
)  # fmt: skip
STATISTICS_LONG: Final = {
    "max": ("maximum",),
    "min": ("minimum",),
    "avg": ("average", "averaged", "averages", "averaging"),
}
FUTURE_LONG: Final = ("forecast", "predict", "prediction", "projection", "expected", "tomorrow", "outlook")
REACHED: Final[dict[str, re.Pattern[str]]] = {  # "how warm did it get"
    "max": re.compile(
        r"\b(?:reach\w*|hit|saw|rose to|climbed to|compar\w+) (?:the |its |their |a )?highest\b|"
        r"\bhow (?:high|hot|warm|big|fast)\b.*\b(?:did|has|have|had)\b.*\b(?:get|go|got|gone|reach|climb|rise|been)\b",
        re.I,
    ),
    "min": re.compile(
        r"\b(?:reach\w*|hit|fell to|dropp\w+ to|saw|compar\w+) (?:the |its |their |a )?lowest\b|"
        r"\bhow (?:low|cold|cool|slow)\b.*\b(?:did|has|have|had)\b.*\b(?:get|go|got|gone|drop|fall|sink|been)\b",
        re.I,
    ),
}
