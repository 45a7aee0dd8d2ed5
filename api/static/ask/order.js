// What has become of the order: where each widget of a question stood the last time it was asked, and how likely it was to stand first.
import { get } from "../base/api.js";
import { h } from "../base/dom.js";
import { plain } from "../base/format.js";

const before = new Map(); // by question: { type: { position, chance } }
let temperature = null;

/** To be called once: how widely orders are drawn. */
export const knowTemperature = () => get("/rl/status").then((found) => (temperature = found.tier1.temperature), () => {});

/** The chance of each widget to stand first (Plackett-Luce over Tier 1's scores), by type; null where the order is fixed. */
function chances(widgets) {
  if (!temperature) return null;
  const most = Math.max(...widgets.map((widget) => widget.score));
  const weights = widgets.map((widget) => Math.exp((widget.score - most) / temperature));
  const sum = weights.reduce((all, each) => all + each, 0);
  return new Map(widgets.map((widget, index) => [widget.type, weights[index] / sum]));
}

/** Keeps where the widgets of an answer stand. */
export function rememberPlaces(question, { widgets }) {
  const likely = chances(widgets);
  before.set(question.toLowerCase(), new Map(widgets.map(({ type, position }) => [type, { position, chance: likely?.get(type) }])));
}

/** "▲ was 3 · first 24 → 61 %" for a widget of a question that was asked before; null when nothing has changed. */
export function movedTag(question, widget, widgets) {
  const then = before.get(question.toLowerCase())?.get(widget.type);
  if (!then) return null;
  const chance = chances(widgets)?.get(widget.type);
  const known = chance !== undefined && then.chance !== undefined;
  const [was, now] = [then.chance, chance].map((each) => plain((each ?? 0) * 100));
  const shifted = known && was !== now ? `first ${was} → ${now} %` : "";
  const turned = then.position === widget.position ? "" : `${then.position > widget.position ? "▲" : "▼"} was ${then.position}`;
  if (!shifted && !turned) return null;
  const up = then.position > widget.position || (!turned && chance > then.chance);
  const title = `Place ${then.position} the last time.${shifted ? ` Its chance to stand first was ${was} % and is ${now} %.` : ""}`;
  return h("span", { class: up ? "moved up" : "moved", title }, [turned, shifted].filter(Boolean).join(" · "));
}
