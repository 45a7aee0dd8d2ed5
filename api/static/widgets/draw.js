// From a widget of an answer to a card on the page.
import { h } from "../base/dom.js";
import { capital } from "../base/format.js";
import { forecast, trend } from "./curves.js";
import { comparison, gauge, kpi, ranking, statistics, summary, table } from "./readings.js";
import { alerts, anomalies } from "./watching.js";

const DRAW = { kpi, gauge, trend, statistics, comparison, ranking, table, summary, anomalies, alerts, forecast };
/** An answer that has no figures may come without a title. */
const titleOf = ({ title, type }) => (/\w/.test(title) ? title : capital(type));
const WIDE = new Set(["trend", "forecast", "table", "summary"]);
const LISTS = new Set(["alerts", "anomalies"]);
/** What needs room gets two places: curves, tables, and lists that have something in them. */
const isWide = ({ type, data }) => WIDE.has(type) || (LISTS.has(type) && data.items?.length > 0);

/** The card; `extras` (thumbs) stand in its foot, `moved` tells of another place than before. */
export function drawWidget(widget, answer, { moved = null, extras = null } = {}) {
  const draw = DRAW[widget.type];
  const id = `title-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  const body = draw ? draw(widget, answer) : h("pre", {}, JSON.stringify(widget.data, null, 1));
  return h("article", { class: `card widget${isWide(widget) ? " wide" : ""}`, "aria-labelledby": id, data: { widget: widget.widget_id, type: widget.type } },
    h("header", {}, h("h3", { id }, titleOf(widget)), h("span", { class: "kind" }, widget.type), moved),
    h("div", { class: "widget-body" }, body),
    h("footer", {}, extras));
}

/** The cards in their order; where some are wide, two small ones in a row share a column beside them. */
export function arranged(cards) {
  const wide = (card) => card.classList.contains("wide");
  if (!cards.some(wide)) return cards;
  const columns = [];
  for (const card of cards) {
    const last = columns.at(-1);
    if (!wide(card) && last && !wide(last) && last.childElementCount === 1) last.append(card);
    else columns.push(wide(card) ? card : h("div", { class: "column" }, card));
  }
  return columns;
}
