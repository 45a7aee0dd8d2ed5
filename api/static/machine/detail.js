// One metric in full: its curve over a chosen window with anomalies marked, its statistics, and what is to come.
import { get } from "../base/api.js";
import { chart } from "../base/chart.js";
import { fill, h, skeleton, told } from "../base/dom.js";
import { figure, sourceButton } from "../base/evidence.js";
import { capital, counted, iso, span, STATISTICS, stepWords, zoneWords } from "../base/format.js";
import { metricOf } from "../base/plant.js";
import { forecast } from "../widgets/curves.js";

const HOUR_MS = 3_600_000;
const WINDOWS = { "1 hour": 1, "24 hours": 24, "7 days": 168, "30 days": 720 };
const HORIZONS = { "6 hours": "PT6H", "24 hours": "PT24H", "7 days": "P7D" };

/** Opens the metric in `holder`. */
export function showDetail(holder, machine, metric, end, chosen = "24 hours") {
  const body = h("div", {}, skeleton(6));
  const ahead = h("div", { class: "ahead" });
  const chips = Object.keys(WINDOWS).map((name) => h("button", { type: "button", class: "chip", "aria-pressed": String(name === chosen), onclick: () => showDetail(holder, machine, metric, end, name) }, name));
  const heading = h("h2", { id: "detail-title", tabindex: "-1" }, `${machine.name}: ${metric.label}`);
  fill(holder, heading, h("div", { class: "chips" }, chips), body, forecastChips(machine, metric, ahead), ahead);
  if (holder.hidden) { holder.hidden = false; heading.focus(); holder.scrollIntoView({ block: "nearest" }); }
  load(body, machine, metric, end - WINDOWS[chosen] * HOUR_MS, end);
}

async function load(body, machine, metric, from, to) {
  const path = `/equipment/${encodeURIComponent(machine.id)}`;
  const asked = { metric: metric.name, start: iso(from), end: iso(to) };
  try {
    const [series, figures, anomalies] = await Promise.all([
      get(`${path}/series`, asked), get(`${path}/statistics`, asked), get(`${path}/anomalies`, asked),
    ]);
    fill(body, curve(machine, metric, series, anomalies.items), statistics(figures));
  } catch (problem) {
    fill(body, told(problem.message, () => load(body, machine, metric, from, to)));
  }
}

function curve(machine, metric, series, spans) {
  const points = series.points.map((point) => [point.start, point.value]);
  if (!points.some(([, value]) => value !== null)) return told("There are no readings in this window.");
  const name = `${metric.label} of ${machine.name}`;
  const drawn = { label: metric.label, unit: series.unit, decimals: metricOf(machine.id, metric.name)?.decimals, points };
  return h("div", {},
    chart([drawn], {
      label: `${name}, ${span(series.start, series.end)}`, spans, level: metric.high,
      caption: `${capital(STATISTICS[series.aggregation])} ${stepWords(series.step)}, times in ${zoneWords()}; ${counted(spans.length, "anomaly", "anomalies")} marked`,
    }),
    h("p", { class: "sources" }, sourceButton(`the curve ${name}`, series.evidence), h("span", { class: "quiet" }, counted(series.evidence.rows, "reading"))));
}

function statistics({ values, evidence }) {
  const items = values.map((value, index) => h("div", {}, h("dt", {}, STATISTICS[value.statistic]),
    h("dd", {}, figure(value.value, value.unit, evidence.find((each) => each.value_index === index)))));
  return h("div", { class: "statistics" }, h("dl", {}, items));
}

function forecastChips(machine, metric, ahead) {
  const chips = Object.entries(HORIZONS).map(([name, horizon]) => {
    const chip = h("button", { type: "button", class: "chip" }, name);
    chip.addEventListener("click", () => showForecast(ahead, machine, metric, horizon, chip));
    return chip;
  });
  return h("div", { class: "chips forecast-chips" }, h("span", {}, "Forecast the next"), chips);
}

async function showForecast(ahead, machine, metric, horizon, chip) {
  fill(ahead, skeleton(5));
  chip.disabled = true;
  const path = `/equipment/${encodeURIComponent(machine.id)}`;
  try {
    const [found, before] = await Promise.all([
      get(`${path}/forecast`, { metric: metric.name, horizon }), get(`${path}/series`, { metric: metric.name }),
    ]);
    const history = { points: before.points.map((point) => [point.start, point.value]) };
    const points = found.points.map((point) => [point.start, point.value, point.low, point.high]);
    const data = { ...found, points, history, name: machine.name, label: metric.label, source: found.evidence };
    fill(ahead, forecast({ data, title: `${machine.name}: ${metric.label}` }));
  } catch (problem) {
    fill(ahead, told(problem.message));
  }
  chip.disabled = false;
}
