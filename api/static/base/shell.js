// What every page has: theme, the operator's name, the plant's clock and open alerts, the banner while the API is away or closed.
import { forgetToken, hasToken, isGone, isLocked, link, onTokenNeeded, useToken } from "./api.js";
import { askToken, openDialog } from "./dialog.js";
import { byId, fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { startLive } from "./live.js";
import { local } from "./store.js";

const GATHER_MS = 1_000;

/** Who rates and acts on alerts; free text of the operator's own. */
export const who = () => local.get("who") || "operator";

/** To be called once, first. */
export function startShell() {
  onTokenNeeded(askToken);
  fill(byId("tools"), nameButton(), themeButton());
  for (const event of ["gone", "back", "locked"]) link.addEventListener(event, showBanner);
  keepFresh(startLive(), 30);
}

/** Calls `load` now, which is what it gives, whenever the API has come back, and every `seconds` while the page is looked at. */
export function keepFresh(load, seconds = 0) {
  const first = Promise.resolve(load());
  link.addEventListener("back", load);
  const due = () => document.visibilityState === "visible" && !isGone() && !isLocked();
  if (seconds) setInterval(() => due() && load(), seconds * 1000);
  return first;
}

/** Shows the page once its first parts are there, or what there is of it when that takes long. */
export function gather(parts) {
  const show = () => document.body.classList.remove("gathering");
  setTimeout(show, GATHER_MS);
  parts.finally(show);
}

function showBanner() {
  if (isGone()) fill(byId("banner"), h("p", { class: "banner" }, "The Command Center does not answer. What is shown may be old; it goes on by itself when it is back."));
  else if (isLocked()) fill(byId("banner"), h("p", { class: "banner" }, "A token is needed to see the plant. ", h("button", { type: "button", onclick: unlock }, "Give a token")));
  else fill(byId("banner"));
}

async function unlock() {
  const token = await askToken({ message: "This call needs a token" });
  if (token !== null) useToken(token);
}

function theme() {
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  return document.documentElement.dataset.theme ?? system;
}

function themeButton() {
  const label = () => (theme() === "dark" ? "Light colours" : "Dark colours");
  const draw = () => {
    button.setAttribute("aria-label", label());
    button.title = label();
    fill(button, icon(theme() === "dark" ? "sun" : "moon"));
  };
  const turn = () => {
    const next = theme() === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    local.set("theme", next);
    draw();
  };
  const button = h("button", { type: "button", class: "icon", id: "theme", onclick: turn });
  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  return button;
}

function nameButton() {
  const button = h("button", { type: "button", class: "ghost", id: "who", onclick: () => rename(tell) });
  const tell = () => {
    fill(button, icon("person"), h("span", {}, who()));
    button.setAttribute("aria-label", `You are ${who()}. Change the name`);
  };
  tell();
  return button;
}

function rename(tell) {
  openDialog("Who are you?", (close) => {
    const input = h("input", { id: "name-input", value: who(), maxlength: "100", autocomplete: "off" });
    const save = (event) => {
      event.preventDefault();
      local.set("who", input.value.trim() || null);
      tell();
      close();
    };
    const forget = h("button", { type: "button", onclick: () => { forgetToken(); close(); } }, "Forget the token");
    queueMicrotask(() => input.select());
    return h("form", { class: "stack", onsubmit: save },
      h("label", { for: "name-input" }, "Your name stands with your ratings and with alerts you act on."), input,
      h("div", { class: "actions" }, hasToken() ? forget : null, h("button", { type: "submit", class: "primary" }, "Save")));
  });
}
