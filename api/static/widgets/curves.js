// Widgets over time: trend and forecast.
import { chart } from "../base/chart.js";
import { h } from "../base/dom.js";
import { sourceButton } from "../base/evidence.js";
import { capital, counted, moment, number, span, STATISTICS, stepWords, zoneWords } from "../base/format.js";
import { metricOf } from "../base/plant.js";

const decimalsOf = (curve) => metricOf(curve.equipment, curve.metric)?.decimals ?? 1;

/** A curve for each machine and metric; anomalies that the answer knows of are marked. */
export function trend({ data, title }, answer) {
  const machines = new Set(data.series.map((curve) => curve.equipment));
  const metrics = new Set(data.series.map((curve) => curve.metric));
  const named = (curve) => [machines.size > 1 || metrics.size === 1 ? curve.name : null, metrics.size > 1 || machines.size === 1 ? curve.label : null].filter(Boolean).join(" ");
  const curves = data.series.map((curve) => ({ ...curve, label: named(curve), decimals: decimalsOf(curve) }));
  if (!curves.some((curve) => curve.points.some(([, value]) => value !== null))) return h("p", { class: "state" }, "There are no readings in this window.");
  return [
    chart([...curves, ...curves.flatMap(band)], {
      label: `${title}, ${span(data.start, data.end)}. ${curves.map(range).join(" ")}`, spans: marked(data, answer),
      caption: `${capital(STATISTICS[data.series[0].aggregation])} ${stepWords(data.step)}, times in ${zoneWords()}`,
    }),
    curves.map(explained),
    sources(curves),
  ];
}

/** What the machine's own model expected, with the band that a healthy machine keeps to. */
const band = ({ expected, unit, decimals }) =>
  expected ? [{ label: "expected", unit, decimals, dash: true, points: expected.points.map(([time, value]) => [time, value]), band: expected.points.map(([, , low, high]) => [low, high]) }] : [];

function explained({ expected, unit, equipment, metric }) {
  if (!expected) return null;
  const error = expected.error === null ? "" : `; it was ${number(expected.error, equipment, metric)} ${unit} off on average in its backtest`;
  return h("p", { class: "hint" }, `Expected by the machine's own model, version ${expected.model.version}: its band holds ${Math.round(expected.level * 100)} % of a healthy machine's hours${error}.`);
}

function marked(data, answer) {
  const machines = new Set(data.series.map((curve) => curve.equipment));
  const found = answer.widgets.filter((widget) => widget.type === "anomalies").flatMap((widget) => widget.data.items);
  return found.filter((anomaly) => machines.has(anomaly.equipment));
}

/** In words, for those who cannot see the curve. */
function range(curve) {
  const values = curve.points.map(([, value]) => value).filter((value) => value !== null);
  if (!values.length) return `${curve.label}: no readings.`;
  const [low, high] = [Math.min(...values), Math.max(...values)].map((value) => number(value, curve.equipment, curve.metric));
  return `${curve.label}: between ${low} and ${high} ${curve.unit}.`;
}

const sources = (curves) =>
  h("p", { class: "sources" }, curves.map((curve) => sourceButton(`the curve ${curve.label}`, curve.source, curves.length > 1 ? `Source of ${curve.label}` : "Source")), " ",
    h("span", { class: "quiet" }, counted(curves.reduce((sum, curve) => sum + curve.source.rows, 0), "reading")));

/** The time ahead with its band, the time before it as a line. */
export function forecast({ data, title }) {
  const decimals = decimalsOf(data);
  const curves = [
    { label: "so far", unit: data.unit, decimals, points: data.history?.points ?? [] },
    { label: "forecast", unit: data.unit, decimals, dash: true, points: data.points.map(([time, value]) => [time, value]), band: data.points.map(([, , low, high]) => [low, high]) },
  ];
  const level = data.threshold ?? null;
  return [
    chart(curves, { label: `${title}: forecast for ${span(data.start, data.end)}`, level, caption: `The band holds ${Math.round(data.level * 100)} % of what comes` }),
    reached(data),
    h("p", { class: "hint" }, `${capital(data.method)}, ${stepWords(data.step)}.${quality(data)}`),
    data.caution ? h("p", { class: "hint" }, data.caution) : null,
    h("p", { class: "sources" }, sourceButton("this forecast", data.source), " ", h("span", { class: "quiet" }, `from ${counted(data.source.rows, "reading")}`)),
  ];
}

const quality = ({ error }) => (error === null || error === undefined ? "" : ` Its error was ${error.toFixed(2)} of that of repeating the day before.`);

function reached({ reach, threshold, unit, equipment, metric }) {
  if (threshold === null || threshold === undefined) return null;
  const level = `${number(threshold, equipment, metric)} ${unit}`;
  const text = reach?.at ? `Reaches ${level} at ${moment(reach.at)}.` : `Does not reach ${level} as far as can be seen.`;
  return h("p", {}, h("strong", {}, text));
}
