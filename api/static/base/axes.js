// The axes of a chart: plant time below, values with as many digits as their steps need, units beside them.
import { clockOf, dayOf, plain } from "./format.js";

const DAY_S = 86_400;

/** The size of type in pixels, which follows the window. */
export const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;

/** A colour of the theme. */
export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** uPlot's axes for these curves; the first unit stands on the left, another one on the right. */
export function axes(units, curves, small, numeric) {
  const em = (small ? 0.7 : 0.8) * rem();
  const grid = { stroke: colour("--line"), width: 1 };
  const shared = { stroke: colour("--quiet"), grid, ticks: { show: false }, font: `${em}px system-ui, sans-serif` };
  const below = (_plot, splits) => (numeric ? splits.map((step) => plain(step)) : timeLabels(splits));
  const time = { ...shared, space: 5.5 * em, values: below, size: 2.4 * em };
  return [time, ...units.map((unit, index) => beside(unit, index, curves, small, em, shared))];
}

function beside(unit, index, curves, small, em, shared) {
  const decimals = Math.min(...curves.filter((curve) => curve.unit === unit).map((curve) => curve.decimals ?? 1));
  return {
    ...shared,
    scale: unit || "1",
    side: index ? 1 : 3,
    grid: index ? { show: false } : shared.grid,
    space: 2.6 * em,
    size: (_plot, labels) => Math.max(2, ...(labels ?? []).map((text) => text.length)) * 0.62 * em + em,
    values: (_plot, splits) => splits.map((value) => valueLabel(value, splits, decimals)),
    label: small || !unit ? undefined : unit,
    labelSize: 1.5 * em,
    labelFont: shared.font,
    labelGap: 0,
  };
}

function valueLabel(value, splits, decimals) {
  const step = Math.abs((splits[1] ?? value + 1) - splits[0]) || 1;
  return plain(value, Math.max(0, Math.min(decimals + 1, Math.ceil(-Math.log10(step) - 1e-9))));
}

function timeLabels(splits) {
  const long = splits.length > 1 && splits[1] - splits[0] >= DAY_S;
  let before = "";
  return splits.map((seconds) => {
    const day = dayOf(seconds * 1000).replace(/ \d{4}$/, "");
    const text = long || clockOf(seconds * 1000) === "00:00" ? day : clockOf(seconds * 1000);
    const shown = text === before ? "" : text;
    before = text;
    return shown;
  });
}
