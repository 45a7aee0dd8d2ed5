// Alerts: a list that grows by pages, each alert with the two things that can be done about it.
import { get, post } from "./api.js";
import { fill, h, skeleton, told } from "./dom.js";
import { openEvidence } from "./evidence.js";
import { counted, moment, number } from "./format.js";
import { who } from "./shell.js";

const SEVERITIES = { critical: "▲", warning: "◆", info: "●" };
const STATES = { raised: "not seen yet", acknowledged: "seen", cleared: "over" };
export const PAGE = 50;

/** One alert, with its acts. `changed(alert)` is called after each. */
export function alertItem(alert, changed = () => {}) {
  const item = h("li", { class: `alert ${alert.severity} ${alert.state}` });
  const redraw = (next) => {
    item.className = `alert ${next.severity} ${next.state}`;
    fill(item, contents(next, (after) => { redraw(after); changed(after); }));
  };
  redraw(alert);
  return item;
}

function contents(alert, changed) {
  const error = h("p", { class: "error", role: "alert", hidden: true });
  const machine = alert.equipment === "plant"
    ? null : h("a", { href: `/plant/${encodeURIComponent(alert.equipment)}` }, alert.name ?? alert.equipment);
  return [
    h("div", { class: "alert-head" },
      h("span", { class: `tag ${alert.severity}` }, `${SEVERITIES[alert.severity]} ${alert.severity}`),
      machine, h("span", { class: "quiet" }, moment(alert.raised_at))),
    h("p", { class: "alert-text" }, alert.message),
    h("div", { class: "alert-foot" },
      h("span", { class: "quiet" }, history(alert)),
      h("span", { class: "actions" }, alert.metric ? evidenceButton(alert, error) : null, acts(alert, changed, error))),
    error,
  ];
}

function history(alert) {
  if (alert.state === "cleared") return `over since ${moment(alert.cleared_at)}${by(alert.cleared_by)}`;
  if (alert.state === "acknowledged") return `seen ${moment(alert.acknowledged_at)}${by(alert.acknowledged_by)}`;
  return STATES.raised;
}

const by = (name) => (name ? ` by ${name}` : "");

function acts(alert, changed, error) {
  const buttons = [];
  if (alert.state === "raised") buttons.push(act(alert, "acknowledge", "Acknowledge", changed, error));
  if (alert.state !== "cleared") buttons.push(act(alert, "clear", "Clear", changed, error));
  return buttons;
}

function act(alert, verb, words, changed, error) {
  const button = h("button", { type: "button", "aria-label": `${words}: ${alert.message}` }, words);
  button.addEventListener("click", () => busy(button, error, async () => {
    const done = await post(`/alerts/${alert.id}/${verb}`, { who: who() });
    changed({ ...alert, ...done });
  }));
  return button;
}

function evidenceButton(alert, error) {
  const button = h("button", { type: "button", class: "ghost" }, "Source");
  button.addEventListener("click", () => busy(button, error, async () => {
    const { evidence, value, unit, equipment, metric } = await get(`/alerts/${alert.id}`);
    if (evidence) openEvidence(`${number(value, equipment, metric)} ${unit}`.trim(), evidence);
    else openEvidence("this alert", { table: equipment, column: metric, statistic: "last", start: null, end: null, rows: 0 });
  }));
  return button;
}

async function busy(button, error, work) {
  button.disabled = true;
  error.hidden = true;
  try {
    await work();
  } catch (problem) {
    error.textContent = problem.message;
    error.hidden = false;
  }
  button.disabled = false;
}

/** A list of alerts under these filters, a page at a time; `nameOf` gives machines their names. */
export function alertPager(filters, nameOf = (id) => id) {
  const list = h("ul", { class: "alerts" });
  const foot = h("div", { class: "pager" });
  const holder = h("div", {}, list, foot);
  const load = async (cursor = null) => {
    fill(foot, skeleton(2));
    try {
      const page = await get("/alerts", { ...filters, limit: PAGE, cursor });
      list.append(...page.items.map((alert) => alertItem({ ...alert, name: nameOf(alert.equipment) })));
      fill(foot, ending(list.childElementCount, page, load));
    } catch (problem) {
      fill(foot, told(problem.message, () => load(cursor)));
    }
  };
  load();
  return holder;
}

function ending(shown, page, load) {
  if (!page.total) return told("No alerts. Nothing asks for you.");
  const said = h("p", { class: "quiet" }, `${shown.toLocaleString("en")} of ${counted(page.total, "alert")}`);
  return [said, page.next ? h("button", { type: "button", onclick: () => load(page.next) }, `Show ${PAGE} more`) : null];
}
