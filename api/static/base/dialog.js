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

/** Asks for a token, saying why the call was refused; resolves to it, or to null when the dialog is left. */
export function askToken(problem) {
  return new Promise((resolve) => {
    let given = null;
    const dialog = openDialog("A token is needed", (close) => tokenForm(problem.message, (token) => { given = token; close(); }));
    dialog.addEventListener("close", () => resolve(given));
  });
}

function tokenForm(why, done) {
  const input = h("input", { id: "token", type: "password", autocomplete: "off", required: true, "aria-describedby": "token-where" });
  const submit = (event) => {
    event.preventDefault();
    if (input.value.trim()) done(input.value.trim());
  };
  queueMicrotask(() => input.focus());
  return h("form", { class: "stack", onsubmit: submit },
    reason(why),
    h("label", { for: "token" }, "Token"), input,
    h("p", { class: "hint", id: "token-where" }, "It stays in this tab only, until the tab is closed."),
    h("div", { class: "actions" }, h("button", { type: "submit", class: "primary" }, "Use it")));
}

/** What the API said, for somebody who has never seen a header. */
function reason(why) {
  const role = /(?:token of the|for the) (\w+)/.exec(why)?.[1] ?? "operator";
  const place = h("p", {}, "Give the ", h("strong", {}, `${role}’s token`), ". Whoever runs the Command Center has it: in the file ",
    h("code", {}, `${role}_token`), " of its data folder, or in the setting ", h("code", {}, `CC_${role.toUpperCase()}_TOKEN`), ".");
  if (/not known/.test(why)) return [h("p", { class: "error", role: "alert" }, "That token is not known here."), place];
  return /for the/.test(why) ? [h("p", { class: "error", role: "alert" }, `That token may not do this: it is for the ${role}.`), place] : place;
}
