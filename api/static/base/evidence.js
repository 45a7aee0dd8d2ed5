// Where a number comes from: the rows behind it, and those rows themselves.
import { get } from "./api.js";
import { chart } from "./chart.js";
import { openDialog } from "./dialog.js";
import { fill, h, skeleton, told } from "./dom.js";
import { capital, counted, iso, moment, number, span, STATISTICS, stepWords, zoneWords } from "./format.js";
import { metricOf } from "./plant.js";

const MINUTE_MS = 60_000;
const STEPS = [["PT1M", 1], ["PT5M", 5], ["PT15M", 15], ["PT1H", 60], ["PT6H", 360], ["P1D", 1440]];
const MOST_POINTS = 4_900;
const ROWS_AT_ONCE = 100;

/** A number that opens its evidence. `source`: { table, column, statistic, start, end, rows }; `note` tells more of it. */
export function figure(value, unit, source, { statistic = source?.statistic, large = false, note = null } = {}) {
  const text = number(value, source?.table, source?.column, statistic);
  const shown = [text, unit && statistic !== "count" ? h("span", { class: "unit" }, ` ${unit}`) : null];
  const name = `${text} ${unit ?? ""}`.trim();
  if (!source) return h("span", { class: large ? "figure large" : "figure" }, shown);
  return h("button", {
    type: "button", class: large ? "figure large" : "figure", title: "Where does this come from?",
    "aria-label": `${name}: where does this come from?`, onclick: () => openEvidence(name, source, note),
  }, shown);
}

/** Words that open evidence: a difference, an expectation, a limit. */
export const traced = (words, title, source, note) =>
  h("button", { type: "button", class: "figure", title: "Where does this come from?", "aria-label": `${words}: where does this come from?`, onclick: () => openEvidence(title, source, note) }, words);

/** A small button that opens the evidence of a curve. */
export const sourceButton = (title, source, words = "Source") =>
  h("button", { type: "button", class: "ghost source", onclick: () => openEvidence(title, source) }, words);

/** Opens what is known of a figure's rows; `note` says what they do not. */
export function openEvidence(title, source, note = null) {
  const metric = metricOf(source.table, source.column);
  openDialog(`Where does ${title} come from?`, () => {
    const readings = h("div", { class: "readings" });
    if (source.start) show(readings, source, source.start, source.end);
    else fill(readings, told("This figure has no rows of its own."));
    return h("div", { class: "stack" }, note ? h("p", { class: "note" }, note) : null, facts(source, metric), h("h3", {}, "The readings"), readings);
  }, { wide: true });
}

function facts(source, metric) {
  const rows = [
    ["Table", h("code", {}, source.table)],
    ["Column", [h("code", {}, source.column), metric?.unit ? ` in ${metric.unit}` : null]],
    ["Statistic", saidOf(source)],
    ["Window", source.start ? [span(source.start, source.end), h("small", {}, ` ${zoneWords()}`)] : "–"],
    ["In UTC", source.start ? h("code", {}, `${source.start} ≤ ts < ${source.end}`) : "–"],
    ["Rows", counted(source.rows, "reading")],
  ];
  return h("dl", { class: "facts" }, rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

function saidOf({ statistic }) {
  if (statistic === "forecast") return "forecast from this history";
  return statistic === "delta" ? "use: last minus first" : `${STATISTICS[statistic] ?? statistic} (${statistic})`;
}

async function show(holder, source, start, end) {
  fill(holder, skeleton(4));
  const minutes = (Date.parse(end) - Date.parse(start)) / MINUTE_MS;
  const [step] = STEPS.find(([, width]) => minutes / width <= MOST_POINTS) ?? STEPS.at(-1);
  const exact = step === "PT1M";
  const asked = { metric: source.column, start, end, step, aggregation: exact ? "last" : null };
  try {
    const found = await get(`/equipment/${encodeURIComponent(source.table)}/series`, asked);
    draw(holder, source, found, exact, start, end);
  } catch (problem) {
    fill(holder, told(problem.message, () => show(holder, source, start, end)));
  }
}

function draw(holder, source, found, exact, start, end) {
  const metric = metricOf(source.table, source.column);
  const points = found.points.map((point) => [point.start, point.value]);
  const filled = found.points.filter((point) => point.value !== null);
  const curve = { label: metric?.label ?? source.column, unit: found.unit, decimals: metric?.decimals, points };
  const zoom = (from, to) => show(holder, source, iso(Math.floor(from / MINUTE_MS) * MINUTE_MS), iso(Math.ceil(to / MINUTE_MS) * MINUTE_MS));
  const whole = start === source.start && end === source.end;
  const how = exact ? "Every reading, as stored." : `${capital(stepWords(found.step))}: ${STATISTICS[found.aggregation]}. Drag over the curve for single readings.`;
  fill(holder,
    whole ? null : h("p", {}, h("button", { type: "button", onclick: () => show(holder, source, source.start, source.end) }, "The whole window")),
    filled.length > 1 ? chart([curve], { label: `${curve.label} over the window`, height: 12, onZoom: zoom, caption: how }) : h("p", { class: "hint" }, how),
    filled.length ? table(filled, found, source) : told("There are no readings in this window."));
}

function table(points, found, source) {
  const body = h("tbody");
  const more = h("button", { type: "button" });
  const add = () => {
    const next = points.slice(body.childElementCount, body.childElementCount + ROWS_AT_ONCE);
    body.append(...next.map((point) => row(point, source)));
    const left = points.length - body.childElementCount;
    more.textContent = `${counted(left, "more row")}`;
    more.hidden = left === 0;
  };
  more.addEventListener("click", add);
  add();
  const head = h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Time"), h("th", { scope: "col", class: "number" }, found.unit || "Value"), h("th", { scope: "col", class: "number" }, "Rows")));
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Readings" }, h("table", {}, head, body), more);
}

const row = (point, source) =>
  h("tr", {}, h("td", {}, moment(point.start)), h("td", { class: "number" }, exactly(point.value, source)), h("td", { class: "number" }, point.rows));

/** As stored: readings are 4-byte floats, whose seventh digit is the last that means something. */
const exactly = (value, source) => (Number.isInteger(value) ? number(value, source.table, source.column) : String(Number(value.toPrecision(7))));
