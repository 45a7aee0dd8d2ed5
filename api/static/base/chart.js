// Curves over time by uPlot: plant time on the axis, gaps left open, dragging, keys or buttons zoom, a double click shows all.
import { axes, colour, rem } from "./axes.js";
import { h } from "./dom.js";
import { dayOf, moment, plain } from "./format.js";
import { drawLevel, markSpans } from "./marks.js";
import { zone } from "./plant.js";
import { zoomByKeys, zoomTools } from "./zoom.js";

const uPlot = globalThis.uPlot;
const charts = new Set();

/** The colour of the nth curve. */
export const colourOf = (index) => colour(`--curve-${(index % 5) + 1}`);

/**
 * A chart, `height` in rem. `curves`: [{ label, unit, decimals, points: [[time, value|null], ...], dash?, band?: [[low, high], ...] }];
 * units get an axis each, at most two; `bars` draws bars, downwards where a value is negative; `faint` is a curve behind the others. `numeric`: points lie at numbers, not times. `spans`: [{ start, end }] are
 * marked; `level` draws a line across; `days`: points are whole days; `caption` stands below.
 */
export function chart(curves, { label, height = 16, spans = [], level = null, small = false, onZoom = null, numeric = false, days = false, caption = null } = {}) {
  const holder = h("div", { class: small ? "chart small" : "chart", role: "img", "aria-label": label });
  const drawn = { holder, make: () => build(holder, curves, { height, spans, level, small, onZoom, numeric, days }), plot: null };
  holder.style.setProperty("min-height", `${height}rem`);
  charts.add(drawn);
  sizes.observe(holder);
  if (small) return holder;
  const plotOf = () => drawn.plot;
  if (numeric || days) return h("div", { class: "chart-frame" }, holder, caption ? h("p", { class: "hint" }, caption) : null);
  zoomByKeys(holder, plotOf);
  const foot = h("div", { class: "chart-foot" }, h("span", { class: "hint" }, caption), zoomTools(holder, plotOf, label.split(/[,.:]/)[0]));
  return h("div", { class: "chart-frame" }, holder, foot);
}

const sizes = new ResizeObserver((entries) => entries.forEach(({ target, contentRect }) => fit(target, contentRect.width)));

function fit(holder, width) {
  const drawn = [...charts].find((each) => each.holder === holder);
  if (!drawn || width < 20) return null;
  if (drawn.plot && drawn.rem === rem()) return drawn.plot.setSize({ width: Math.floor(width), height: drawn.plot.height });
  drawn.plot?.destroy(); // in type of another size
  drawn.plot = drawn.make();
  drawn.rem = rem();
  return null;
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

function build(holder, curves, { height, spans, level, small, onZoom, numeric, days }) {
  const { data, series, bands } = columns(curves, small, numeric ? plain : (seconds) => (days ? dayOf : moment)(seconds * 1000), numeric);
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
    hooks: {
      drawClear: [(plot) => markSpans(plot, spans)],
      draw: [(plot) => level !== null && drawLevel(plot, level, units[0] || "1")],
      setLegend: [(plot) => plot.legend.idx === null && plot.setLegend({ idx: data[0].length - 1 })],
    },
  };
  if (onZoom) options.hooks.setSelect = [(plot) => zoomed(plot, onZoom)];
  const plot = new uPlot(options, data, holder);
  if (!small && data[0].length) plot.setLegend({ idx: data[0].length - 1 }); // the newest, until the pointer shows another
  return plot;
}

function withRoom(_plot, low, high) {
  if (low === null) return [0, 1];
  const room = (high - low || Math.abs(high) || 1) * 0.08;
  return [low >= 0 && low < room ? 0 : low - room, high + room];
}

function columns(curves, small, placed, numeric) {
  const placeOf = (time) => (numeric ? time : Date.parse(time) / 1000);
  const times = [...new Set(curves.flatMap((curve) => curve.points.map(([time]) => placeOf(time))))].sort((a, b) => a - b);
  const data = [times];
  const series = [{ label: numeric ? "Step" : "Time", value: (_plot, at) => (at ? placed(at) : "–") }];
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
  const bars = { paths: uPlot.paths.bars({ size: [0.7, 40] }), fill: `${colourOf(index)}aa`, points: { show: false }, width: 0 };
  return {
    label: curve.label,
    scale: curve.unit || "1",
    stroke: curve.faint ? `${colourOf(index)}66` : colourOf(index),
    width: small || curve.faint ? 1.5 : 2,
    dash: curve.dash ? [6, 4] : undefined,
    points: { show: curve.points.length < 3 },
    value: said(curve),
    ...(curve.bars ? bars : {}),
  };
}

const said = (curve) => (_plot, value) =>
  value === null || value === undefined ? "–" : `${plain(curve.bars ? Math.abs(value) : value, curve.decimals ?? 1)} ${curve.unit}`.trim();

function zoomed(plot, onZoom) {
  if (plot.select.width < 4) return;
  const from = plot.posToVal(plot.select.left, "x");
  const to = plot.posToVal(plot.select.left + plot.select.width, "x");
  plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
  onZoom(from * 1000, to * 1000);
}
