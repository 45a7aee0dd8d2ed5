"""Ways to ask what is unusual, what is alarming, and what is to come."""

from __future__ import annotations

from typing import Final

_ODD: Final = "(unusual|strange|odd|abnormal|weird|suspicious|out of the ordinary|off|funny)"

ANOMALIES_MACHINE: Final = (
    "(any|are there any|were there any|find|show|show me|list|detect|look for|check for) (anomalies|outliers|irregularities|abnormalities|deviations) (on|in|at|for|with|from) {e} [{t}]",
    "{e} (anomalies|anomaly check|outliers|abnormalities|irregularities|deviations) [{t}]",
    "anomalies {e} [{t}]",
    f"(anything|something|is anything|was anything|is there anything) {_ODD} (on|with|about|in|at) {{e}} [{{t}}]",
    f"did {{e}} (do|show|have) anything {_ODD} [{{t}}]",
    f"(is|was|has) {{e}} (behaving|acting|behaved|been|running) {_ODD} [{{t}}]",
    "(when|how often) did {e} (deviate|behave abnormally|misbehave|act up|go off its normal) [{t}]",
    "has {e} (misbehaved|acted up|drifted from normal|deviated|played up) [{t}]",
    "(does|did) {e} (look|run) (normal|as it should|as usual) [{t}]",
    f"{{e}}, anything {_ODD} [{{t}}]",
    "(spot|flag|point out) what is not normal (on|with|in) {e} [{t}]",
    "what (is|was) (abnormal|not normal|unusual|out of line) (on|with|in|at) {e} [{t}]",
)
ANOMALIES_METRIC: Final = (
    "(any|are there any|find|show|show me|detect|list) (anomalies|outliers|spikes|abnormal values|irregularities|deviations) in [the] {m} (of|on|at|for) {e} [{t}]",
    "(any|were there) (spikes|outliers|anomalies|jumps) in {e} {m} [{t}]",
    "{e} {m} (anomalies|outliers|spikes|abnormal readings) [{t}]",
    "{m} (anomalies|outliers|spikes) (on|of|at) {e} [{t}]",
    f"(is|was) [the] {{m}} (of|on) {{e}} [doing anything] {_ODD} [{{t}}]",
    f"(anything|something) {_ODD} (with|about|in) [the] {{m}} (of|on|at) {{e}} [{{t}}]",
    "(did|has) {e} {m} (deviate|deviated|spike|spiked|stray from normal) [{t}]",
    "(when|where) did [the] {m} (of|on) {e} (spike|jump|go abnormal|leave its normal range) [{t}]",
)
ANOMALIES_TYPE: Final = (
    "(any|are there any|show|find|list) (anomalies|outliers|abnormalities|irregularities) (on|in|across|among|at) [all] [the|our] {p} [{t}]",
    "{p} (anomalies|with anomalies|abnormalities|outliers) [{t}]",
    "(which|what) {p} (are|were) (abnormal|behaving abnormally|acting up|misbehaving|deviating|out of line) [{t}]",
    "which {k} (is|was) (behaving abnormally|acting up|misbehaving|abnormal|not normal) [{t}]",
    f"(is|was) anything {_ODD} (with|on|among) [any of] the {{p}} [{{t}}]",
    "(did|have) any [of the] {p} (deviate|deviated|misbehave|misbehaved|acted up) [{t}]",
    "{k} anomalies [{t}]",
)
ANOMALIES_PLANT: Final = (
    "(any|are there any|show|show me|list|find|what are the) (anomalies|outliers|abnormalities|irregularities) [in the plant|on site|anywhere|in the whole plant|everywhere] [{t}]",
    "(plant|site|facility) (anomalies|anomaly report|abnormalities) [{t}]",
    "anomalies [{t}]",
    f"(is|was|did) anything {_ODD} (happening|happen|going on|anywhere) [in the plant|on site] [{{t}}]",
    f"(anything|something) {_ODD} (anywhere|in the plant|on site|out there) [{{t}}]",
    "(which|what) (machines|equipment|units|assets) (are|is|were) (abnormal|behaving abnormally|acting up|misbehaving|out of line) [{t}]",
    "what (deviates|is deviating|deviated) from normal [in the plant] [{t}]",
    "(where|which machines) should i (look|worry) for something abnormal [{t}]",
)
_ALERTS: Final = "(alerts|alarms|alarm list|active alarms|open alerts|warnings|open alarms|active alerts)"
ALERTS_MACHINE: Final = (
    f"(any|are there any|show|show me|list|what are the|give me|get) {_ALERTS} (on|for|of|from|at) {{e}} [{{t}}]",
    f"{{e}} {_ALERTS} [{{t}}]",
    f"{_ALERTS} {{e}} [{{t}}]",
    f"{_ALERTS} (on|for|of) {{e}} [{{t}}]",
    "(is|was) {e} (in alarm|alarming|in alert|flagging anything|raising alarms) [now|right now|{t}]",
    "does {e} have [any] (alarms|alerts|warnings|active alarms) [now|right now]",
    "did {e} (alarm|raise an alarm|raise any alerts|trip an alarm) {t}",
    "(what|which) (alarms|alerts) (are|were) (raised|active|open|up|standing) (on|for|at) {e} [{t}]",
    "(how many|number of) (alarms|alerts) (does|did|has) {e} (have|raise|raised) [{t}]",
    "why is {e} (in alarm|alarming|beeping|red|flashing)",
    "(unacknowledged|critical|standing|outstanding) (alarms|alerts) (on|of|for) {e}",
)
ALERTS_TYPE: Final = (
    f"(any|are there any|show|list|what are the) {_ALERTS} (on|for|of|from|across) [all] [the|our] {{p}} [{{t}}]",
    f"{{p}} {_ALERTS} [{{t}}]",
    f"{{k}} {_ALERTS} [{{t}}]",
    "(which|what) {p} (are|is|were) (in alarm|alarming|in alert) [now|{t}]",
    "which {k} (is|was) (in alarm|alarming) [now|{t}]",
    "do [any of] the {p} have [any] (alarms|alerts|warnings)",
)
ALERTS_PLANT: Final = (
    f"(any|are there any|show|show me|list|what are the|give me|read me) [all] [the|our|my] {_ALERTS} [now|in the plant|on site|{{t}}]",
    f"{_ALERTS} [now|in the plant|{{t}}]",
    "(what|which machines|which equipment|who) (is|are) (in alarm|alarming|in alert) [now|right now]",
    "(what|which) (alarms|alerts) (are|were) (raised|active|open|up|standing|unacknowledged) [in the plant|on site|{t}]",
    "(how many|number of) (alarms|alerts|open alerts|active alarms) (are there|do we have|are open|are active|are up) [now|{t}]",
    "(unacknowledged|critical|standing|outstanding|latest|new|newest) (alarms|alerts) [in the plant|{t}]",
    "what needs (acknowledging|my attention|attention) [now|right now]",
    "(is|are) (anything|any machines) in alarm [now|right now]",
    "what went (off|into alarm) {t}",
    "alarm (status|summary|situation|overview|board) [of the plant]",
)
FORECAST: Final = (
    "(forecast|predict|project|estimate|extrapolate) [the] {m} (of|for|on|at) {e} [{f}]",
    "(forecast|predict|project) {e} {m} [{f}]",
    "{e} {m} (forecast|prediction|outlook|projection) [{f}]",
    "{m} (forecast|prediction|outlook|projection) (of|for|on) {e} [{f}]",
    "what will [the] {m} (of|on|for|at) {e} be [{f}]",
    "what will {e} {m} be [{f}]",
    "what will {e} {m} (look like|do|reach) {f}",
    "how will [the] {m} (of|on) {e} (develop|evolve|change|behave|move) [{f}]",
    "how (high|much|low) will [the] {m} (of|on|at) {e} (be|get|go) {f}",
    "(what|how much) {m} (should|can|do) we expect (from|on|at|of) {e} {f}",
    "expected {m} (of|for|on) {e} {f}",
    "{e} expected {m} {f}",
    "{e} {m} {f}",
    "{m} (of|on|for) {e} {f}",
    "where is {e} {m} (heading|going|headed) [{f}]",
    "how many {u} will {e} (use|draw|need|take|make|run at) {f}",
    "(can you|please) (forecast|predict) {e} {m} [{f}]",
    "(show|show me|give me|plot) [the] (forecast|prediction|outlook) (of|for) {e} {m} [{f}]",
)
FORECAST_LEVEL: Final = (
    "when will [the] {m} (of|on|at) {e} (reach|hit|exceed|cross|pass|go above|be above|drop to|fall to|go below) {v} [{u}]",
    "when (will|does) {e} {m} (reach|hit|exceed|cross|drop to|fall to|rise to) {v} [{u}]",
    "when will [the] {m} (of|on) {e} (reach|exceed|hit|cross) (its|the) limit",
    "how long until {e} {m} (reaches|hits|exceeds|crosses|drops to|falls to) {v} [{u}]",
    "how long (before|until|till) [the] {m} (of|on) {e} (reaches|hits|exceeds|crosses) (its|the alarm|the trip) limit",
    "will [the] {m} (of|on) {e} (reach|exceed|go above|drop below|fall below) {v} [{u}] [{f}]",
    "will {e} {m} (exceed|cross|hit|reach) (its|the) limit [{f}]",
    "(at this rate|at the current rate) when will {e} {m} (reach|hit|exceed|fall to) {v}",
)
FORECAST_EMPTY: Final = (
    "when will {e} (run out of fuel|run dry|be empty|run out of diesel) [at this rate]",
    "how long (until|before|till) {e} runs out [of fuel|of diesel]",
    "how many (hours|days) of fuel (does|has) {e} (have|got) left until it runs out",
    "when does {e} run out of fuel",
    "at this rate when will {e} run out [of fuel]",
)
AHEAD: Final = (
    "tomorrow", "next week", "over the next 24 hours", "in the next 24 hours", "for the next 24 hours", "over the next hour",
    "in the next 6 hours", "for the next 12 hours", "over the next 3 days", "for the next 7 days", "in the next 2 days",
    "over the next week", "next 24 hours", "next 48 hours", "over the coming day", "in the coming 12 hours", "next 4 hours",
    "over the next two hours", "for the coming week", "next day", "the next 3 hours", "tomorrow morning", "tomorrow afternoon",
)  # fmt: skip
