// Widgets of what was found: alerts and anomalies.
import { alertItem } from "../alerts/item.js";
import { alertPager } from "../alerts/pager.js";
import { anomalyList } from "../base/anomalies.js";
import { fill, h, told } from "../base/dom.js";
import { counted } from "../base/format.js";

const AT_ONCE = 4;

/** Alerts with their acts; the first few, all of them on demand, under the filters of the question. */
export function alerts({ data }, { plan }) {
  if (!data.items.length) return told("No alerts. Nothing asks for you.");
  const items = data.items.slice(0, AT_ONCE).map((each) => alertItem({ ...each, id: each.alert_id }));
  const list = h("ul", { class: "alerts" }, items);
  if (data.total <= AT_ONCE) return list;
  const all = h("button", { type: "button", class: "all" }, `Show all ${data.total.toLocaleString("en")}`);
  const holder = h("div", {}, list, all);
  const names = new Map(data.items.map((each) => [each.equipment, each.name]));
  all.addEventListener("click", () => fill(holder, alertPager(filtersOf(plan), (id) => names.get(id) ?? id).element));
  return holder;
}

/** What GET /alerts is asked so that it lists what the answer counts. */
function filtersOf({ intent, equipment, equipment_type: type, window }) {
  const inWindow = intent === "alerts" && window;
  const when = inWindow ? { start: window.start, end: window.end } : { state: "open" };
  return { ...when, ...(equipment.length ? { equipment } : { type }) };
}

/** Anomalies, the strongest first. */
export function anomalies({ data }) {
  const said = h("p", { class: "quiet" }, counted(data.total, "anomaly", "anomalies"));
  return data.items.length ? [said, anomalyList(data.items)] : anomalyList([]);
}
