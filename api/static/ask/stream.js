// An answer part by part: server-sent events of a POST, which the browser's own EventSource cannot do.
import { open, Problem } from "../base/api.js";

/** Asks; `onPart(name, body)` is called for plan, widgets and text as they come. Resolves to the whole answer. */
export async function askPlant(query, sessionId, signal, onPart) {
  const response = await open("/query", {
    method: "POST",
    body: JSON.stringify({ query, session_id: sessionId }),
    headers: { Accept: "text/event-stream" },
    signal,
  });
  if (!response.headers.get("Content-Type")?.startsWith("text/event-stream")) return response.json();
  for await (const [name, body] of events(response.body)) {
    if (name === "done") return body;
    if (name === "error") throw new Problem(body.detail, body.status);
    onPart(name, body);
  }
  throw signal.reason instanceof Problem ? signal.reason : new Problem("The answer broke off. Ask again.");
}

async function* events(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read().catch(() => ({ done: true }));
    if (done) return;
    text += value;
    const blocks = text.split("\n\n");
    text = blocks.pop();
    for (const block of blocks) yield parsed(block);
  }
}

function parsed(block) {
  const lines = block.split("\n");
  const field = (name) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
  return [field("event"), JSON.parse(field("data") ?? "null")];
}
