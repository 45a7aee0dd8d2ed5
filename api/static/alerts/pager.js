// Alerts by pages, narrowed by state and severity.
import { get } from "../base/api.js";
import { fill, h, skeleton, told } from "../base/dom.js";
import { counted } from "../base/format.js";
import { alertItem } from "./item.js";

const PAGE = 50;
const STATES = { open: ["Open", { state: "open", shelved: false }], shelf: ["Shelf", { state: "open", shelved: true }], over: ["Over", { state: "cleared" }], all: ["All", {}] };
const SEVERITIES = { "": "every severity", critical: "▲ critical", warning: "◆ warning", info: "● info" };
let boards = 0;

/** A list under these filters, a page at a time; `nameOf` gives machines their names. Its `loaded` resolves with the first page. */
export function alertPager(filters, nameOf = (id) => id) {
  const list = h("ul", { class: "alerts" });
  const foot = h("div", { class: "pager" });
  const holder = h("div", {}, list, foot);
  const sameCause = (group) => holder.replaceWith(ofCause(group, holder, nameOf));
  const load = async (cursor = null) => {
    fill(foot, skeleton(2));
    try {
      const page = await get("/alerts", { ...filters, limit: PAGE, cursor });
      const items = page.items.map((alert) => alertItem({ ...alert, name: nameOf(alert.equipment) }, { sameCause: filters.group ? null : sameCause }));
      list.append(...items);
      fill(foot, ending(list.childElementCount, page, load));
      if (cursor) items[0]?.querySelector("button, a")?.focus();
    } catch (problem) {
      fill(foot, told(problem.message, () => load(cursor)));
    }
  };
  return { element: holder, loaded: load() };
}

function ending(shown, page, load) {
  if (!page.total) return told("No alerts. Nothing asks for you.");
  const said = h("p", { class: "quiet" }, `${shown.toLocaleString("en")} of ${counted(page.total, "alert")}`);
  return [said, page.next ? h("button", { type: "button", onclick: () => load(page.next) }, `Show ${PAGE} more`) : null];
}

/** All alerts of one cause, with the way back. */
function ofCause(group, before, nameOf) {
  const inside = h("div", {}, h("p", {}, h("button", { type: "button", onclick: () => inside.replaceWith(before) }, "← All alerts"), " Alerts of one cause:"), alertPager({ group }, nameOf).element);
  return inside;
}

/** The list with a choice of state and severity, as { element, loaded }; `filters` hold besides. */
export function alertBoard(filters, nameOf) {
  const id = `severity-${++boards}`;
  const chips = Object.entries(STATES).map(([state, [words]]) => h("button", { type: "button", class: "chip", data: { state }, onclick: () => draw(state) }, words));
  const severity = h("select", { id }, Object.entries(SEVERITIES).map(([value, words]) => h("option", { value }, words)));
  const list = h("div");
  let shown = "open";
  const draw = (state) => {
    shown = state;
    chips.forEach((chip) => chip.setAttribute("aria-pressed", String(chip.dataset.state === state)));
    const pager = alertPager({ ...filters, ...STATES[state][1], severity: severity.value }, nameOf);
    fill(list, pager.element);
    return pager.loaded;
  };
  severity.addEventListener("change", () => draw(shown));
  const loaded = draw(shown);
  const choice = h("div", { class: "chips", role: "group", "aria-label": "Which alerts" }, chips, h("label", { class: "unseen", for: id }, "Severity"), severity);
  return { element: h("div", {}, choice, list), loaded };
}
