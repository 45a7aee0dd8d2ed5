// One question and what became of it: skeleton, the sentence and its widgets, thumbs; or what went wrong.
import { link, Problem } from "../base/api.js";
import { fill, h, skeleton } from "../base/dom.js";
import { plain } from "../base/format.js";
import { knowPlant } from "../base/plant.js";
import { arranged, drawWidget } from "../widgets/draw.js";
import { openCorrection } from "./correction.js";
import { movedTag, rememberPlaces } from "./order.js";
import { thumbs } from "./rating.js";
import { drawSentence } from "./sentence.js";
import { askPlant } from "./stream.js";
import { say } from "./voice.js";

const SLOW_MS = 2_000;
const PATIENCE_MS = 30_000;
let lastModel = null; // that answered on this page

/** Asks and fills `card`; resolves when the answer is there or has failed. `again(question, card)` asks anew. */
export async function answerInto(card, question, sessionId, again) {
  const parts = { sentence: h("div", { class: "sentence", "aria-live": "polite" }), widgets: h("div", { class: "widgets" }), foot: h("div", { class: "answer-foot" }) };
  const known = { values: [], evidence: [], widgets: [], plan: null, response_id: null };
  fill(card, h("h2", { class: "asked" }, question), parts.sentence, parts.widgets, parts.foot);
  fill(parts.sentence, skeleton(2));
  fill(parts.widgets, h("div", { class: "card" }, skeleton(5)), h("div", { class: "card" }, skeleton(5)));
  card.setAttribute("aria-busy", "true");
  const patience = waiting(parts.foot);
  try {
    await knowPlant();
    const done = await askPlant(question, sessionId, patience.signal, (name, body) => {
      if (name === "plan") known.plan = body;
      else Object.assign(known, body);
      if (name === "text") draw(parts, known, question, again); // widgets came just before: both at once, nothing moves
    });
    finish(parts, known, done, question, again);
  } catch (problem) {
    failed(parts, problem, () => again(question, card));
  }
  patience.over();
  card.removeAttribute("aria-busy");
}

/** Says so when it takes long, and lets the operator give up. */
function waiting(foot) {
  const abort = new AbortController();
  const stop = h("button", { type: "button", onclick: () => abort.abort(new Problem("Stopped.", -1)) }, "Stop");
  const slow = setTimeout(() => fill(foot, h("p", { class: "quiet", role: "status" }, "The answer takes longer than usual. ", stop)), SLOW_MS);
  const end = setTimeout(() => abort.abort(new DOMException("", "TimeoutError")), PATIENCE_MS);
  return { signal: abort.signal, over: () => { clearTimeout(slow); clearTimeout(end); } };
}

function draw(parts, known, question, again) {
  drawSentence(parts.sentence, known, question, again);
  const fresh = h("div", { class: "widgets" });
  parts.widgets.replaceWith(fresh);
  parts.widgets = fresh;
  fill(fresh, arranged(known.widgets.map((widget) => drawWidget(widget, known, {
    moved: movedTag(question, widget, known.widgets),
    extras: thumbs(() => known.response_id, widget.widget_id, `the ${widget.type}`),
  }))));
}

function finish(parts, known, done, question, again) {
  const streamed = known.text !== undefined;
  Object.assign(known, done);
  if (!streamed) draw(parts, known, question, again);
  rememberPlaces(question, done);
  fill(parts.foot, footOf(known, again));
  if (done.model) lastModel = done.model.id;
  say(done.spoken);
}

function footOf(answer, again) {
  const { plan, timings_ms: took, model } = answer;
  const mended = answer.widgets.length ? h("button", { type: "button", onclick: () => openCorrection(answer, again) }, "Show me this instead") : null;
  const words = model ? `${model.id}${answer.cached ? ", plan kept" : ""}` : "by its names alone";
  const changed = model && lastModel && lastModel !== model.id;
  return [
    thumbs(() => answer.response_id, null, "this answer"), mended,
    h("p", { class: "quiet how" }, `${plan.intent.replaceAll("_", " ")} · ${plain(took.total, took.total < 10 ? 1 : 0)} ms · ${words} · order by lesson ${answer.tier1.version.toLocaleString("en")}`),
    changed ? h("p", { class: "note changed", role: "status" }, `Another model answers now: ${model.id}; before it was ${lastModel}.`) : null,
  ];
}

function failed(parts, problem, again) {
  parts.widgets.replaceChildren();
  parts.foot.replaceChildren();
  const button = h("button", { type: "button", onclick: again }, "Ask again");
  fill(parts.sentence, h("p", { class: "state", role: "alert" }, problem.message, " ", button));
  if (problem.status === 0) link.addEventListener("back", () => button.isConnected && again(), { once: true });
}
