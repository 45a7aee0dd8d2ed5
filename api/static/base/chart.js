// Curves over time by uPlot: plant time on the axis, gaps left open, dragging or keys zoom, a double click shows all again.
import { h } from "./dom.js";
import { clockOf, dayOf, plain } from "./format.js";
import { zone } from "./plant.js";
import { zoomByKeys } from "./zoom.js";

const uPlot = globalThis.uPlot;
const charts = new Set();

/** The colour of the nth curve. */
export const colourOf = (index) => variable(`--curve-${(index % 5) + 1}`);
const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
const variable = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/**
 * A chart, `height` in rem. `curves`: [{ label, unit, decimals, points: [[time, value|null], ...], dash?, band?: [[low, high], ...] }];
 * units get an axis each, at most two; `bars` draws bars. `numeric`: points lie at numbers, not times. `spans`: [{ start, end }] are marked; `level` draws a line across.
 */
export function chart(curves, { label, height = 16, spans = [], level = null, small = false, onZoom = null, numeric = false } = {}) {
  const holder = h("div", { class: small ? "chart small" : "chart", role: "img", "aria-label": label });
  const drawn = { holder, make: () => build(holder, curves, { height, spans, level, small, onZoom, numeric }), plot: null };
  charts.add(drawn);
  if (!small && !numeric) zoomByKeys(holder, () => drawn.plot);
  sizes.observe(holder);
  return holder;
}

const sizes = new ResizeObserver((entries) => entries.forEach(({ target, contentRect }) => fit(target, contentRect.width)));

function fit(holder, width) {
  const drawn = [...charts].find((each) => each.holder === holder);
  if (!drawn || width < 20) return;
  if (!drawn.plot) drawn.plot = drawn.make();
  else drawn.plot.setSize({ width: Math.floor(width), height: drawn.plot.height });
}

function redraw() {
  for (const drawn of charts) {
    if (!drawn.holder.isConnected) drop(drawn);
    else if (drawn.plot) {
      drawn.plot.destroy();
      drawn.plot = drawn.make();
    }
  }
}

function drop(drawn) {
  sizes.unobserve(drawn.holder);
  drawn.plot?.destroy();
  charts.delete(drawn);
}

new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
setInterval(() => [...charts].filter((drawn) => drawn.plot && !drawn.holder.isConnected).forEach(drop), 10_000);

function build(holder, curves, { height, spans, level, small, onZoom, numeric }) {
  const { data, series, bands } = columns(curves, small, numeric);
  const units = [...new Set(curves.map((curve) => curve.unit))].slice(0, 2);
  const options = {
    width: Math.floor(holder.clientWidth),
    height: Math.round(height * rem()),
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone()),
    legend: { show: !small, live: !small },
    cursor: small ? { show: false } : { drag: { x: true, y: false, setScale: !onZoom }, points: { size: 7 } },
    scales: { x: { time: !numeric }, ...Object.fromEntries(units.map((unit) => [unit || "1", { range: withRoom }])) },
    series,
    bands,
    axes: axes(units, curves, small, numeric),
    hooks: { drawClear: [(plot) => mark(plot, spans)], draw: [(plot) => level !== null && rule(plot, level, units[0] || "1")] },
  };
  if (onZoom) options.hooks.setSelect = [(plot) => zoomed(plot, onZoom)];
  return new uPlot(options, data, holder);
}

function withRoom(_plot, low, high) {
  if (low === null) return [0, 1];
  const room = (high - low || Math.abs(high) || 1) * 0.08;
  return [low >= 0 && low < room ? 0 : low - room, high + room];
}

function columns(curves, small, numeric) {
  const placeOf = (time) => (numeric ? time : Date.parse(time) / 1000);
  const times = [...new Set(curves.flatMap((curve) => curve.points.map(([time]) => placeOf(time))))].sort((a, b) => a - b);
  const data = [times];
  const series = [numeric ? { label: "Step" } : { label: "Time", value: (_plot, seconds) => (seconds ? `${dayOf(seconds * 1000)} ${clockOf(seconds * 1000)}` : "–") }];
  const bands = [];
  curves.forEach((curve, index) => {
    const at = new Map(curve.points.map(([time], place) => [placeOf(time), place]));
    const pick = (value) => times.map((time) => (at.has(time) ? value(at.get(time)) : undefined));
    if (curve.band) {
      const hidden = { scale: curve.unit || "1", stroke: "transparent", points: { show: false } };
      bands.push({ series: [series.length, series.length + 1], fill: `${colourOf(index)}33` });
      series.push({ ...hidden, label: "high", value: said(curve) }, { ...hidden, label: "low", value: said(curve) });
      data.push(pick((place) => curve.band[place][1]), pick((place) => curve.band[place][0]));
    }
    series.push(line(curve, index, small));
    data.push(pick((place) => curve.points[place][1]));
  });
  return { data, series, bands };
}

function line(curve, index, small) {
  return {
    label: curve.label,
    scale: curve.unit || "1",
    stroke: colourOf(index),
    width: small ? 1.5 : 2,
    dash: curve.dash ? [6, 4] : undefined,
    points: { show: curve.points.length < 3 },
    value: said(curve),
    ...(curve.bars ? { paths: uPlot.paths.bars({ size: [0.7, 40] }), fill: `${colourOf(index)}aa`, points: { show: false }, width: 0 } : {}),
  };
}

const said = (curve) => (_plot, value) =>
  value === null || value === undefined ? "–" : `${plain(value, curve.decimals ?? 1)} ${curve.unit}`.trim();

function axes(units, curves, small, numeric) {
  const stroke = variable("--quiet");
  const grid = { stroke: variable("--line"), width: 1 };
  const em = (small ? 0.7 : 0.8) * rem();
  const font = `${em}px system-ui, sans-serif`;
  const shared = { stroke, grid, ticks: { show: false }, font };
  const time = { ...shared, space: 5.5 * em, values: (_plot, splits) => (numeric ? splits.map((step) => plain(step)) : timeLabels(splits)), size: 2.4 * em };
  const values = units.map((unit, index) => {
    const decimals = Math.min(...curves.filter((curve) => curve.unit === unit).map((curve) => curve.decimals ?? 1));
    return {
      ...shared, scale: unit || "1", side: index ? 1 : 3, grid: index ? { show: false } : grid, space: 2.6 * em,
      size: (_plot, labels) => Math.max(2, ...(labels ?? []).map((text) => text.length)) * 0.62 * em + em,
      values: (_plot, splits) => splits.map((value) => label(value, splits, decimals)),
      label: small || !unit ? undefined : unit, labelSize: 1.5 * em, labelFont: font, labelGap: 0,
    };
  });
  return [time, ...values];
}

function label(value, splits, decimals) {
  const step = Math.abs((splits[1] ?? value + 1) - splits[0]) || 1;
  return plain(value, Math.max(0, Math.min(decimals + 1, Math.ceil(-Math.log10(step) - 1e-9))));
}

function timeLabels(splits) {
  const long = splits.length > 1 && splits[1] - splits[0] >= 86_400;
  let before = "";
  return splits.map((seconds) => {
    const day = dayOf(seconds * 1000).replace(/ \d{4}$/, "");
    const text = long || clockOf(seconds * 1000) === "00:00" ? day : clockOf(seconds * 1000);
    const shown = text === before ? "" : text;
    before = text;
    return shown;
  });
}

function mark(plot, spans) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.fillStyle = variable("--marked");
  for (const [start, end] of merged(spans)) {
    const from = Math.max(bbox.left, plot.valToPos(start / 1000, "x", true));
    const to = Math.min(bbox.left + bbox.width, plot.valToPos(end / 1000, "x", true));
    if (to > from) ctx.fillRect(from, bbox.top, Math.max(3, to - from), bbox.height);
  }
  ctx.restore();
}

/** Spans that overlap as one: what is marked twice would look twice as grave. */
function merged(spans) {
  const found = [];
  for (const [start, end] of spans.map((span) => [Date.parse(span.start), Date.parse(span.end)]).sort((a, b) => a[0] - b[0])) {
    const last = found.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else found.push([start, end]);
  }
  return found;
}

function rule(plot, level, scale) {
  const { ctx, bbox } = plot;
  const y = plot.valToPos(level, scale, true);
  if (y < bbox.top || y > bbox.top + bbox.height) return;
  ctx.save();
  ctx.strokeStyle = variable("--critical");
  ctx.setLineDash([8, 5]);
  ctx.lineWidth = 2;
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}

function zoomed(plot, onZoom) {
  if (plot.select.width < 4) return;
  const from = plot.posToVal(plot.select.left, "x");
  const to = plot.posToVal(plot.select.left + plot.select.width, "x");
  plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
  onZoom(from * 1000, to * 1000);
}
