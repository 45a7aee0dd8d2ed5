"""Ways to ask: templates by intent. (a|b) chooses, [x] is optional, {slot} is filled by draw.py.

{m}: metric as operators say it; {e}: a machine; {es}: several; {t}: a window in words; {p}, {k}: a type's plural and
singular; {n}: a number; {u}: the unit as a word; {s}: a word for a statistic. Nothing here may appear in tests/questions:
those are phrased by hand, apart from this folder, and a test measures the overlap.
"""

from training.corpus.phrases.groups import (
    COMPARE,
    COMPARE_NOW,
    COMPARE_STATISTIC,
    LIST,
    RANK_ASC,
    RANK_BEST,
    RANK_DELTA,
    RANK_DESC,
    RANK_STATISTIC,
    RANK_WORST,
    SUMMARY_MACHINE,
    SUMMARY_PLANT,
    SUMMARY_TYPE,
)
from training.corpus.phrases.others import (
    ASK_CHART,
    ASK_GAUGE,
    ASK_TABLE,
    CONTROL,
    TAILS,
    TOPIC,
    WINDOWS,
    WORDS,
)
from training.corpus.phrases.readings import (
    LATEST,
    STATISTIC_WORDS,
    STATISTICS,
    STATISTICS_OF,
    TREND,
)

__all__ = [
    "ASK_CHART",
    "ASK_GAUGE",
    "ASK_TABLE",
    "COMPARE",
    "COMPARE_NOW",
    "COMPARE_STATISTIC",
    "CONTROL",
    "LATEST",
    "LIST",
    "RANK_ASC",
    "RANK_BEST",
    "RANK_DELTA",
    "RANK_DESC",
    "RANK_STATISTIC",
    "RANK_WORST",
    "STATISTICS",
    "STATISTICS_OF",
    "STATISTIC_WORDS",
    "SUMMARY_MACHINE",
    "SUMMARY_PLANT",
    "SUMMARY_TYPE",
    "TAILS",
    "TOPIC",
    "TREND",
    "WINDOWS",
    "WORDS",
]
