// What a browser keeps for us; where storage is closed, for as long as the page lives.
const fallback = new Map();

function kept(storage, key) {
  try {
    return storage().getItem(key) ?? fallback.get(key) ?? null;
  } catch {
    return fallback.get(key) ?? null;
  }
}

function keep(storage, key, value) {
  fallback.delete(key);
  try {
    if (value === null) storage().removeItem(key);
    else storage().setItem(key, value);
  } catch {
    if (value !== null) fallback.set(key, value);
  }
}

const lasting = () => localStorage;
const ofTab = () => sessionStorage;

/** Lasts: theme, name, voice. */
export const local = { get: (key) => kept(lasting, key), set: (key, value) => keep(lasting, key, value) };

/** Ends with the tab: session id, token, questions asked. */
export const tab = { get: (key) => kept(ofTab, key), set: (key, value) => keep(ofTab, key, value) };

/** A random id; crypto.randomUUID is missing where the page came over plain HTTP from another machine. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
