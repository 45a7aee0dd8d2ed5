// Widgets of what was found: alerts and anomalies.
import { alertItem, alertPager } from "../base/alerts.js";
import { anomalyList } from "../base/anomalies.js";
import { fill, h, told } from "../base/dom.js";
import { counted } from "../base/format.js";

const AT_ONCE = 5;

/** Alerts with their acts; the first few, all of them on demand. */
export function alerts({ data, equipment }) {
  if (!data.items.length) return told("No alerts. Nothing asks for you.");
  const list = h("ul", { class: "alerts" }, data.items.slice(0, AT_ONCE).map((each) => alertItem({ ...each, id: each.alert_id })));
  if (data.total <= AT_ONCE) return list;
  const all = h("button", { type: "button" }, `Show all ${data.total.toLocaleString("en")}`);
  const holder = h("div", {}, list, all);
  const known = new Map(data.items.map((each) => [each.equipment, each.name]));
  const one = equipment.length === 1 ? equipment[0] : null;
  const more = () => {
    if (data.total > data.items.length) fill(holder, alertPager({ state: "open", equipment: one }, (id) => known.get(id) ?? id));
    else { list.append(...data.items.slice(AT_ONCE).map((each) => alertItem({ ...each, id: each.alert_id }))); all.remove(); }
  };
  all.addEventListener("click", more);
  return holder;
}

/** Anomalies, the strongest first. */
export function anomalies({ data }) {
  const said = h("p", { class: "quiet" }, counted(data.total, "anomaly", "anomalies"));
  return data.items.length ? [said, anomalyList(data.items)] : anomalyList([]);
}
