"""Commands and other topics, to be refused; windows in words; what people add to any question."""

from __future__ import annotations

from typing import Final

CONTROL: Final = (
    "(switch|turn|power) (off|on) {e}",
    "(switch|turn|power) {e} (off|on|down|up)",
    "(stop|start|restart|reset|trip|shut down|shut off|kill|disable|enable|isolate) {e} [now|please|immediately]",
    "(set|change|raise|lower|increase|reduce|decrease|adjust) [the] {m} (of|on|for) {e} to {v}",
    "(set|raise|lower|increase|reduce|adjust) {e} {m} (to {v}|a bit|by {v})",
    "(open|close) the (valve|damper|breaker|inlet|bypass) (of|on|for) {e}",
    "(can|could) you (stop|start|switch off|turn on|restart|shut down) {e} [please]",
    "put {e} (in|into) (standby|manual|auto|maintenance mode|local|remote)",
    "(make|let) {e} run (faster|slower|harder|at full load|at half load)",
    "(speed up|slow down|ramp up|ramp down|unload|load) {e}",
    "(run|fire up|bring online|take offline|take out of service|put in service) {e}",
    "(delete|erase|remove|drop|wipe|clear|overwrite) [the] (data|table|readings|history|records) (of|for) {e}",
    "drop table {id}",
    "(change|edit|update|set) the (setpoint|set point|limit|alarm limit|schedule) (of|on|for) {e} [to {v}]",
    "(shut|turn|switch) (down|off) [all] [the] {p}",
    "(start|stop) [all] [the] {p}",
    "(start|stop|run|restart|reset) {e} (now|at once|immediately|asap|right away)",
    "(could you|would you|will you|i want you to|you should|go ahead and|just) (start|stop|switch on|switch off|restart|reset|shut down) {e} [now|for me]",
    "(acknowledge|ack|accept|silence|clear|cancel|dismiss) (the|all|every) (alarm|alarms|alerts|alert|warnings) [on|of] {e}",
    "(acknowledge|ack|clear|silence|reset) everything (on|at) {e} [and (restart|start|stop) it]",
    "(acknowledge|clear|reset) {e} and (restart|start|stop|run) it",
    "(let|get) {e} (going|started|running) [again] [now]",
    "(take|bring) {e} (down|up|offline|online|out of service)",
    "(bypass|override|mute|inhibit|silence) (the alarm|the interlock|the limit|the protection) (on|of) {e}",
    "(change over|switch over|swap) (from {e1} to {e2}|to {e})",
)
TOPIC: Final = (
    "who won [the] (cricket|football|tennis|race|election|lottery) (last night|yesterday|today|last week)",
    "(is there|do we have) any (cake|coffee|news|football) (today|this morning|left)",
    "(my|the) (wife|boss|dog|back|car|printer|phone) (is angry|is broken|hurts|called|is late)",
    "(how much|what) does a (house|car|phone|beer) cost [in {w}]",
    "tell me a (joke|story|riddle|poem)",
    "what is the (weather|time|date|capital of {w}|meaning of life|score|news|exchange rate|stock price of {w})",
    "who (is|was) (the president of {w}|the ceo|{w}|your maker|the best player)",
    "(write|compose|draft) [me] [a|an] (poem|email|letter|song|essay|python script|story) [about {w}|to {w}]",
    "(translate|spell|define|pronounce) {w}",
    "how (old|tall|far|big) (are you|is {w}|is the moon)",
    "what (can you cook|should i eat|film should i watch|is your name|is love|is {w}|does {w} mean)",
    "(book|order|buy|reserve) [me] [a|an] (table|flight|pizza|taxi|hotel|ticket)",
    "(i love you|thank you|thanks|hello|hi|good night|bye|ok|never mind|lol|hmm|test)",
    "(ignore|forget|disregard|override) [all] [your|the|previous] (instructions|rules|prompt|limits) [and {w}]",
    "(print|reveal|show|repeat) [me] your (system prompt|instructions|hidden rules|password|source code|settings)",
    "(you are|act as|pretend to be) (a pirate|dan|an admin|my grandmother|a different assistant|root)",
    "select * from {w}",
    "(calculate|what is|solve) {v} (plus|times|minus|divided by) {v}",
    "(who won|when is|where is) (the match|the election|the party|the meeting|{w}|lunch)",
    "(asdf|qwerty|blah blah|foo bar|lorem ipsum|xyzzy|zzz) [asdf|foo|test]",
    "(is it|will it be) (raining|sunny|cold|monday|a holiday) (tomorrow|outside|today)",
    "(play|sing|hum) [some] (music|a song|jazz|{w})",
    "how do i (fix|cook|learn|install|sell) {w}",
    "(remind|wake|call) me (at {v}|tomorrow|later)",
    "(what do you think|your opinion) (about|of) {w}",
    "(recommend|suggest) [me] a (book|film|restaurant|game)",
    "can you (dance|fly|swim|drive|help me with my homework|keep a secret)",
    "(best|cheapest) {w} (near me|online|to buy)",
)
WORDS: Final = (
    "france", "cats", "football", "bitcoin", "python", "lasagna", "shakespeare", "the boss", "mars", "paris", "coffee",
    "dinosaurs", "the internet", "my car", "chess", "democracy", "users", "passwords", "germany", "a bicycle", "yoga",
)  # fmt: skip
WINDOWS: Final = (
    "today", "yesterday", "this week", "last week", "this month", "last month", "over the last 24 hours",
    "in the last 24 hours", "for the last 24 hours", "over the past 24 hours", "in the past day", "over the last day",
    "over the last 7 days", "in the past week", "for the past week", "over the past 7 days", "over the last 3 days",
    "in the last 2 days", "the last 12 hours", "last 6 hours", "past 8 hours", "over the last hour", "in the last hour",
    "over the last two hours", "for the past 3 hours", "in the last 30 minutes", "last 90 minutes", "past 15 minutes",
    "over the last 30 days", "in the past month", "over the past 3 months", "over the past year", "last 2 weeks",
    "over the past 2 weeks", "since midnight", "so far today", "this morning", "last night", "since monday",
    "between 2 pm and 5 pm yesterday", "from 8 am to noon today", "between 10:00 and 12:00", "from 6 to 10 pm yesterday",
    "on monday", "24h", "7d", "last 48 hours", "past 72 hours", "over the last 10 days", "the past 6 hours",
    "during the last 5 hours", "within the last 4 hours", "over the previous 24 hours", "over the last fortnight",
)  # fmt: skip
ASK_TABLE: Final = ("as a table", "in a table", "in table form", "tabulated", "as table")
ASK_GAUGE: Final = ("on a gauge", "as a gauge", "with a gauge", "as a dial", "on a dial")
ASK_CHART: Final = ("with a chart", "with a graph", "with a trend", "and plot it", "with its trend")
# What people add that changes nothing.
TAILS: Final = (
    ", my boss is asking", ", need it for the report", ", it is for the audit", " before i call the vendor", ", it feels hot",
    ", the fitter is up there", ", i am standing next to it", ", the customer complains", ", guys", ", sir", ", mate",
    " quick", " when you have a second", ", something smells", ", for the shift log", ", it sounds strange", " real quick",
)  # fmt: skip
