// Anomalies as a list; each tells what was seen, what was expected, and shows its rows.
import { h, told } from "./dom.js";
import { figure, traced } from "./evidence.js";
import { number, span } from "./format.js";

const KINDS = { deviation: "off its usual course", stuck: "stands still", gap: "no readings", out_of_range: "past its limit" };
const AT_ONCE = 5;
const EXPECTED = "No reading: what the detector learned from the machine's earlier days, for this hour and its other metrics (docs/explanation/detectors.md). These are the rows that differ from it:";

/** The list; the first few, the rest on demand. */
export function anomalyList(items, { named = true } = {}) {
  if (!items.length) return told("Nothing out of the ordinary.");
  const list = h("ul", { class: "anomalies" }, items.slice(0, AT_ONCE).map((each) => item(each, named)));
  const rest = items.slice(AT_ONCE);
  if (!rest.length) return list;
  const more = h("button", { type: "button" }, `Show ${rest.length} more`);
  more.addEventListener("click", () => { list.append(...rest.map((each) => item(each, named))); more.remove(); });
  return h("div", {}, list, more);
}

function item(anomaly, named) {
  const metric = anomaly.metrics[0];
  const labels = (anomaly.labels ?? anomaly.metrics).join(", ");
  return h("li", {},
    h("div", { class: "anomaly-head" },
      named ? h("a", { href: `/plant/${encodeURIComponent(anomaly.equipment)}` }, anomaly.name ?? anomaly.equipment) : null,
      h("strong", {}, labels), h("span", { class: "tag" }, KINDS[anomaly.kind] ?? anomaly.kind)),
    h("p", { class: "anomaly-text" }, measured(anomaly, metric), anomaly.cause ? `: ${anomaly.cause}.` : null),
    h("p", { class: "quiet" }, span(anomaly.start, anomaly.end), anomaly.score ? `, ${anomaly.score.toFixed(1)} sigmas` : null));
}

function measured(anomaly, metric) {
  const source = anomaly.source ?? anomaly.evidence;
  if (anomaly.value === null || anomaly.value === undefined) return "No value.";
  const shown = figure(anomaly.value, anomaly.unit, source);
  if (anomaly.expected === null || anomaly.expected === undefined) return shown;
  const words = `${number(anomaly.expected, anomaly.equipment, metric)} ${anomaly.unit}`;
  return [shown, ", expected ", traced(words, `the expected ${words}`, source, EXPECTED)];
}
