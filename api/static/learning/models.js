// The versions of both tiers with their lineage; an admin may serve another one.
import { Problem, post } from "../base/api.js";
import { openDialog } from "../base/dialog.js";
import { fill, h, told } from "../base/dom.js";
import { moment } from "../base/format.js";

const TIERS = { 1: "ranker", 2: "language model" };
const PATIENCE_MS = 180_000; // a model is loaded, checked and asked before it serves

/** The table; `changed()` is called after another version was put into service. */
export function drawModels({ items, served }, changed) {
  if (!items.length) return told("No model is registered yet.");
  const heads = ["Version", "Tier", "State", "Made from", "Made", "Gate", ""];
  const head = h("tr", {}, heads.map((name) => h(name ? "th" : "td", { scope: name ? "col" : null }, name)));
  const rows = items.map((model) => row(model, items, served, changed));
  const back = Object.keys(served).filter((tier) => items.some((model) => String(model.tier) === tier && model.state === "retired"));
  return [
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Models" }, h("table", { class: "models" }, h("thead", {}, head), h("tbody", {}, rows))),
    h("div", { class: "actions" }, back.map((tier) => h("button", { type: "button", onclick: () => rollBack(tier, served[tier], changed) }, `Roll back the ${TIERS[tier]}`))),
    h("p", { class: "hint" }, "Serving another version needs the admin's token; its file is in the data folder."),
  ];
}

function row(model, items, served, changed) {
  const may = model.state === "retired" || model.state === "candidate";
  const serve = may ? h("button", { type: "button", onclick: () => activate(model, served[model.tier], changed) }, "Serve") : null;
  return h("tr", {}, h("th", { scope: "row" }, h("span", { class: "model-id" }, model.id), h("code", { class: "quiet sha" }, model.sha256.slice(0, 12))),
    h("td", {}, TIERS[model.tier]), h("td", {}, h("span", { class: `tag ${model.state}` }, model.state)),
    h("td", {}, lineage(model, items)), h("td", {}, moment(model.created_at)), h("td", { class: "gate" }, gate(model.gate)), h("td", {}, serve));
}

/** The versions it came from, the nearest first. */
function lineage(model, items) {
  const parents = [];
  for (let at = model.parent; at && parents.length < 20; at = items.find((each) => each.id === at)?.parent) parents.push(at);
  if (!parents.length) return "–";
  const [nearest, ...older] = parents;
  return [h("span", { class: "model-id" }, nearest), older.length ? h("small", { class: "quiet" }, ` ← ${older.join(" ← ")}`) : null];
}

function gate(found) {
  if (!found) return "–";
  if (found.reason) return found.reason;
  return found.accepted === undefined ? "with figures" : found.accepted ? "passed" : "rejected";
}

const activate = (model, now, changed) =>
  confirm(`Serve ${model.id}?`, `It takes over from ${now ?? "nothing"} once it has loaded and answered; one that fails is withdrawn.`, `/models/${encodeURIComponent(model.id)}/activate`, changed);

const rollBack = (tier, now, changed) =>
  confirm(`Roll back the ${TIERS[tier]}?`, `What was served before ${now} is served again.`, `/models/rollback?tier=${tier}`, changed);

function confirm(title, text, path, changed) {
  openDialog(title, (close) => {
    const said = h("div", { role: "status" });
    const yes = h("button", { type: "button", class: "primary" }, "Yes, serve it");
    yes.addEventListener("click", async () => {
      yes.disabled = true;
      fill(said, h("p", {}, "Loading and probing…"));
      try {
        const model = await post(path, undefined, { signal: AbortSignal.timeout(PATIENCE_MS) });
        fill(said, h("p", {}, h("strong", {}, `${model.id} is served.`)));
        yes.hidden = true;
        changed();
      } catch (problem) {
        fill(said, h("p", { class: "error" }, problem instanceof Problem ? problem.message : "It did not work."));
        yes.disabled = false;
      }
    });
    return h("div", { class: "stack" }, h("p", {}, text), said, h("div", { class: "actions" }, h("button", { type: "button", onclick: close }, "Close"), yes));
  });
}
