// The page to ask on: one box, the newest answer in full, the ones before it folded away.
import { byId, fill, h } from "../base/dom.js";
import { capital } from "../base/format.js";
import { knowPlant, types } from "../base/plant.js";
import { startShell } from "../base/shell.js";
import { newId, tab } from "../base/store.js";
import { answerInto } from "./answer.js";
import { voiceButtons } from "./voice.js";

const MOST_ANSWERS = 10;
const MOST_KEPT = 50;
const widgetsOf = JSON.parse(byId("answers").dataset.widgets);
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
    await answerInto(card ?? newCard(), question.trim(), sessionId(), widgetsOf, ask);
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

/** Examples in the plant's own words. */
function examples() {
  const [first, second] = types();
  if (!first) return [];
  const [metric] = first.metrics;
  const one = `${first.label} 1`;
  const start = capital(one);
  const rows = [
    `Show ${one} ${metric.label}`, `${start} ${metric.label} over the last 24 hours`, "And yesterday?",
    `Compare ${metric.label} of ${one} and ${first.label} 2 today`,
    `Top 5 ${first.plural} by ${metric.label}`, `Any anomalies in ${one} today?`, "Show open alerts",
    `Forecast ${one} ${metric.label} for the next 6 hours`,
  ];
  return second ? [...rows, `Summary of ${second.label} 1`] : rows;
}

function start() {
  startShell();
  fill(byId("voice"), voiceButtons((text) => { input.value = text; ask(text); }, (why) => { input.value = ""; input.placeholder = why; }));
  byId("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    if (busy) return;
    ask(input.value);
    input.value = "";
  });
  input.addEventListener("keydown", browse);
  document.addEventListener("keydown", focusBySlash);
  const offer = () => fill(byId("examples"), examples().map((text) => h("button", { type: "button", class: "chip", onclick: () => ask(text) }, text)));
  knowPlant().then(offer, () => {});
  const given = new URLSearchParams(location.search).get("q");
  if (given) ask(given);
  else input.focus();
}

start();
