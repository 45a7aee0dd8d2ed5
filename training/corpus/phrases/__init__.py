"""Ways to ask: templates by intent. (a|b) chooses, [x] is optional, {slot} is filled by question_draft.py.

{m}: metric as operators say it; {e}: a machine; {es}: several; {t}: a window in words; {f}: one ahead; {p}, {k}: a type's
plural and singular; {n}: a number; {u}: the unit as a word; {s}: a word for a statistic; {a}: an adjective for one end of a
metric. Nothing here may appear in tests/questions: those are phrased by hand, apart from this folder, and a test measures
the overlap.
"""

from training.corpus.phrases import anomalies_alerts_forecasts, comparisons, follow_ups, ranking, readings, refusals

__all__ = ["anomalies_alerts_forecasts", "comparisons", "follow_ups", "ranking", "readings", "refusals"]
