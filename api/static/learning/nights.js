// The nights: what each had to learn from, what the gate measured, how it ended.
import { h, told } from "../base/dom.js";
import { moment, plain, span } from "../base/format.js";

const KINDS = {
  same_prompt: "same prompt, liked and disliked", correction: "correction over what was shown", transplant: "transplanted shapes",
  product: "product over questions", unpaired_up: "unpaired, liked", unpaired_down: "unpaired, disliked",
};

/** The pairs of the newest night that made some. */
export function drawPairs({ items }) {
  const night = items.find((each) => each.figures.pairs?.counts);
  if (!night) return told("No night has made pairs yet.");
  const { counts, left_out: left } = night.figures.pairs;
  const rows = Object.entries(KINDS).filter(([kind]) => counts[kind]).map(([kind, words]) => [words, counts[kind]]);
  return [table(["Kind", "Count"], rows.length ? rows : [["none", 0]]), h("p", { class: "hint" }, `Of the night of ${moment(night.started_at)}.`),
    left && Object.keys(left).length ? h("details", {}, h("summary", {}, "Ratings left out, and why"), table(["Reason", "Ratings"], Object.entries(left))) : null];
}

/** Every night, the newest first. */
export function drawNights({ items }) {
  const airflow = h("p", { class: "hint" }, "Run by hand with ", h("code", {}, "make nightly"), ", or by ", h("a", { href: `${document.body.dataset.airflow}/dags/nightly_retraining` }, "Airflow"), " while ", h("code", {}, "make airflow"), " runs.");
  if (!items.length) return [told("No night was run yet."), airflow];
  return [h("div", { class: "nights" }, items.map(night)), airflow];
}

function night(each, index) {
  const gate = each.figures.gate;
  const details = h("details", { class: "night", open: index === 0 },
    h("summary", {}, h("span", { class: `tag ${each.state}` }, each.state), " ", h("strong", {}, each.run_id), " ", h("span", { class: "quiet" }, `${moment(each.started_at)}${each.state === "running" && each.stage ? `, ${each.stage}` : ""}`)));
  details.append(...[
    each.reason ? h("p", {}, each.reason) : null,
    h("p", { class: "quiet" }, `Ratings of ${span(each.window_start, each.window_end)}; against ${each.parent}${took(each)}`),
    gate?.checks ? verdict(gate) : null,
  ].filter(Boolean));
  return details;
}

const took = ({ started_at: from, finished_at: to }) => (to ? `; ${plain((Date.parse(to) - Date.parse(from)) / 60_000, 1)} minutes` : "");

function verdict(gate) {
  const rows = gate.checks.map((check) => [check.name, check.figure, check.demand, h("span", { class: `tag ${check.held ? "ok" : "failed"}` }, check.held ? "held" : "not held")]);
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "The gate's verdict" }, table(["Demand", "Measured", "Bound", ""], rows));
}

function table(heads, rows) {
  const head = h("tr", {}, heads.map((name) => h(name ? "th" : "td", { scope: name ? "col" : null, class: isCount(name) ? "number" : null }, name)));
  const body = rows.map(([first, ...others]) => h("tr", {}, h("th", { scope: "row" }, first), others.map((cell) => h("td", { class: typeof cell === "number" ? "number" : null }, typeof cell === "number" ? cell.toLocaleString("en") : cell))));
  return h("table", {}, h("thead", {}, head), h("tbody", {}, body));
}

const isCount = (name) => name === "Count" || name === "Ratings";
