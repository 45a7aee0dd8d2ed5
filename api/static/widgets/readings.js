// Widgets of single readings and of several side by side.
import { get } from "../base/api.js";
import { fill, h, told } from "../base/dom.js";
import { figure, traced } from "../base/evidence.js";
import { capital, iso, moment, number, plain, span, STATISTICS } from "../base/format.js";
import { metricOf, typeNamed } from "../base/plant.js";

const DAY_MS = 86_400_000;
const sourceOf = (item, answer) => answer.evidence.find((each) => each.value_index === item.value_index);
const valueOf = (item, answer) => answer.values[item.value_index] ?? {};
const shown = (item, answer, given = {}) =>
  figure(item.value, item.unit, sourceOf(item, answer), { statistic: item.statistic, ...given });

function when({ at, start, end }) {
  if (at) return `at ${moment(at)}`;
  return start ? span(start, end) : "";
}

/** One figure, large, and how it changed since the trend's beginning. */
export function kpi({ data }, answer) {
  const value = valueOf(data, answer);
  const change = h("p", { class: "change" });
  if (data.statistic === "last") tellChange(change, data, answer, value.at);
  const what = data.statistic === "last" ? "" : `${capital(STATISTICS[data.statistic])}, `;
  return h("div", { class: "kpi" }, shown(data, answer, { large: true }), change, h("p", { class: "quiet" }, what, when(value)));
}

async function tellChange(holder, data, answer, at) {
  if (metricOf(data.equipment, data.metric)?.kind !== "gauge") return;
  const { points = [], source } = trendOf(data, answer) ?? (at ? await dayBefore(data, at) : {});
  const first = points.find(([, value]) => value !== null);
  if (!first) return;
  const by = data.value - first[1];
  const note = `From ${number(first[1], data.equipment, data.metric)} ${data.unit}, the mean of the curve's first step, to ${number(data.value, data.equipment, data.metric)} ${data.unit}, the newest reading.`;
  const same = number(Math.abs(by), data.equipment, data.metric) === number(0, data.equipment, data.metric);
  const share = first[1] ? ` (${by > 0 ? "+" : "−"}${plain(Math.abs(by / first[1]) * 100, 0)} %)` : "";
  const words = same ? "unchanged" : `${by > 0 ? "▲" : "▼"} ${number(Math.abs(by), data.equipment, data.metric)} ${data.unit}${share}`;
  fill(holder, traced(words, `the change of ${words}`, source, note), ` since ${moment(first[0])}`);
}

function trendOf(data, answer) {
  const curves = answer.widgets.filter((widget) => widget.type === "trend").flatMap((widget) => widget.data.series);
  return curves.find((curve) => curve.equipment === data.equipment && curve.metric === data.metric);
}

async function dayBefore({ equipment, metric }, at) {
  const end = Date.parse(at) + 60_000;
  try {
    const found = await get(`/equipment/${equipment}/series`, { metric, start: iso(end - DAY_MS), end: iso(end) });
    return { points: found.points.map((point) => [point.start, point.value]), source: found.evidence };
  } catch {
    return {}; // the figure stands without its change
  }
}

/** One figure between its limits. */
export function gauge({ data, title }, answer) {
  const { low, high, value } = data;
  const edges = [low, high, value, 0].filter((edge) => edge !== null);
  const from = Math.min(...edges);
  const to = Math.max(...edges) + (Math.max(...edges) - from || 1) * 0.15;
  const place = (at) => `${Math.min(100, Math.max(0, ((at - from) / (to - from)) * 100))}%`;
  const past = (low !== null && value < low) || (high !== null && value > high);
  const note = "An alarm limit of the catalogue, no reading. This is the reading that is held against it:";
  const limit = (at, name) => {
    if (at === null) return null;
    const words = `${name} ${number(at, data.equipment, data.metric)}`;
    return h("span", { class: `limit ${name}`, style: { left: place(at) } }, h("span", {}, traced(words, `the limit “${words} ${data.unit}”`, sourceOf(data, answer), note)));
  };
  return h("div", { class: past ? "gauge past" : "gauge" },
    shown(data, answer, { large: true }),
    h("div", { class: "track", role: "meter", "aria-label": title, "aria-valuemin": from, "aria-valuemax": to, "aria-valuenow": value },
      h("span", { class: "normal", style: { left: place(low ?? from), right: `calc(100% - ${place(high ?? to)})` } }),
      h("span", { class: "needle", style: { left: place(value) } })),
    h("div", { class: "limits" }, limit(low, "low"), limit(high, "high")),
    h("p", { class: "quiet" }, low === null && high === null ? "No limits are set." : past ? "Past its limit." : "Within its limits."));
}

/** Several figures as bars; of a ranking numbered. */
function bars(data, answer, numbered) {
  const most = Math.max(...data.items.map((item) => Math.abs(item.value)), 0) || 1;
  const labels = new Set(data.items.map((item) => item.metric)).size > 1;
  const rows = data.items.map((item, index) =>
    h("li", {},
      h("span", { class: "bar-line" }, h("span", { class: "bar-name" }, machine(item), labels ? ` ${item.label}` : null), shown(item, answer, { note: numbered ? placeOf(item, index, answer) : null })),
      h("span", { class: "bar", "aria-hidden": "true" }, h("span", { style: { width: `${(Math.abs(item.value) / most) * 100}%` } }))));
  return h(numbered ? "ol" : "ul", { class: "bars" }, rows);
}

/** "Place 2 of 24 chillers by newest power consumption, the highest first." */
function placeOf(item, index, { plan }) {
  const type = typeNamed(plan?.equipment_type);
  const among = type ? ` of ${type.count} ${type.plural}` : "";
  return `Place ${index + 1}${among} by ${STATISTICS[item.statistic]} ${item.label}, the ${plan?.order === "asc" ? "lowest" : "highest"} first. Each is compared by rows of its own; these are this one's.`;
}

const machine = (item) => h("a", { href: `/plant/${encodeURIComponent(item.equipment)}` }, item.name);
export const comparison = ({ data }, answer) => [bars(data, answer, false), caption(data, answer)];
export const ranking = ({ data }, answer) => [bars(data, answer, true), caption(data, answer)];

function caption(data, answer) {
  const [first] = data.items;
  return first && h("p", { class: "quiet" }, `${capital(STATISTICS[first.statistic])} ${first.label}, ${when(valueOf(first, answer))}`);
}

/** The statistics of a window. */
export function statistics({ data }, answer) {
  const groups = Map.groupBy ? Map.groupBy(data.items, key) : grouped(data.items, key);
  return [...groups.values()].map((items) => h("div", { class: "statistics" },
    groups.size > 1 ? h("h4", {}, `${items[0].name}: ${items[0].label}`) : null,
    h("dl", {}, items.map((item) => h("div", {}, h("dt", {}, STATISTICS[item.statistic]), h("dd", {}, shown(item, answer)))))))
    .concat(h("p", { class: "quiet" }, span(data.start, data.end)));
}

const key = (item) => `${item.equipment} ${item.metric}`;

function grouped(items, by) {
  const groups = new Map();
  for (const item of items) groups.set(by(item), [...(groups.get(by(item)) ?? []), item]);
  return groups;
}

/** Every figure of the answer, row by row. */
export function table({ data, title }, answer) {
  if (!data.items.length) return told("There are no figures.");
  const body = data.items.map((item) => h("tr", {},
    h("th", { scope: "row" }, machine(item)), h("td", {}, item.label), h("td", {}, STATISTICS[item.statistic]),
    h("td", { class: "number" }, shown(item, answer)), h("td", {}, when(valueOf(item, answer)))));
  const heads = ["Machine", "Metric", "Statistic", "Value", "When"].map((name) => h("th", { scope: "col", class: name === "Value" ? "number" : null }, name));
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title }, h("table", {}, h("thead", {}, h("tr", {}, heads)), h("tbody", {}, body)));
}

/** Figures by machine. */
export function summary({ data }, answer) {
  const groups = grouped(data.items, (item) => item.equipment);
  return h("div", { class: "summary" }, [...groups.values()].map((items) => h("section", {},
    h("h4", {}, machine(items[0])),
    h("dl", {}, items.map((item) => h("div", {}, h("dt", {}, item.label), h("dd", {}, shown(item, answer))))))));
}
