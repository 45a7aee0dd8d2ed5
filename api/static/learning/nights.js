// The nights: what each had to learn from, what its stages made of it, what the gate measured, how it ended.
import { h, told } from "../base/dom.js";
import { moment, plain, span } from "../base/format.js";
import { STAGES, stageWords } from "./stages.js";
import { table } from "./table.js";

const KINDS = {
  same_prompt: "same prompt, liked and disliked", correction: "correction over what was shown", transplant: "transplanted shapes",
  product: "product over questions", unpaired_up: "unpaired, liked", unpaired_down: "unpaired, disliked",
};
const BY_AIRFLOW = /^(scheduled|manual|backfill|asset_triggered)__/;

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
  const hint = h("p", { class: "hint" }, "Run one here and now with ", h("code", {}, "make nightly"), "; ", airflow("runs in Airflow"), " can be seen while ", h("code", {}, "make airflow"), " runs.");
  if (!items.length) return [told("No night was run yet. The first one waits for enough ratings."), hint];
  return [h("div", { class: "nights" }, items.map(night)), hint];
}

/** A link to Airflow's page of the runs, or of that one: its id is the night's, but for letters that Airflow's search does not mind. */
function airflow(words, runId = null) {
  const which = runId === null ? "" : `?run_id_pattern=${encodeURIComponent(runId.replaceAll("-", "_"))}`;
  return h("a", { href: `${document.body.dataset.airflow}/dags/nightly_retraining/runs${which}`, target: "_blank", rel: "noopener" }, words);
}

function night(each, index) {
  const gate = each.figures.gate;
  const under = each.state === "running" && each.stage ? `, at ${each.stage}` : "";
  return h("details", { class: "night", open: index === 0 },
    h("summary", {}, h("span", { class: `tag ${each.state}` }, each.state), h("strong", {}, moment(each.started_at)), h("span", { class: "quiet reason" }, `${each.reason ?? ""}${under}`)),
    h("div", { class: "night-body" },
      h("p", { class: "quiet" }, h("code", {}, each.run_id), `: ratings of ${span(each.window_start, each.window_end)}; against ${each.parent}${took(each)}. `,
        BY_AIRFLOW.test(each.run_id) ? airflow("Its run in Airflow", each.run_id) : null),
      h("ol", { class: "stages" }, STAGES.map((name) => stage(name, each))),
      gate?.checks ? verdict(gate) : null));
}

function stage(name, each) {
  const figures = each.figures[name];
  const here = each.stage === name;
  const failed = here && !figures && each.state === "failed";
  const state = figures ? "done" : failed ? "failed" : here && each.state === "running" ? "running" : "none";
  return h("li", { class: state }, h("strong", {}, name), h("span", { class: "quiet" }, figures ? stageWords(name, figures) : failed ? "failed here" : state === "running" ? "under way" : "not reached"));
}

const took = ({ started_at: from, finished_at: to }) => (to ? `; ${plain((Date.parse(to) - Date.parse(from)) / 60_000, 1)} minutes` : "");

function verdict(gate) {
  const mark = (held) => h("span", { class: `tag ${held ? "ok" : "failed"}` }, held ? "✓ held" : "✗ not held");
  const rows = gate.checks.map((check) => [check.name, check.figure, check.demand, mark(check.held)]);
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "The gate's verdict" }, table(["Demand", "Measured", "Bound", ""], rows));
}
