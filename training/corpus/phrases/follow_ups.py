"""What operators say after an answer: another time, machine, metric, statistic or form of the same."""

from __future__ import annotations

from typing import Final

_AND: Final = "(and|and|what about|how about|ok and|also|now|then)"

OTHER_TIME: Final = (
    f"{_AND} {{t}}",
    "{t}",
    "(same|the same) (for|but|over) {t}",
    "(show|give) (it|that|me that|them) {t}",
    "{t} instead",
    "and how was it {t}",
)
OTHER_MACHINE: Final = (
    f"{_AND} {{e}}",
    "(same|the same|same thing|ditto|likewise) (for|on|of|with) {e}",
    "now {e}",
    "and (for|on|at) {e}",
    "what about {e} then",
    "{e} as well then, same",
    "again for {e}",
)
OTHER_METRIC: Final = (
    f"{_AND} [the|its|their] {{m}}",
    "(its|and its|and the) {m}",
    "{m}",
    "same for [its|the] {m}",
    "(show|give) me its {m} [instead]",
    "what is its {m}",
    "and {m} then",
)
OTHER_STATISTIC: Final = (
    f"{_AND} [the|its] {{s}}",
    "the {s}",
    "(what was|what is) the {s}",
    "and what was its {s}",
    "{s} instead",
    "(show|give) me the {s}",
)
AS_CURVE: Final = (
    "(plot|graph|chart|trend) (it|that|them)",
    "(show|give) me (the|a) (trend|curve|graph|chart) [of it|of that]",
    "as a (graph|chart|curve|trend)",
    "how did it (develop|change|move|go)",
    "(and|ok and) the (trend|curve|graph)",
)
AS_TABLE: Final = (
    "as a table",
    "(and|now) (in|as) a table",
    "(put|show|give) (it|that|them) (in|as) a table",
    "table instead",
)
RIGHT_NOW: Final = (
    "and (now|right now|currently|at the moment)",
    "(what is|what's) it now",
    "(and|what about) right now",
    "now",
    "and its current value",
)
WITH_ANOTHER: Final = (
    "(compare|compared) (with|to|it with|it to|that with|against) {e}",
    "(vs|versus|against) {e}",
    "(and|put it) (next to|against|versus) {e}",
    "(add|put) {e} (to it|beside it|next to it|too)",
    "how does (it|that) compare to {e}",
)
OTHER_END: Final = {
    "asc": (
        "and the (lowest|least|smallest|bottom ones)",
        "(what|how) about the (lowest|smallest|least)",
        "now the (bottom|lowest|smallest)",
        "and which (has|is) the (lowest|least|smallest)",
    ),
    "desc": (
        "and the (highest|most|biggest|top ones)",
        "(what|how) about the (highest|biggest|most)",
        "now the (top|highest|biggest)",
        "and which (has|is) the (highest|most|biggest)",
    ),
}
ANY_ALERTS: Final = (
    "(any|are there any) (alerts|alarms|warnings) (on it|for it|there)",
    "(and|what about) [its|the] (alerts|alarms)",
    "is it in alarm",
    "does it have [any] (alarms|alerts)",
)
ANYTHING_ODD: Final = (
    "(anything|something) (unusual|odd|strange|abnormal|off) (about it|with it|there)",
    "any anomalies (on it|there|in that)",
    "(and|what about) (its anomalies|anomalies)",
    "is (it|that) normal",
)
WHAT_COMES: Final = (
    "and (tomorrow|next week|over the next 24 hours|in the next 6 hours)",
    "what will it be (tomorrow|next week|over the next 12 hours|in the next 3 hours)",
    "(forecast|predict) it",
    "how will it (go on|develop|continue)",
    "(and|now) (the|its) (forecast|outlook|prediction)",
    "what about tomorrow",
)
