// One question and what became of it: skeleton, widgets as they come, the sentence, thumbs; or what went wrong.
import { link } from "../base/api.js";
import { fill, h, skeleton } from "../base/dom.js";
import { openEvidence } from "../base/evidence.js";
import { number, plain } from "../base/format.js";
import { knowPlant } from "../base/plant.js";
import { drawWidget } from "../widgets/draw.js";
import { openCorrection } from "./correction.js";
import { thumbs } from "./rating.js";
import { askPlant } from "./stream.js";
import { say } from "./voice.js";

const LONG = 110; // letters of a sentence that is written a little smaller
const placesBefore = new Map(); // of each question: where its widgets stood the last time

/** Asks and fills `card`; resolves when the answer is there or has failed. `again(question)` asks anew. */
export async function answerInto(card, question, sessionId, widgetsOf, again) {
  const parts = { sentence: h("div", { class: "sentence", "aria-live": "polite" }), widgets: h("div", { class: "widgets" }), foot: h("div", { class: "answer-foot" }) };
  const known = { values: [], evidence: [], widgets: [], response_id: null };
  fill(card, h("h2", { class: "asked" }, question), parts.sentence, parts.widgets, parts.foot);
  fill(parts.sentence, skeleton(2));
  fill(parts.widgets, h("div", { class: "card" }, skeleton(5)));
  card.setAttribute("aria-busy", "true");
  try {
    await knowPlant();
    const done = await askPlant(question, sessionId, (name, body) => {
      if (name === "widgets") { Object.assign(known, body); drawWidgets(parts, known, question); }
      if (name === "text") drawSentence(parts.sentence, Object.assign(known, body));
    });
    finish(parts, known, done, question, widgetsOf, again);
  } catch (problem) {
    failed(parts, problem, () => again(question, card));
  }
  card.removeAttribute("aria-busy");
}

function finish(parts, known, done, question, widgetsOf, again) {
  const streamed = known.text !== undefined;
  Object.assign(known, done);
  if (!streamed) { drawWidgets(parts, known, question); drawSentence(parts.sentence, known); }
  placesBefore.set(question.toLowerCase(), new Map(done.widgets.map((widget) => [widget.type, widget.position])));
  fill(parts.foot, footOf(known, widgetsOf, () => again(question)));
  say(done.spoken);
}

function drawWidgets(parts, known, question) {
  const before = placesBefore.get(question.toLowerCase());
  fill(parts.widgets, known.widgets.map((widget) => drawWidget(widget, known, {
    moved: movedFrom(before?.get(widget.type), widget.position),
    extras: thumbs(() => known.response_id, widget.widget_id, `the ${widget.type}`),
  })));
}

function movedFrom(before, now) {
  if (!before || before === now) return null;
  const up = before > now;
  return h("span", { class: up ? "moved up" : "moved", title: `Stood in place ${before} the last time` }, `${up ? "▲" : "▼"} was ${before}`);
}

function drawSentence(holder, known) {
  fill(holder, h("p", { class: known.spoken.length > LONG ? "spoken long" : "spoken" }, linked(known.spoken, known)), known.text === known.spoken ? null : h("p", { class: "text quiet" }, known.text));
}

/** The sentence with every figure of the answer opening its evidence. */
function linked(text, { values, evidence, widgets }) {
  const known = new Map();
  values.forEach((value, index) => {
    const said = number(value.value, value.equipment, value.metric, value.statistic);
    if (!known.has(said)) known.set(said, index);
  });
  const numbers = "(?<![\\w.:])-?\\d+(?:,\\d{3})*(?:\\.\\d+)?(?![\\w:])";
  const pieces = text.split(new RegExp(`(${[...namesIn(widgets), numbers].join("|")})`));
  return pieces.map((piece) => {
    const source = evidence.find((each) => each.value_index === known.get(piece));
    if (!source) return piece;
    const name = `${piece} ${values[source.value_index].unit}`.trim();
    return h("button", { type: "button", class: "figure", title: "Where does this come from?", "aria-label": `${name}: where does this come from?`, onclick: () => openEvidence(name, source) }, piece);
  });
}

/** The machines' names, as patterns: the 1 of "Chiller 1" is no figure. */
function namesIn(widgets) {
  const parts = widgets.flatMap(({ data }) => [data, ...(data.items ?? []), ...(data.series ?? [])]);
  const names = [...new Set(parts.map((part) => part.name).filter(Boolean))].sort((a, b) => b.length - a.length);
  return names.map((name) => `${name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?!\\w)`);
}

function footOf(answer, widgetsOf, again) {
  const { plan, timings_ms: took } = answer;
  const mended = answer.widgets.length ? h("button", { type: "button", onclick: () => openCorrection(answer, widgetsOf, again) }, "Show me this instead") : null;
  const model = answer.model ? `${answer.model.id}${answer.cached ? ", plan kept" : ""}` : "by its names alone";
  return [
    thumbs(() => answer.response_id, null, "this answer"), mended,
    h("p", { class: "quiet how" }, `${plan.intent.replaceAll("_", " ")} · ${plain(took.total, took.total < 10 ? 1 : 0)} ms · ${model} · order by lesson ${answer.tier1.version.toLocaleString("en")}`),
  ];
}

function failed(parts, problem, again) {
  parts.widgets.replaceChildren();
  const button = h("button", { type: "button", onclick: again }, "Ask again");
  fill(parts.sentence, h("p", { class: "state", role: "alert" }, problem.message, " ", button));
  if (problem.status === 0) link.addEventListener("back", () => button.isConnected && again(), { once: true });
}
