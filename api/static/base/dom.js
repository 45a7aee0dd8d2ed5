// Elements, written as calls. Text is always text: nothing here ever parses HTML.

/** An element: h("p", { class: "quiet", onclick: f }, "text", child, ...); null children are left out. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) set(element, name, value);
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function set(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "style") for (const [key, each] of Object.entries(value)) element.style.setProperty(key, each);
  else if (name === "data") Object.assign(element.dataset, value);
  else element.setAttribute(name, value === true ? "" : value);
}

/** The element with that id. */
export const byId = (id) => document.getElementById(id);

/** Puts these children in place of all that was there. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter(Boolean));
  return element;
}

/** Grey bars in place of what is still to come. */
export const skeleton = (lines = 3) =>
  h("div", { class: "skeleton", "aria-hidden": "true" }, Array.from({ length: lines }, () => h("span")));

/** A sentence in place of something: empty, or failed with a way to try again. */
export function told(text, again) {
  const button = again && h("button", { type: "button", onclick: again }, "Try again");
  return h("p", { class: "state", role: again ? "alert" : null }, text, button ? " " : null, button);
}
