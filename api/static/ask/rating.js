// Thumbs. A rating can be taken back for five seconds, then it is sent: what is recorded stays recorded, and only a
// newer opposite thumb could answer it, which is another opinion and no undo.
import { link, post } from "../base/api.js";
import { fill, h } from "../base/dom.js";
import { icon } from "../base/icons.js";
import { who } from "../base/shell.js";
import { newId } from "../base/store.js";

const HELD_MS = 5_000;
const held = new Set(); // ratings that still can be taken back

addEventListener("pagehide", () => held.forEach((send) => send()));

/** Thumbs for an answer, or for one of its widgets. `responseId()` is null until the answer is on record. */
export function thumbs(responseId, widgetId, about) {
  const told = h("span", { class: "thanks", role: "status" });
  const state = { thumb: null, comment: "", timer: null, sent: null, send: null };
  const buttons = ["up", "down"].map((thumb) => thumbButton(thumb, about, () => choose(thumb)));
  const draw = () => buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.thumb === state.thumb)));

  function choose(thumb) {
    if (state.thumb === thumb && (state.timer || state.sent === thumb)) return;
    clear();
    state.thumb = thumb;
    draw();
    hold();
  }

  function hold() {
    const send = () => { clear(); deliver(); };
    state.send = send;
    held.add(send);
    state.timer = setTimeout(send, HELD_MS);
    const undo = h("button", { type: "button", class: "ghost", onclick: takeBack }, "Undo");
    const comment = h("button", { type: "button", class: "ghost", onclick: write }, "Comment");
    fill(told, "Thanks! ", undo, comment, h("span", { class: "countdown", "aria-hidden": "true" }));
  }

  function clear() {
    clearTimeout(state.timer);
    held.delete(state.send);
    state.timer = null;
  }

  function takeBack() {
    clear();
    state.thumb = state.sent;
    draw();
    fill(told, state.sent ? "As it was." : "Taken back.");
  }

  function write() {
    clearTimeout(state.timer);
    const input = h("input", { maxlength: "2000", "aria-label": `Comment on ${about}`, placeholder: "Why?" });
    const submit = (event) => { event.preventDefault(); state.comment = input.value.trim(); state.send(); };
    fill(told, h("form", { class: "comment", onsubmit: submit }, input, h("button", { type: "submit" }, "Send"), h("button", { type: "button", class: "ghost", onclick: takeBack }, "Undo")));
    input.focus();
  }

  async function deliver() {
    const body = { response_id: responseId(), rating: state.thumb, rater: who() };
    if (widgetId) body.widget_id = widgetId;
    if (state.comment) body.comment = state.comment;
    state.comment = "";
    state.sent = state.thumb;
    fill(told, "Thanks!");
    try {
      const receipt = await sendRating(body);
      fill(told, learned(receipt));
    } catch (problem) {
      state.sent = state.thumb = null;
      draw();
      fill(told, h("span", { class: "error" }, problem.message));
    }
  }

  return h("span", { class: "thumbs", role: "group", "aria-label": `Rate ${about}` }, buttons, told);
}

/** Sends a rating until it is on record; the same key each time, so it counts once. */
export async function sendRating(body, key = newId()) {
  try {
    return await post("/ratings", body, { headers: { "Idempotency-Key": key }, keepalive: true });
  } catch (problem) {
    if (problem.status) throw problem;
    await new Promise((resolve) => link.addEventListener("back", resolve, { once: true }));
    return sendRating(body, key);
  }
}

/** What a rating has done, in words. */
export const learned = (receipt) =>
  receipt.tier1_loss === null ? "Thanks! It is on record." : `Thanks! Lesson ${receipt.tier1_version.toLocaleString("en")} is learned.`;

function thumbButton(thumb, about, onclick) {
  const words = thumb === "up" ? "Good" : "Not good";
  return h("button", { type: "button", class: "icon thumb", data: { thumb }, "aria-label": `${words}: ${about}`, "aria-pressed": "false", title: words, onclick }, icon(thumb));
}
