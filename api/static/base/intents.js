// What can be asked: the API's intent registry. Loaded once a page.
import { get } from "./api.js";

let loading = null;

/** Every intent: name, label, widgets and the rest of GET /intents. */
export async function knowIntents() {
  loading ??= get("/intents").then(({ items }) => items);
  try {
    return await loading;
  } catch (error) {
    loading = null;
    throw error;
  }
}
