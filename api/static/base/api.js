// Calls of the API: JSON both ways, problems as errors in words, a token where one is asked for, and a word to all who
// listen when the API goes away or comes back, or stays closed because no token was given.
import { tab } from "./store.js";

const PATIENCE_MS = 30_000;
const BETWEEN_MS = 1_500;
const MOST_WAITS = 3; // when told to call less often
const TOKEN = "token";

export const link = new EventTarget(); // "gone", "back" and "locked"
let gone = false;
let locked = false;
let askForToken = null;

/** Something that went wrong, in words for the operator. `status` 0: nobody answered; -1: the operator gave up. */
export class Problem extends Error {
  constructor(message, status = 0, retryAfter = 0) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** Whether the API did not answer the last time. */
export const isGone = () => gone;

/** Whether calls fail because the operator gave no token. */
export const isLocked = () => locked;

/** `ask` is called, once at a time, when a call needs a token: it resolves to one, or to null. */
export function onTokenNeeded(ask) {
  let asking = null;
  askForToken = (problem) => (asking ??= ask(problem).finally(() => (asking = null)));
}

/** Keeps the token in this tab, and loads anew what failed without one. */
export function useToken(token) {
  tab.set(TOKEN, token);
  locked = false;
  link.dispatchEvent(new Event("back"));
}

/** Forgets the token of this tab. */
export const forgetToken = () => tab.set(TOKEN, null);

/** Whether this tab holds a token. */
export const hasToken = () => tab.get(TOKEN) !== null;

export const get = (path, given = {}) => json(path + queryOf(given));
export const post = (path, body, options = {}) =>
  json(path, { ...options, method: "POST", body: body === undefined ? undefined : JSON.stringify(body) });

/** The response itself, once it is known to be one of success. */
export async function open(path, options = {}) {
  const used = tab.get(TOKEN);
  const response = await attempt(path, options);
  if (response.ok) return response;
  const problem = await problemOf(response);
  if (response.status === 429 && (options.waits ?? 0) < MOST_WAITS) {
    await new Promise((resolve) => setTimeout(resolve, (problem.retryAfter || 1) * 1000));
    return open(path, { ...options, waits: (options.waits ?? 0) + 1 });
  }
  const mayAsk = response.status === 401 || (response.status === 403 && used);
  if (!mayAsk || !askForToken) throw problem;
  if (tab.get(TOKEN) !== used) return open(path, options); // given meanwhile
  return afterToken(problem, path, options);
}

/** Asks for a token and calls again. Once that was declined only what the operator does asks again, not what the page reads. */
async function afterToken(problem, path, options) {
  const reads = (options.method ?? "GET") === "GET";
  const token = reads && locked ? null : await askForToken(problem);
  if (token !== null) {
    if (token !== tab.get(TOKEN)) useToken(token);
    return open(path, options);
  }
  if (reads && !locked) {
    locked = true;
    link.dispatchEvent(new Event("locked"));
  }
  throw new Problem("This needs a token, and none was given.", problem.status);
}

async function json(path, options = {}) {
  return (await open(path, options)).json();
}

async function attempt(path, { waits, ...options }) {
  const headers = { ...options.headers };
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  const token = tab.get(TOKEN);
  if (token !== null) headers.Authorization = `Bearer ${token}`;
  const signal = options.signal ?? AbortSignal.timeout(PATIENCE_MS);
  try {
    const response = await fetch(`/api/v1${path}`, { ...options, headers, signal });
    noteBack();
    return response;
  } catch (error) {
    if (error instanceof Problem) throw error; // given up by the operator
    if (error.name === "TimeoutError") throw new Problem(`No answer within ${PATIENCE_MS / 1000} seconds.`);
    if (error.name === "AbortError") throw error;
    noteGone();
    throw new Problem("The Command Center does not answer. This page goes on by itself when it is back.");
  }
}

async function problemOf(response) {
  const body = await response.json().catch(() => ({}));
  const wait = Number(response.headers.get("Retry-After")) || 0;
  return new Problem(body.detail || body.title || `The server answered ${response.status}.`, response.status, wait);
}

function queryOf(given) {
  const every = Object.entries(given).flatMap(([name, value]) => (Array.isArray(value) ? value.map((each) => [name, each]) : [[name, value]]));
  const pairs = every.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return pairs.length ? `?${new URLSearchParams(pairs)}` : "";
}

function noteGone() {
  if (gone) return;
  gone = true;
  link.dispatchEvent(new Event("gone"));
  setTimeout(lookForIt, BETWEEN_MS);
}

function noteBack() {
  if (!gone) return;
  gone = false;
  link.dispatchEvent(new Event("back"));
}

async function lookForIt() {
  if (!gone) return;
  try {
    await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(BETWEEN_MS * 2) });
    noteBack();
  } catch {
    setTimeout(lookForIt, BETWEEN_MS);
  }
}
