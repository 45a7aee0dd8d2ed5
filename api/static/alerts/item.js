// One alert: what it says, what has become of it, the rows behind it, and what can be done about it.
import { get } from "../base/api.js";
import { fill, h } from "../base/dom.js";
import { openEvidence } from "../base/evidence.js";
import { moment, number } from "../base/format.js";
import { act, busy, shelveButton } from "./acts.js";

const SEVERITIES = { critical: "▲", warning: "◆", info: "●" };

/** The alert with its acts; `sameCause(group)` is called where somebody wants to see the others of its cause. */
export function alertItem(alert, { sameCause = null } = {}) {
  const item = h("li");
  const redraw = (next) => {
    item.className = `alert ${next.severity} ${next.state}`;
    fill(item, contents(next, (after) => redraw({ ...next, ...after }), sameCause));
  };
  redraw(alert);
  return item;
}

function contents(alert, changed, sameCause) {
  const error = h("p", { class: "error", role: "alert", hidden: true });
  const machine = alert.equipment === "plant"
    ? h("span", {}, "The plant") : h("a", { href: `/plant/${encodeURIComponent(alert.equipment)}` }, alert.name ?? alert.equipment);
  const joined = sameCause && alert.group && alert.group !== alert.id;
  return [
    h("div", { class: "alert-head" },
      h("span", { class: `tag ${alert.severity}` }, `${SEVERITIES[alert.severity]} ${alert.severity}`), machine,
      h("time", { class: "quiet", datetime: alert.raised_at }, moment(alert.raised_at)),
      alert.escalated_at && alert.state !== "cleared" ? h("span", { class: "tag warning", title: `Escalated ${moment(alert.escalated_at)}: unseen for too long, or grown worse` }, "escalated") : null),
    h("p", { class: "alert-text" }, alert.message),
    h("div", { class: "alert-foot" },
      h("span", { class: "quiet history" }, history(alert)),
      h("span", { class: "actions" },
        joined ? h("button", { type: "button", class: "ghost", onclick: () => sameCause(alert.group) }, "Same cause") : null,
        alert.metric ? sourceButton(alert, error) : null, acts(alert, changed, error))),
    error,
  ];
}

function history(alert) {
  if (alert.state === "cleared") return `over since ${moment(alert.cleared_at)}${by(alert.cleared_by)}`;
  if (onShelf(alert)) return `on the shelf until ${moment(alert.shelved_until)}${by(alert.shelved_by)}: ${alert.shelved_comment}`;
  if (alert.state === "acknowledged") return `seen ${moment(alert.acknowledged_at)}${by(alert.acknowledged_by)}`;
  return "";
}

const by = (name) => (name ? ` by ${name}` : "");
const onShelf = (alert) => alert.shelved_until && Date.parse(alert.shelved_until) > Date.now();

function acts(alert, changed, error) {
  if (alert.state === "cleared") return [];
  return [
    alert.state === "raised" ? act(alert, "acknowledge", "Acknowledge", changed, error) : null,
    act(alert, "clear", "Clear", changed, error),
    onShelf(alert) ? act(alert, "unshelve", "Off the shelf", changed, error) : shelveButton(alert, changed),
  ];
}

function sourceButton(alert, error) {
  const button = h("button", { type: "button", class: "ghost" }, "Source");
  button.addEventListener("click", () => busy(button, error, async () => {
    const { evidence, value, unit, equipment, metric, limit } = await get(`/alerts/${alert.id}`);
    const title = value === null ? "this alert" : `${number(value, equipment, metric)} ${unit}`.trim();
    const note = limit === null ? alert.message : `${alert.message} The limit is the alarm limit of the catalogue.`;
    openEvidence(title, evidence ?? { table: equipment, column: metric, statistic: "last", start: null, end: null, rows: 0 }, note);
  }));
  return button;
}
