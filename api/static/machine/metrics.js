// A card for each metric: the newest reading and the day before it.
import { get } from "../base/api.js";
import { chart } from "../base/chart.js";
import { fill, h, skeleton } from "../base/dom.js";
import { figure } from "../base/evidence.js";
import { capital, iso, moment, number } from "../base/format.js";
import { metricOf } from "../base/plant.js";

const DAY_MS = 86_400_000;

/** Draws the cards, or renews the readings of those that are there; `open(metric)` is called for one that is chosen. */
export function drawMetrics(holder, machine, values, evidence, end, open) {
  const cards = machine.metrics.map((metric) => {
    const index = values.findIndex((value) => value.metric === metric.name);
    return card(machine, metric, values[index], evidence.find((each) => each.value_index === index), end, open);
  });
  const before = [...holder.querySelectorAll(".metric .day")];
  fill(holder, cards);
  if (before.length === cards.length) keepCurves(holder, before);
  loadCurves(holder, machine, end);
}

/** Until the new curves are there, the old ones stay. */
function keepCurves(holder, before) {
  holder.querySelectorAll(".metric .day").forEach((day, index) => day.replaceWith(before[index]));
}

function card(machine, metric, value, source, end, open) {
  const past = value && ((metric.low !== null && value.value < metric.low) || (metric.high !== null && value.value > metric.high));
  const limits = [["low", metric.low], ["high", metric.high]].filter(([, limit]) => limit !== null);
  const said = limits.map(([name, limit]) => `${name} ${number(limit, machine.id, metric.name)}`).join(", ");
  return h("article", { class: past ? "card metric past" : "card metric", data: { metric: metric.name } },
    h("h2", {}, capital(metric.label)),
    h("p", { class: "newest" }, value ? figure(value.value, value.unit, source) : "–", past ? h("span", { class: "tag critical" }, "past its limit") : null),
    h("div", { class: "day" }, skeleton(2)),
    h("div", { class: "metric-foot" }, h("span", { class: "quiet" }, value ? moment(value.at) : "no reading", said ? ` · ${said}` : ""),
      h("button", { type: "button", class: "ghost", "aria-label": `More of ${metric.label}`, onclick: () => open(metric) }, "More")));
}

async function loadCurves(holder, machine, end) {
  await Promise.all(machine.metrics.map(async (metric) => {
    const asked = { metric: metric.name, start: iso(end - DAY_MS), end: iso(end), step: "PT15M" };
    const day = holder.querySelector(`[data-metric="${CSS.escape(metric.name)}"] .day`);
    try {
      const found = await get(`/equipment/${encodeURIComponent(machine.id)}/series`, asked);
      fill(day, curve(machine, metric, found));
    } catch (problem) {
      fill(day, h("p", { class: "state" }, problem.message));
    }
  }));
}

function curve(machine, metric, found) {
  const points = found.points.map((point) => [point.start, point.value]);
  if (!points.some(([, value]) => value !== null)) return h("p", { class: "state" }, "No readings in these 24 hours.");
  const decimals = metricOf(machine.id, metric.name)?.decimals;
  return chart([{ label: metric.label, unit: metric.unit, decimals, points }], { label: `${metric.label} over 24 hours`, height: 5.5, small: true });
}
