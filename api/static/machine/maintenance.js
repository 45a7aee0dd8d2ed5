// What a machine loses, what wears, and when a limit is reached.
import { h, told } from "../base/dom.js";
import { figure, sourceButton } from "../base/evidence.js";
import { capital, counted, dayOf, plain } from "../base/format.js";

const STATES = { due: "critical", soon: "warning", loss: "warning", ok: "ok" };

/** The items, the most urgent first; those that cannot be told yet folded away with the reason. */
export function drawMaintenance({ items }) {
  const known = items.filter((item) => item.state !== "unknown");
  const unknown = items.filter((item) => item.state === "unknown");
  const more = unknown.length ? h("details", {}, h("summary", {}, `${counted(unknown.length, "figure")} not known yet`), h("ul", {}, unknown.map((item) => h("li", {}, item.message)))) : null;
  return [known.length ? h("ul", { class: "anomalies" }, known.map(entry)) : told("Nothing is known to wear or to be lost."), more];
}

function entry(item) {
  const dates = item.at ? `around ${dayOf(item.at)}` : null;
  const cost = item.cost === null ? null : `${plain(item.cost)} ${item.currency} in 7 days`;
  return h("li", {},
    h("div", { class: "anomaly-head" }, h("strong", {}, capital(item.kind.replaceAll("_", " "))), h("span", { class: `tag ${STATES[item.state] ?? ""}` }, item.state)),
    h("p", { class: "anomaly-text" }, item.message),
    h("p", { class: "sources" },
      item.value === null ? null : figure(item.value, item.unit, item.evidence, { note: item.method }),
      h("span", { class: "quiet" }, [dates, cost].filter(Boolean).join(" · ")),
      item.value === null && item.evidence ? sourceButton(item.message, item.evidence) : null));
}
