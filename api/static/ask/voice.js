// Voice by the browser's own speech: in where it listens, out where it speaks, hidden where it does neither.
import { fill, h } from "../base/dom.js";
import { icon } from "../base/icons.js";
import { local } from "../base/store.js";

const Recognition = globalThis.SpeechRecognition ?? globalThis.webkitSpeechRecognition;
const speech = globalThis.speechSynthesis;
const OFF = "Voice is off";
const ON = "Voice is on";

/** The buttons that this browser can serve. `heard(text)` gets what was said, `failed(why)` a sentence. */
export function voiceButtons(heard, failed) {
  return [Recognition ? listenButton(heard, failed) : null, speech ? speakButton() : null].filter(Boolean);
}

/** Says it, when the operator wants to hear answers. */
export function say(text) {
  if (!speech || local.get("voice") !== "on") return;
  speech.cancel();
  const said = new SpeechSynthesisUtterance(text);
  said.lang = "en";
  speech.speak(said);
}

function speakButton() {
  const button = h("button", { type: "button", class: "icon", "aria-pressed": "false" });
  const draw = () => {
    const on = local.get("voice") === "on";
    button.setAttribute("aria-pressed", String(on));
    button.setAttribute("aria-label", "Say answers aloud");
    button.title = on ? ON : OFF;
    fill(button, icon(on ? "speaking" : "silent"));
  };
  button.addEventListener("click", () => {
    local.set("voice", local.get("voice") === "on" ? null : "on");
    speech.cancel();
    draw();
  });
  draw();
  return button;
}

function listenButton(heard, failed) {
  const button = h("button", { type: "button", class: "icon", "aria-label": "Ask by voice", title: "Ask by voice" }, icon("microphone"));
  let listening = null;
  const end = () => {
    listening = null;
    button.classList.remove("listening");
  };
  button.addEventListener("click", () => {
    if (listening) return listening.stop();
    listening = new Recognition();
    listening.lang = "en";
    listening.onresult = (event) => heard(event.results[0][0].transcript);
    listening.onerror = (event) => event.error !== "aborted" && failed(whyNot(event.error));
    listening.onend = end;
    button.classList.add("listening");
    return listening.start();
  });
  return button;
}

function whyNot(error) {
  if (error === "not-allowed" || error === "service-not-allowed") return "The browser may not use the microphone here.";
  if (error === "network") return "This browser's speech recognition needs a network that is not there. Type instead.";
  return error === "no-speech" ? "Nothing was heard." : `Speech recognition failed (${error}). Type instead.`;
}
