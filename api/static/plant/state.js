// How a machine is, by its open alerts and by how old its newest reading is.
const LATE_MS = 180_000;

/** All states, the gravest first: [words, mark]. */
export const STATES = {
  critical: ["critical alert", "▲"], warning: ["warning", "◆"], info: ["notice", "●"], silent: ["silent", "◌"], empty: ["no readings", ""], ok: ["well", ""],
};

/** The state of a machine as GET /latest tells of it. */
export function stateOf({ at, alerts }) {
  if (alerts.critical) return "critical";
  if (alerts.warning) return "warning";
  if (!at) return "empty";
  if (Date.now() - Date.parse(at) > LATE_MS) return "silent";
  return alerts.info ? "info" : "ok";
}

/** "2 critical alerts, 1 warning" or "no open alerts". */
export function alertWords({ alerts }) {
  const words = Object.entries(alerts).map(([severity, count]) => `${count} ${severity}`);
  return words.length ? `open alerts: ${words.join(", ")}` : "no open alerts";
}
