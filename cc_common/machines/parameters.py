"""The models' parameters. Chosen on the simulator's seeds 11 and 12 and never on a seed that is scored."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

TUNED_ON: Final = (11, 12)

HISTORY: Final = timedelta(days=84)  # looked at; less is taken as it is
SHORTEST_DAYS: Final = 7.0  # of readings: below it there is no model
HALF_LIFE_DAYS: Final = 14.0  # what is so much older counts half
HELD_OUT_DAYS: Final = 7  # the newest stretch, or a quarter of a shorter history: never learned from, judged on
FEWEST_HOURS: Final = 96  # learned from, of a metric while the machine runs
STANDBY: Final = 0.2  # share of hours a type's machines run: below it they are judged at rest
COOLING_HOURS: Final = 4  # after it ran a machine is warm, and not judged at rest
STILL: Final = 1e-6  # of its size: what moves less has not moved

LEVEL: Final = 0.9  # of a healthy machine's hours the band is to hold
NOT_WORSE: Final = 1.01  # times the error of the version before it, or of the hour of day's mean

DRIFT_HOURS: Final = 6  # whose median says where a metric is
DRIFT_KNOWN: Final = 4  # of them must have been read while the machine ran
DRIFT_SIGMAS: Final = 4.0  # least that this median must lie off
DRIFT_SHARE: Final = 0.01  # of what it usually is, and half of how much it moves: less than the lesser is no matter
MARGIN: Final = 1.5  # times what healthy siblings, and the machine on its usual days, were seen to reach
COMMON: Final = 3  # machines of a type, and
COMMON_SHARE: Final = 0.15  # of those that run: what so many show at once is the weather or the plant
COMPANION: Final = 0.5  # of its limit: so far off, another metric goes along
STEP_SIGMAS: Final = 5.0  # so high is a step that is taken for a sensor on another level,
STEP_LEFT: Final = 0.3  # when it leaves at most so much of the squares that nothing else explains
STEP_DAYS: Final = 7  # the new level must have held, up to STEP_FRESH days ago: no fault lasts so long without growing
STEP_FRESH: Final = 2
STEP_METRICS: Final = 2  # that move at once, at most: what moves more of them is no sensor
KEPT: Final = 14  # versions of a machine
