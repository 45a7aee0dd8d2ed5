// What can be done about an alert: acknowledge, clear, put on the shelf and take off it.
import { post } from "../base/api.js";
import { openDialog } from "../base/dialog.js";
import { h } from "../base/dom.js";
import { who } from "../base/shell.js";

const HOURS = { 1: "1 hour", 8: "8 hours", 24: "1 day", 72: "3 days", 168: "7 days" };

/** A button that does one of them at once; `changed` gets the alert as it is then, `error` shows why not. */
export function act(alert, verb, words, changed, error) {
  const button = h("button", { type: "button", "aria-label": `${words}: ${alert.message}` }, words);
  button.addEventListener("click", () => busy(button, error, async () => changed(await post(`/alerts/${alert.id}/${verb}`, { who: who() }))));
  return button;
}

/** Asks for how long and why. */
export function shelveButton(alert, changed) {
  const open = () => openDialog("Put on the shelf", (close) => form(alert, (after) => { close(); changed(after); }));
  return h("button", { type: "button", class: "ghost", "aria-label": `Shelve: ${alert.message}`, title: "Out of sight for a while", onclick: open }, "Shelve");
}

function form(alert, done) {
  const hours = h("select", { id: "shelf-hours" }, Object.entries(HOURS).map(([value, words]) => h("option", { value, selected: value === "8" }, words)));
  const why = h("input", { id: "shelf-why", required: true, maxlength: "2000", placeholder: "The sensor is replaced on Friday" });
  const error = h("p", { class: "error", role: "alert", hidden: true });
  const send = h("button", { type: "submit", class: "primary" }, "Shelve");
  const submit = (event) => {
    event.preventDefault();
    busy(send, error, async () => done(await post(`/alerts/${alert.id}/shelve`, { who: who(), hours: Number(hours.value), comment: why.value.trim() })));
  };
  queueMicrotask(() => why.focus());
  return h("form", { class: "stack", onsubmit: submit },
    h("p", {}, alert.message), h("p", { class: "hint" }, "It stays open, with all of its cause, out of sight until then; it comes back by itself."),
    h("label", { for: "shelf-why" }, "Why"), why, h("label", { for: "shelf-hours" }, "For"), hours,
    error, h("div", { class: "actions" }, send));
}

/** Does `work` while `button` rests; what goes wrong is told in `error`. */
export async function busy(button, error, work) {
  button.disabled = true;
  error.hidden = true;
  try {
    await work();
  } catch (problem) {
    error.textContent = problem.message;
    error.hidden = false;
  }
  button.disabled = false;
}
