// What is drawn into a chart beside its curves: spans of time behind them, a level across.
import { colour } from "./axes.js";

/** Colours the spans, each { start, end }. */
export function markSpans(plot, spans) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.fillStyle = colour("--marked");
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
  const ends = spans.map((span) => [Date.parse(span.start), Date.parse(span.end)]).sort((a, b) => a[0] - b[0]);
  for (const [start, end] of ends) {
    const last = found.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else found.push([start, end]);
  }
  return found;
}

/** A dashed line at a value of that scale. */
export function drawLevel(plot, level, scale) {
  const { ctx, bbox } = plot;
  const y = plot.valToPos(level, scale, true);
  if (y < bbox.top || y > bbox.top + bbox.height) return;
  ctx.save();
  ctx.strokeStyle = colour("--critical");
  ctx.setLineDash([8, 5]);
  ctx.lineWidth = 2;
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}
