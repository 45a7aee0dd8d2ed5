// Questions to begin with, in the plant's own words, by what they are good for.
import { h } from "../base/dom.js";
import { capital } from "../base/format.js";
import { types } from "../base/plant.js";

/** Groups of examples as elements; `ask(question)` is called for one that is chosen. */
export const exampleGroups = (ask) => groups().map(([title, questions]) =>
  h("section", { class: "examples-of" }, h("h2", {}, title),
    questions.map((text) => h("button", { type: "button", class: "chip", onclick: () => ask(text) }, text))));

function groups() {
  const [first, second = first] = types();
  if (!first) return [];
  const [metric] = first.metrics;
  const one = `${first.label} 1`;
  return [
    ["Now", [`Show ${one} ${metric.label}`, `Summary of ${second.label} 1`]],
    ["Over time", [`${capital(one)} ${metric.label} over the last 24 hours`, "And yesterday?"]],
    ["Side by side", [`Compare ${metric.label} of ${one} and ${first.label} 2 today`, `Top 5 ${first.plural} by ${metric.label}`]],
    ["What is wrong", ["Show open alerts", `Any anomalies in ${one} today?`]],
    ["What is to come", [`Forecast ${one} ${metric.label} for the next 6 hours`]],
  ];
}
