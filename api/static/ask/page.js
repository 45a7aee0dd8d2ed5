// The page to ask on: one box, the newest answer in full, the ones before it folded away.
import { byId, fill, h } from "../base/dom.js";
import { knowPlant, machineCount, plantName } from "../base/plant.js";
import { keepFresh, startShell } from "../base/shell.js";
import { newId, tab } from "../base/store.js";
import { answerInto } from "./answer.js";
import { exampleGroups } from "./examples.js";
import { knowTemperature } from "./order.js";
import { voiceButtons } from "./voice.js";

const MOST_ANSWERS = 10;
const MOST_KEPT = 50;
const input = byId("question");
const send = byId("send");
const answers = byId("answers");
const asked = JSON.parse(tab.get("asked") ?? "[]");
let place = asked.length;
let busy = false;

function sessionId() {
  if (tab.get("session") === null) tab.set("session", newId());
  return tab.get("session");
}

async function ask(question, card = null) {
  if (busy || !question.trim()) return;
  setBusy(true);
  remember(question);
  try {
    await answerInto(card ?? newCard(), question.trim(), sessionId(), ask);
  } finally {
    setBusy(false);
  }
}

function setBusy(now) {
  busy = now;
  send.disabled = now;
  send.textContent = now ? "Asking…" : "Ask";
}

function newCard() {
  const before = answers.firstElementChild;
  if (before?.matches(".answer")) fold(before);
  const card = h("section", { class: "answer", "aria-label": "Answer" });
  answers.prepend(card);
  document.body.classList.add("answered");
  [...answers.children].slice(MOST_ANSWERS).forEach((old) => old.remove());
  return card;
}

function fold(card) {
  const said = card.querySelector(".spoken")?.textContent ?? "";
  card.querySelector(".sentence").removeAttribute("aria-live");
  const line = h("summary", {}, h("strong", {}, card.querySelector(".asked").textContent), " ", h("span", { class: "quiet" }, said));
  const folded = h("details", { class: "before" }, line);
  card.replaceWith(folded);
  folded.append(card);
}

function remember(question) {
  if (asked.at(-1) !== question) asked.push(question);
  asked.splice(0, asked.length - MOST_KEPT);
  place = asked.length;
  tab.set("asked", JSON.stringify(asked));
}

function browse(event) {
  if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
  event.preventDefault();
  place = Math.min(asked.length, Math.max(0, place + (event.key === "ArrowUp" ? -1 : 1)));
  input.value = asked[place] ?? "";
}

function focusBySlash(event) {
  const typing = event.target.closest?.("input, textarea, select, dialog");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  input.focus();
  input.select();
}

/** What stands above the box before the first question. */
function greet() {
  byId("greeting").textContent = `Ask ${plantName()}`;
  byId("about").textContent = `${machineCount().toLocaleString("en")} machines, read every minute. Every figure leads to its rows; your thumbs teach.`;
}

function start() {
  startShell();
  fill(byId("voice"), voiceButtons((text) => { input.value = ""; ask(text); }, (why) => { input.value = ""; input.placeholder = why; }));
  byId("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    if (busy) return;
    ask(input.value);
    input.value = "";
  });
  input.addEventListener("keydown", browse);
  document.addEventListener("keydown", focusBySlash);
  keepFresh(() => knowPlant().then(() => { greet(); fill(byId("examples"), exampleGroups((text) => ask(text))); }).catch(() => {}));
  knowTemperature();
  const given = new URLSearchParams(location.search).get("q");
  if (given) ask(given);
  else input.focus();
}

start();
