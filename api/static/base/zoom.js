// A curve zoomed and moved by keys (+ and -, the arrows, 0 for all) and by buttons, which a finger can press, too.
import { h } from "./dom.js";
import { clockOf, dayOf } from "./format.js";

const NARROWEST = 4; // readings that stay in sight
const TOOLS = [["−", "-", "Zoom out"], ["+", "+", "Zoom in"], ["←", "ArrowLeft", "Earlier"], ["→", "ArrowRight", "Later"], ["all", "0", "Show all"]];

/** Lets the keys move `holder`'s plot, which `plotOf` gives once it is drawn; what is shown then is said. */
export function zoomByKeys(holder, plotOf) {
  holder.tabIndex = 0;
  holder.setAttribute("aria-keyshortcuts", "+ - ArrowLeft ArrowRight 0");
  holder.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !move(holder, plotOf(), event.key)) return;
    event.preventDefault();
  });
}

/** The same as buttons. */
export function zoomTools(holder, plotOf, label) {
  const button = ([mark, key, words]) =>
    h("button", { type: "button", class: "ghost", "aria-label": words, title: words, onclick: () => move(holder, plotOf(), key) }, mark);
  return h("span", { class: "zoom", role: "group", "aria-label": `Zoom: ${label}` }, TOOLS.map(button));
}

function move(holder, plot, key) {
  const shown = plot && after(key, plot);
  if (!shown) return false;
  plot.setScale("x", shown);
  holder.setAttribute("aria-description", `Shown: ${moment(shown.min)} to ${moment(shown.max)}`);
  return true;
}

function after(key, plot) {
  const [first, last] = [plot.data[0][0], plot.data[0].at(-1)];
  const { min, max } = plot.scales.x;
  const least = ((last - first) / Math.max(1, plot.data[0].length - 1)) * NARROWEST;
  const [span, middle] = [max - min, (min + max) / 2];
  switch (key) {
    case "+": case "=": return within(middle, Math.max(span / 2, least), first, last);
    case "-": return within(middle, span * 2, first, last);
    case "ArrowLeft": return within(middle - span / 4, span, first, last);
    case "ArrowRight": return within(middle + span / 4, span, first, last);
    case "0": case "Home": return { min: first, max: last };
    default: return null;
  }
}

/** A window of that span around the middle, moved so far that it holds no empty ends. */
function within(middle, span, first, last) {
  const width = Math.min(span, last - first);
  const min = Math.min(Math.max(middle - width / 2, first), last - width);
  return { min, max: min + width };
}

const moment = (seconds) => `${dayOf(seconds * 1000)} ${clockOf(seconds * 1000)}`;
