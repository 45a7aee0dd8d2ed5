// How good a machine's readings are, metric by metric.
import { h } from "../base/dom.js";
import { sourceButton } from "../base/evidence.js";
import { plain, span } from "../base/format.js";

const MOST_SPANS = 3;

/** The table. */
export function drawQuality(found, machine) {
  const labels = new Map(machine.metrics.map((metric) => [metric.name, metric.label]));
  const heads = ["Metric", "Complete", "Gaps", "Stuck", "Past limits", ""];
  const head = h("thead", {}, h("tr", {}, heads.map((name, index) => h(name ? "th" : "td", { scope: name ? "col" : null, class: index === 1 || index === 4 ? "number" : null }, name))));
  const rows = found.metrics.map((metric) => row(metric, labels.get(metric.metric) ?? metric.metric));
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Data quality" }, h("table", {}, head, h("tbody", {}, rows)));
}

function row(metric, label) {
  return h("tr", {}, h("th", { scope: "row" }, label),
    h("td", { class: "number" }, `${plain(Math.floor(metric.completeness * 1000) / 10, 1)} %`),
    h("td", {}, spans(metric.gaps)), h("td", {}, spans(metric.stuck)),
    h("td", { class: "number" }, metric.below + metric.above || "–"),
    h("td", {}, metric.rows ? sourceButton(`the quality of ${label}`, metric.evidence) : null));
}

function spans(found) {
  if (!found.length) return "–";
  const shown = found.slice(0, MOST_SPANS).map(({ start, end }) => span(start, end));
  return found.length > MOST_SPANS ? `${shown.join("; ")}; ${found.length - MOST_SPANS} more` : shown.join("; ");
}
