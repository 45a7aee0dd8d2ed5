// Every machine as a tile, by type.
import { fill, h, told } from "../base/dom.js";
import { age, capital, number, plain } from "../base/format.js";
import { types } from "../base/plant.js";
import { alertWords, STATES } from "./state.js";

/** Draws the machines into `holder`; each is { id, name, number, type, location, now, state }. */
export function drawFleet(holder, machines) {
  const groups = types().map((type) => [type, machines.filter((machine) => machine.type === type.name)]);
  const drawn = groups.filter(([, members]) => members.length).map(([type, members]) => group(type, members));
  fill(holder, drawn.length ? drawn : told("No machine is called so, or is in this state."));
}

function group(type, members) {
  const [metric] = type.metrics;
  const unit = metric.unit && metric.unit !== metric.label ? `${metric.unit} · ` : "";
  return h("section", { class: "group" },
    h("div", { class: "group-head" }, h("h2", {}, capital(type.plural)), h("p", { class: "quiet" }, `${members.length} · ${unit}${metric.label}`)),
    h("ul", { class: "tiles" }, members.map((machine) => h("li", {}, tile(machine, type, metric)))));
}

/** Few digits for a small tile: 94.7, 345, 1372, 12.3K. */
function shortly(reading, value) {
  const size = Math.abs(reading ?? 0);
  if (size >= 10_000) return reading.toLocaleString("en", { notation: "compact", maximumFractionDigits: 1 });
  return size >= 100 ? plain(reading).replace(",", "") : value;
}

function tile({ id, name, number: place, now, state, short }, type, metric) {
  const value = number(now.readings[metric.name], id, metric.name);
  const brief = shortly(now.readings[metric.name], value);
  const [words, mark] = STATES[state];
  const read = now.at ? `${metric.label} ${value} ${metric.unit}, ${age(now.at)} ago` : "no readings";
  const label = `${name}: ${words}; ${read}; ${alertWords(now)}`;
  return h("a", { class: `tile ${state}`, href: `/plant/${encodeURIComponent(id)}`, title: label },
    h("span", { class: "unseen" }, label),
    h("span", { class: "tile-name", "aria-hidden": "true" }, short ?? place, mark ? h("span", { class: "mark" }, ` ${mark}`) : null),
    h("span", { class: /\d{4}|K/.test(brief) ? "tile-value many" : "tile-value", "aria-hidden": "true" }, brief));
}
