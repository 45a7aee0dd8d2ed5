// Things that open over the page; the browser's own dialog keeps the focus in and gives it back.
import { h } from "./dom.js";

let count = 0;

/** Opens a dialog with a title; the element that `draw(close)` gives goes into it. Closes by button, Escape and backdrop. */
export function openDialog(title, draw, { wide = false } = {}) {
  const id = `dialog-${++count}`;
  const dialog = h("dialog", { class: wide ? "wide" : null, "aria-labelledby": id });
  const close = () => dialog.close();
  const cross = h("button", { type: "button", class: "icon", "aria-label": "Close", onclick: close }, "✕");
  dialog.append(h("div", { class: "dialog-head" }, h("h2", { id }, title), cross), h("div", { class: "dialog-body" }));
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && close());
  document.body.append(dialog);
  dialog.showModal();
  dialog.lastChild.append(draw(close));
  return dialog;
}

/** Asks for a token; resolves to it, or to null when the dialog is left. It never leaves this tab. */
export function askToken(why) {
  return new Promise((resolve) => {
    let given = null;
    const dialog = openDialog("A token is needed", (close) => tokenForm(why, (token) => { given = token; close(); }));
    dialog.addEventListener("close", () => resolve(given));
  });
}

function tokenForm(why, done) {
  const input = h("input", { id: "token", type: "password", autocomplete: "off", required: true });
  const submit = (event) => {
    event.preventDefault();
    if (input.value.trim()) done(input.value.trim());
  };
  queueMicrotask(() => input.focus());
  return h("form", { class: "stack", onsubmit: submit },
    h("p", {}, why),
    h("label", { for: "token" }, "Token"), input,
    h("p", { class: "hint" }, "It is kept in this tab only, until the tab is closed."),
    h("div", { class: "actions" }, h("button", { type: "submit", class: "primary" }, "Use it")));
}
