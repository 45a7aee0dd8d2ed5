"""The detector's parameters. Chosen on the simulator's seeds 11 to 14 and never on a seed that is scored.

None is a machine's or a metric's own: what is normal for each is learned from its readings (baseline.py).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

TUNED_ON: Final = (11, 12, 13, 14)

HISTORY: Final = timedelta(days=28)  # learned from: whole weeks, so that each weekday counts alike
MIN_HISTORY: Final = timedelta(days=5)  # with less there are only the rules
LEAD_HOURS: Final = 96  # read before a window: the trailing means below have settled by its start

GROUP: Final = 9  # neighbours at most whose common movement is taken as weather and custom
TRAILING_HOURS: Final = 72  # what moves slower than this is each machine's own, not common
AT_REST: Final = 0.02  # of the driver's usual level: below it a machine is off
MIN_READINGS: Final = 20  # an hour with less is not judged
FULL_HOUR: Final = 45  # readings: as good as a whole hour for counts and for "never moved"

MIN_SPREAD_SHARE: Final = (
    0.1  # sigmas: beyond it the first half of the rounds weigh a residual by its size, not its square
)
BISQUARE: Final = 6.0  # sigmas at which a reading counts nothing in the later ones
ROUNDS: Final = 8

SIGMAS: Final = 6.0  # least a single hour must deviate
SIGMAS_SMOOTHED: Final = 4.5  # least the smoothed deviation must
SIGMAS_SLOW: Final = 1.2  # least the slowly smoothed one must
SIGMAS_JOINT: Final = 7.0  # least T and Q, as roots, must
SMOOTHING: Final = 0.25  # weight of the newest hour
SLOW: Final = 0.06  # the same where a day and more is looked at, for what is small and lasts
CAP: Final = 20.0  # sigmas that one hour may add to the smoothed deviation
CAP_SLOW: Final = 4.0  # and to the slowly smoothed one: what is large is told without it
MARGIN: Final = 2.0  # times what healthy siblings, and the machine on its usual days, were seen to reach
MAX_SHARED: Final = 3.0  # times its limit, and a deviation is told though all neighbours share it
HEALTHY: Final = 0.8  # quantile of the siblings' greatest deviations: a fifth of them may have had a fault
UNUSUAL_DAYS: Final = 6  # a machine's worst days that are left out: no fault lasts longer
VARIANCE: Final = 0.8  # share the principal components keep

ALONE: Final = 2.0  # times its threshold: an hour so bad needs no second one beside it
BRIDGE_HOURS: Final = 12  # quiet hours that do not part one event into two
MAX_GAP_MINUTES: Final = 30  # silence up to this is no event
MAJORITY: Final = 0.5  # of its hours a metric must move, to be expected to
SHARED: Final = 0.25  # of the type: what so many show at once is rest at zero, or the weather standing still
NEVER: Final = 0.005  # share of hours that is as good as never
