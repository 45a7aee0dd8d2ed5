// "Show me this instead": which widgets, in which order, of which metric, over which window.
import { openDialog } from "../base/dialog.js";
import { fill, h } from "../base/dom.js";
import { knowIntents } from "../base/intents.js";
import { metricOf, typeNamed } from "../base/plant.js";
import { who } from "../base/shell.js";
import { learned, sendRating } from "./rating.js";

const KEPT = "";
const WINDOWS = {
  PT1H: "the last hour", PT24H: "the last 24 hours", P7D: "the last 7 days", P30D: "the last 30 days", today: "today",
  yesterday: "yesterday", this_week: "this week", last_week: "last week", this_month: "this month", last_month: "last month",
};

/** Opens the form for an answer; `again(question)` asks. */
export function openCorrection(answer, again) {
  openDialog("Show me this instead", (close) => {
    const shown = h("div", {}, h("p", { class: "quiet" }, "Loading…"));
    knowIntents().then(
      (intents) => fill(shown, form(answer, intents, close, again)),
      (problem) => fill(shown, h("p", { class: "error" }, problem.message)),
    );
    return shown;
  }, { wide: true });
}

function form(answer, intents, close, again) {
  const { plan } = answer;
  const widgetsOf = (name) => intents.find((intent) => intent.name === name)?.widgets ?? [];
  const labels = Object.fromEntries(intents.filter(({ widgets }) => widgets.length).map(({ name, label }) => [name, label]));
  const list = widgetList(answer.widgets.map((widget) => widget.type), widgetsOf(plan.intent));
  const intent = choice("instead-intent", labels, `as understood: ${labels[plan.intent] ?? plan.intent}`);
  const metric = choice("instead-metric", metricsOf(plan), "as it was");
  const window = choice("instead-window", WINDOWS, "as it was");
  const said = h("div", { role: "status" });
  const send = h("button", { type: "submit", class: "primary" }, "Send");
  intent.addEventListener("change", () => list.offer(widgetsOf(intent.value || plan.intent)));
  const submit = async (event) => {
    event.preventDefault();
    const correction = changes(answer, list.chosen(), intent.value, metric.value, window.value);
    if (!Object.keys(correction).length) return fill(said, h("p", { class: "error" }, "This is what is shown already: change something."));
    send.disabled = true;
    try {
      const receipt = await sendRating({ response_id: answer.response_id, rating: "down", correction, rater: who() });
      fill(said, h("p", {}, h("strong", {}, learned(receipt)), " The nights learn from it too."), nextSteps(answer, correction, (question) => { close(); again(question); }));
      send.hidden = true;
    } catch (problem) {
      send.disabled = false;
      fill(said, h("p", { class: "error" }, problem.message));
    }
    return null;
  };
  return h("form", { class: "stack", onsubmit: submit },
    h("p", { class: "quiet" }, `For “${answer.query}”. What you leave stays as it was.`),
    h("fieldset", {}, h("legend", {}, "Widgets, the best first"), list.element),
    h("div", { class: "fields" }, labelled("What is meant", intent), labelled("Metric", metric), labelled("Window", window)),
    said, h("div", { class: "actions" }, send));
}

/** The same question again, in its new order; and where something else was meant, the question that says it. */
function nextSteps(answer, correction, ask) {
  const meant = askedRight(answer, correction);
  return h("div", { class: "actions" },
    meant ? h("button", { type: "button", onclick: () => ask(meant) }, `Show it now: ${meant}`) : null,
    h("button", { type: "button", class: "primary", onclick: () => ask(answer.query) }, "Ask again"));
}

/** A question for the metric and window that were chosen; null where neither was, or the machines have no names here. */
function askedRight({ plan, widgets }, { metrics, window }) {
  if (!metrics && !window) return null;
  const parts = widgets.flatMap(({ data }) => [data, ...(data.items ?? []), ...(data.series ?? [])]);
  const names = plan.equipment.map((id) => parts.find((part) => part.equipment === id)?.name);
  const metric = metricOf(plan.equipment[0], (metrics ?? plan.metrics)[0])?.label;
  if (!names.length || !names.every(Boolean) || !metric) return null;
  const label = window?.label ?? plan.window?.label;
  const words = WINDOWS[label] ? ` ${label.startsWith("P") ? "over " : ""}${WINDOWS[label]}` : "";
  return `${names.join(" and ")} ${metric}${words}`;
}

function changes(answer, widgets, intent, metric, window) {
  const before = answer.widgets.map((widget) => widget.type);
  const correction = {};
  if (widgets.length && widgets.join() !== before.join()) correction.widgets = widgets;
  if (intent && intent !== answer.plan.intent) correction.intent = intent;
  if (metric && metric !== answer.plan.metrics.join()) correction.metrics = [metric];
  if (window && window !== answer.plan.window?.label) correction.window = { label: window };
  return correction;
}

function choice(id, options, kept) {
  const all = Object.entries(options).map(([value, words]) => h("option", { value }, words));
  return h("select", { id }, h("option", { value: KEPT }, kept), all);
}

const labelled = (words, control) => h("div", { class: "field" }, h("label", { for: control.id }, words), control);

function metricsOf({ equipment, equipment_type: kind, metrics }) {
  const type = typeNamed(kind ?? equipment[0]?.replace(/_\d+$/, ""));
  const known = type?.metrics ?? metrics.map((name) => metricOf(equipment[0], name)).filter(Boolean);
  return Object.fromEntries(known.map((metric) => [metric.name, metric.unit ? `${metric.label} (${metric.unit})` : metric.label]));
}

function widgetList(shown, possible) {
  const element = h("ol", { class: "reorder" });
  const offer = (names) => {
    const chosen = [...element.querySelectorAll("input:checked")].map((input) => input.value);
    const first = element.childElementCount ? chosen : shown;
    const all = [...new Set([...first, ...names])].filter((name) => first.includes(name) || names.includes(name));
    fill(element, all.map((name) => entry(name, first.includes(name))));
  };
  offer(possible);
  return { element, offer, chosen: () => [...element.querySelectorAll("input:checked")].map((input) => input.value) };
}

function entry(name, checked) {
  const id = `instead-${name}`;
  const box = h("input", { type: "checkbox", id, value: name, checked });
  const item = h("li", {}, box, h("label", { for: id }, name));
  const move = (words, mark, shift) => h("button", { type: "button", class: "icon", "aria-label": `Move ${name} ${words}`, onclick: (event) => { shift(); event.currentTarget.focus(); } }, mark);
  item.append(move("up", "↑", () => item.previousElementSibling?.before(item)), move("down", "↓", () => item.nextElementSibling?.after(item)));
  return item;
}
