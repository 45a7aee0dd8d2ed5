// The sentence, large, with every figure in it leading to its rows; and where a name was not known, the nearest to ask for.
import { fill, h } from "../base/dom.js";
import { openEvidence } from "../base/evidence.js";
import { number } from "../base/format.js";

const LONG = 110; // letters of a sentence that is written a little smaller
const LONGER = 220;
const UNKNOWN = /called '(.+?)'.*Did you mean (.+)\?$/;

/** What is said, and what is to be read where that tells more. `again(question)` asks another question. */
export function drawSentence(holder, known, question, again) {
  const { spoken, text } = known;
  const size = spoken.length > LONGER ? "spoken longer" : spoken.length > LONG ? "spoken long" : "spoken";
  const full = text === spoken ? null : h("p", { class: "text quiet" }, linked(text, known));
  fill(holder, h("p", { class: size }, linked(spoken, known)), full && text.length > LONGER ? h("details", { class: "full" }, h("summary", {}, "In full"), full) : full, nearest(text, question, again));
}

function nearest(text, question, again) {
  const found = UNKNOWN.exec(text);
  const at = found ? question.toLowerCase().indexOf(found[1].toLowerCase()) : -1;
  if (at < 0) return null;
  const with_ = (name) => question.slice(0, at) + name + question.slice(at + found[1].length);
  return h("p", { class: "chips" }, found[2].split(", ").map((name) => h("button", { type: "button", class: "chip", onclick: () => again(with_(name)) }, with_(name))));
}

/** The text with each figure of the answer as a button. */
function linked(text, { values, evidence, widgets }) {
  const known = new Map();
  values.forEach((value, index) => {
    const said = number(value.value, value.equipment, value.metric, value.statistic);
    if (!known.has(said)) known.set(said, index);
  });
  const numbers = "(?<![\\w.:])-?\\d+(?:,\\d{3})*(?:\\.\\d+)?(?![\\w:])";
  return text.split(new RegExp(`(${[...namesIn(widgets), numbers].join("|")})`)).map((piece) => {
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
