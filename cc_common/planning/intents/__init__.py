"""The intent registry: one entry for each kind of question, in the order of the grammar.

Answers, the corpus and the console read it; a new intent is defined in a module here and added to the list below.
See docs/howto/add-an-intent.md.
"""

from cc_common.planning.intents.findings import ALERTS, ANOMALIES, FORECAST, OUT_OF_SCOPE, REASONS
from cc_common.planning.intents.readings import COMPARE, LATEST, LIST, RANK, STATISTICS, SUMMARY, TREND
from cc_common.planning.intents.registry import INTENTS, Intent, IntentRegistry

for _intent in (
    LATEST, TREND, STATISTICS, COMPARE, RANK, ANOMALIES, ALERTS, FORECAST, SUMMARY, LIST, OUT_OF_SCOPE,
):  # fmt: skip
    INTENTS.register(_intent)

__all__ = ["INTENTS", "REASONS", "Intent", "IntentRegistry"]
