// A table of words and counts.
import { h } from "../base/dom.js";

const isCount = (name) => name === "Count" || name === "Ratings";

/** Rows of cells under heads; numbers stand on the right, the first cell heads its row. */
export function table(heads, rows) {
  const head = h("tr", {}, heads.map((name) => h(name ? "th" : "td", { scope: name ? "col" : null, class: isCount(name) ? "number" : null }, name)));
  const cell = (value) => (typeof value === "number" ? h("td", { class: "number" }, value.toLocaleString("en")) : h("td", {}, value));
  const body = rows.map(([first, ...others]) => h("tr", {}, h("th", { scope: "row" }, first), others.map(cell)));
  return h("table", {}, h("thead", {}, head), h("tbody", {}, body));
}
