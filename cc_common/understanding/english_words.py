"""English function words and general nouns of questions; a plant's own words are in its catalogue."""

from __future__ import annotations

from typing import Final


def word_set(text: str) -> frozenset[str]:
    """Splits a text at blanks into a set of words."""
    return frozenset(text.split())


# Separators of a list of two numbers ("1 and 2", "1 vs 2"), and of a range ("1 to 3").
CONNECTORS: Final = word_set("and or with vs versus v against plus also than then n")
RANGES: Final = word_set("to through thru till until upto")
# Between the name of a type and its number: "chiller no. 3", "pump unit 4".
FILLERS: Final = word_set("no nr num number nos numbers unit units set id tag machine equipment named called the")
# Determiners of what a question asks about, one by one or as a whole.
QUANTIFIERS: Final = word_set("which what any every each all whichever")
COMPARING: Final = word_set(
    "compare compared comparing comparison vs versus against difference differ better worse relative"
)
# "Set the speed of pump 7 to 50": the number is a setpoint, no second machine.
SETTING: Final = word_set("set reset reduce decrease increase raise lower change adjust edit turn put move")
# A number after one of these is a count or a bound; after a superlative, too (see is_counting).
COUNTING: Final = word_set(
    "top bottom best worst first last any leading upper lower most least only limit biggest show list"
)

STOP: Final = word_set(
    """a about above across after again against all along also am among an and another any anything are around as at
    away back be because been before being below beneath beside between beyond both but by can cannot come comes
    coming could did do does doing done down during each either else ever every everything except few for from
    further gave get gets went getting give given gives go goes going gone got had has have having he hello
    hence her here hey hi his how high however i if in inside instead into is isn it its just kindly let like
    low made make makes many may me might mine more most much must my near need needs neither next no nor not
    now of off often ok okay on once one only onto or other others our out outside over own per please put quite
    rather really right s same say see seem seems shall she should since so some something soon still such t
    tell than thank thanks that the their them then there these they thing things this those though through thru
    till to together too toward towards under until unto up upon us use used uses using very via want was way we
    well were what whatever when where whether which while who whom whose why will with within without won would
    yes yet you your"""
)

# A number after these is a place or the bound of a value, no count.
PLACES: Final = word_set(
    """floor floors level levels phase phases shift shifts building buildings block blocks zone zones area areas
    section sections room rooms hall basement roof wing bay plant plants site sites line lines stage stages step
    steps page chapter part parts figure version v rev revision release option priority severity class grade week
    weeks day month year quarter unit machine equipment asset device tag number no slot bus node port channel"""
)
BOUNDS: Final = word_set(
    """above below over under beyond than exceed exceeds exceeded exceeding reach reaches reached reaching hit hits
    cross crosses crossed crossing pass passes passed passing touch touches touched
    touching equal equals between threshold setpoint target around
    about approximately roughly nearly"""
)

# Words before a number that name no machine: counts, bounds, places, documents, time, and verbs of requests.
_NUMBERED: Final = word_set(
    """past previous preceding prior gauge dial calculate solve plus minus multiply multiplied divided top bottom best
    worst first last highest lowest biggest smallest largest greatest least fewest maximum minimum max min avg
    average mean median sum total count counts rank ranked ranking order sort sorted limit threshold setpoint target
    exactly almost barely approx circa drop drops dropped fall falls fell rise rises rose jump jumps jumped draw
    draws drew pull pulls show shows showing list lists find finds fetch display report reports plot graph chart
    compare compares comparing select where pick choose return returns print bring check greater higher lower bigger
    smaller larger fewer less better worse older newer hotter colder warmer cooler running table item items index
    numbers nr num model options size type types kind category days months years hour hours hr hrs minute minutes
    mins second seconds sec quarter shift date time times am pm o clock percent percentage degree degrees celsius
    value values reading readings point points result results alarm alarms alert alerts event events anomaly
    anomalies fault faults issue issues problem problems case question answer worth group groups pair pairs set sets
    batch q h p x covid iso json csv pdf api http utf sha sql delete insert update truncate ignore repeat say says
    said think write code summary overview status alone apiece ones them ever since half double triple twice thrice
    quick new other another easy good bad try do limit throw
    hundred thousand give swap restrict keep
    percentile confidence score scale factor ratio yesterday today tomorrow monday tuesday wednesday thursday friday
    saturday sunday january february march april may june july august september october november december jan feb
    mar apr jun jul aug sep sept oct nov dec"""
)
# Words one letter away from a machine or a metric that are not typing errors of it.
_LOOKALIKES: Final = word_set(
    """list left life change changed changes changing chance charged currently factory floor flows powerful lower trend
    trends state stated status chilled boiled pumped lifted metered towed lists listed spend spent speak lead leads
    loud loan land fuels levels never lever pleasure measure treasure present pressing effect effects effective
    affect mother matter matters better letter latter later water waters walter filed filled fields failure failed
    generation generate generated generates compression elevation transform transformed plan plans place places
    energetic average averages come comes coming compare compared fire fired fine five file wire tire hire far fun fat
    van ran general generally"""
)
PERCENT: Final = "percent"
COMMON: Final = STOP | BOUNDS | _NUMBERED  # words that name no metric by themselves
ORDINARY: Final = STOP | PLACES | BOUNDS | _NUMBERED | _LOOKALIKES | CONNECTORS | RANGES | FILLERS | COMPARING
# "unit 3" is a machine only when the question names no other.
VAGUE_MACHINES: Final = word_set("unit machine equipment asset device tag")
# Words of metric names that do not identify the metric, and words for events, which are no metrics.
GENERIC: Final = word_set(
    """start starts stop current charge trip trips fault faults count counts level levels output input total active
    real actual usage use used consumption consumed consuming draw drawn drawing rate value reading readings average
    status percent percentage measured overall net gross data figure performance efficient running run state health"""
)
# Words that "current" modifies as an adjective.
AFTER_ADJECTIVE: Final = word_set(
    """reading readings value values status state level levels condition conditions situation figure figures data
    health alarm alarms alert alerts anomaly anomalies fault faults performance one"""
)
# Words that imply a quantity without its name.
IMPLIED: Final = {
    **dict.fromkeys(word_set("hot hotter hottest warm warmer warmest cold colder coldest cool coolest"), "temperature"),
    **dict.fromkeys(word_set("dirty dirtier dirtiest clogged cleanest choked blocked plugged"), "filter"),
    **dict.fromkeys(word_set("stuffy stuffier stuffiest stale stalest freshest"), "co"),
    **dict.fromkeys(word_set("humid damp damper dampest drier driest muggy muggiest"), "humidity"),
    **dict.fromkeys(word_set("empty emptier emptiest fuller fullest"), "level"),
    **dict.fromkeys(word_set("thirsty thirstier thirstiest"), "fuel"),
    **dict.fromkeys(word_set("busy busier busiest loaded overloaded hardest heaviest idlest"), "load"),
    **dict.fromkeys(word_set("hungry hungrier hungriest"), "power"),
    **dict.fromkeys(word_set("noisy noisier noisiest rough rougher roughest shakier shakiest"), "vibration"),
    **dict.fromkeys(word_set("smooth smoothly smoothest rattle rattles rattling"), "vibration"),
    **dict.fromkeys(word_set("faster fastest slower slowest"), "speed"),
    **dict.fromkeys(word_set("discharged drained charged"), "charge"),
    **dict.fromkeys(word_set("wasteful thriftiest"), "efficiency"),
}
# Words before "current" as a quantity: "peak current"; "current" alone may mean now.
MEASURED: Final = word_set("peak max maximum min minimum average avg mean highest lowest total phase line")

# Verbs that imply a quantity.
VERBS: Final = {
    **dict.fromkeys(word_set("pull pulls pulling pulled draws drew drawn"), "draw"),
    **dict.fromkeys(word_set("shake shakes shook shaken shaky"), "shaking"),
    **dict.fromkeys(word_set("consume consumes consumed consuming burn burns burned burnt burning"), "consumption"),
}


def is_counting(word: str) -> bool:
    """Tells whether a number after `word` is a count: "top 5", "highest three"."""
    return word in COUNTING or (word.endswith("est") and len(word) > 4)


def is_superlative(word: str) -> bool:
    """Tells whether a word is a superlative: "best", "highest", "top"."""
    return word in ("top", "worst") or (word.endswith("est") and len(word) > 3)


def singular(word: str) -> str:
    """Removes a plural ending; short words and abbreviations are unchanged."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def plural(word: str) -> str:
    """Adds a plural ending; a word that ends in s is unchanged."""
    if word.endswith("s"):
        return word
    return word[:-1] + "ies" if word.endswith("y") and word[-2:-1] not in "aeiou" else word + "s"
